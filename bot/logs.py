"""Logs as events with names and values, one line each; what could be a secret is cut out in this one place."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# Anything after these words, and any link's query, may open a door.
_SECRET = re.compile(
    r"(?i)(authorization\W+(?:basic |bearer )?|x-api-key\S*\W+|\bbasic |\bbearer "
    r"|(?:key|token|secret|password)=|\bx(?:ox[a-z]|app)[-.])[^\s'\",}]+"
)
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]+")
_HOOK = re.compile(r"(/hooks/\w+/|/media/)[\w.-]+")


def redact(text: str) -> str:
    """The text without what looks like a secret."""
    text = _SECRET.sub(r"\1…", text)
    return _HOOK.sub(r"\1…", _QUERY.sub(r"\1?…", text))


def set_up_logs(level: str, *, plain: bool = False) -> None:
    """Send every log line, ours and the libraries', through the same cut to standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _cut,
    ]
    render: Any = structlog.dev.ConsoleRenderer(colors=False) if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "aiosqlite", "asyncio", "uvicorn", "PIL", "discord"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _cut(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}
