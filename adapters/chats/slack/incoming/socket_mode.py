"""Socket Mode: the same requests over an outgoing connection, for servers without a public address."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

SOCKET_RETRY_SECONDS = 5.0
APP_TOKEN_RETRY_SECONDS = 60.0  # after a rejected token
TOKEN_ERROR_CODES = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}
)
SOCKET_REJECTED_TEXT = (
    "Slack rejects SLACK_APP_TOKEN. It must be an app-level token (xapp-…) with connections:write, created under "
    "Basic Information."
)
_ERROR_CODE = re.compile(r"'error': '(\w+)'")


@asynccontextmanager
async def open_socket_mode(app: AsyncApp, token: str, base: str, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
    logger = logging.getLogger("didtalk.slack.socket")
    logger.setLevel(logging.ERROR)
    logger.addFilter(_filter_library_log)
    client = AsyncWebClient(base_url=f"{base}/", logger=logger)
    handler = AsyncSocketModeHandler(app, token, logger=logger, web_client=client)
    task = tasks.create_task(_connect_with_retry(handler), name="slack socket")
    try:
        yield
    finally:
        logger.removeFilter(_filter_library_log)
        task.cancel()
        await asyncio.wait((task,))
        await _close_handler(handler)


async def _close_handler(handler: AsyncSocketModeHandler) -> None:
    """Close, and wait for the client's tasks, which the client only cancels."""
    client = handler.client
    client_tasks = (client.message_processor, client.message_receiver, client.current_session_monitor)
    await handler.close_async()  # type: ignore[no-untyped-call]
    if going := [task for task in client_tasks if task is not None]:
        await asyncio.wait(going, timeout=2.0)


async def _connect_with_retry(handler: AsyncSocketModeHandler) -> None:
    """Make the first connection; the client reconnects by itself."""
    while True:
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            await asyncio.sleep(
                APP_TOKEN_RETRY_SECONDS if error.response.get("error") in TOKEN_ERROR_CODES else SOCKET_RETRY_SECONDS
            )  # already logged by the filter
        except (OSError, SlackClientError, TimeoutError) as error:
            log.warning("Socket Mode connection failed", error=type(error).__name__)
            await asyncio.sleep(SOCKET_RETRY_SECONDS)
        else:
            log.info("Socket Mode connected")
            return


def _filter_library_log(record: logging.LogRecord) -> bool:
    """Replace the library's errors about a rejected token with one plain line per try."""
    message = record.getMessage()
    if not (found := _ERROR_CODE.search(message)):
        return True
    if "WSS URL" not in message:
        return False  # a repetition with a traceback
    if found[1] in TOKEN_ERROR_CODES:
        log.error("Socket Mode rejected the token", why=SOCKET_REJECTED_TEXT, code=found[1])
    else:
        log.warning("Socket Mode connection failed", code=found[1])
    return False
