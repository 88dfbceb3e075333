"""Structured logs, one line each; this is the one place that redacts them."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import structlog

from bot.security.redaction import redact_known, register_secrets

# Anything after these words, and any link's query, may be a secret.
_SECRET = re.compile(
    r"(?i)(authorization\W+(?:basic |bearer |bot )?|x-api-key\S*\W+|\bbasic |\bbearer |\bbot (?=\S{20})"
    r"|(?:key|token|secret|password|trigger_id|response_url)[\"'\\]*\s?[=:]\s?[\"'\\]*|\bx(?:ox[a-z]|app)[-.])"
    r"[^\s'\",}\\]+"
)
_QUERY = re.compile(r"((?:http|ws)s?://[^\s?'\"]{1,2000})\?[^\s'\"]+")
_USER = re.compile(r"(\b[a-z][a-z0-9+]*://)[^\s/@'\"]+@")
_HOOK = re.compile(r"(/hooks/\w+/|/media/|/webhooks/\d+/|/interactions/\d+/|hooks\.slack\.com/)[\w./%-]+")
_OUR_PACKAGES = ("bot", "adapters", "storage", "didtalk")


def redact_text(text: str) -> str:
    """The text without what is, or looks like, a secret."""
    text = _USER.sub(r"\1…@", _SECRET.sub(r"\1…", redact_known(text)))
    return _HOOK.sub(r"\1…", _QUERY.sub(r"\1?…", text))


def crash_report(error: BaseException) -> str:
    """The traceback of an unexpected error."""
    return redact_text("".join(traceback.format_exception(error)))


def set_up_logs(level: str, *, plain: bool = False, secrets: Iterable[str] = ()) -> None:
    """Send every log line, ours and the libraries', redacted to standard error."""
    register_secrets(*secrets)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_values,
    ]
    render: Any = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render, _redact_line]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries log addresses and bodies at debug level; only our own lines may be debug.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for ours in _OUR_PACKAGES:
        logging.getLogger(ours).setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "aiosqlite", "asyncio", "uvicorn", "PIL", "discord"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _redact_values(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: redact_text(value) if isinstance(value, str) else value for name, value in event.items()}


def _redact_line(_: Any, __: str, line: str) -> str:
    """Redact the rendered line too: other values have become text by now."""
    return redact_text(line)
