"""Translates Discord's errors into ours, named by what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError

import aiohttp
import discord
import structlog

from bot.errors import Refused, TryAgain, Unsure

log = structlog.get_logger(__name__)

TOO_LARGE_CODE = 40005
THREAD_ARCHIVED_CODE = 50083
UNKNOWN_MESSAGE_CODE = 10008
# Gone, forbidden, dead or locked, whichever status comes with it: channel, server, message, webhook, interaction;
# access, direct messages, permission, token; archived and locked threads; nobody in common.
CLOSED_ROUTE_CODES = frozenset(
    {10003, 10004, UNKNOWN_MESSAGE_CODE, 10015, 10062, 50001, 50007, 50013, 50027, THREAD_ARCHIVED_CODE, 160005, 50278}
)
GATEWAY_ERROR_STATUSES = (500, 502, 503, 504, 524)
TOKEN_REFUSED_RETRY_SECONDS = 300.0  # Discord bans after 10,000 invalid requests
BAN_RETRY_SECONDS = 60.0  # a response without Discord's headers comes from its proxy


class RouteClosed(Exception):
    """The message is gone, the channel forbidden, or the token expired. Another route may work."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class AttachmentTooLarge(Exception):
    """Discord does not take a file of this size here."""


@contextmanager
def translate_errors(*, posting: bool) -> Iterator[None]:
    """Translate errors. Edits can be repeated; a post whose response was lost is Unsure."""
    try:
        yield
    except discord.RateLimited as error:
        raise TryAgain("Discord is rate limiting the bot.", error.retry_after) from error
    except discord.HTTPException as error:
        raise _translate_http_error(error, posting) from error
    except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError, JSONDecodeError, UnicodeDecodeError) as error:
        # The library raises RuntimeError while closing, and decoding errors for truncated JSON.
        raise _lost_response(posting) from error
    except TypeError as error:
        # The library looks for retry_after even in an HTML page of Discord's proxy.
        raise TryAgain("Discord is rate limiting the bot.", BAN_RETRY_SECONDS) from error


def _translate_http_error(error: discord.HTTPException, posting: bool) -> Exception:
    if error.status == 413 or error.code == TOO_LARGE_CODE:
        return AttachmentTooLarge()
    if error.code in CLOSED_ROUTE_CODES or error.status == 404 or (error.status in (401, 403) and error.code):
        return RouteClosed(error.code)
    if error.status == 401:
        return TryAgain("Discord rejects the bot's token right now.", TOKEN_REFUSED_RETRY_SECONDS)
    if error.status in (403, 429):
        return TryAgain("Discord is rate limiting the bot.", BAN_RETRY_SECONDS)
    if error.status in GATEWAY_ERROR_STATUSES:
        return _lost_response(posting)
    log.error("discord rejected a call", status=error.status, code=error.code, why=error.text[:500])
    return Refused(f"Discord rejected the message (code {error.code}). Details are in the server log.")


def _lost_response(posting: bool) -> TryAgain | Unsure:
    if posting:
        return Unsure("Discord's response was lost.")
    return TryAgain("Discord isn't responding right now.")
