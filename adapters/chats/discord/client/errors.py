"""What Discord's refusals mean for us, named by what to do next."""

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
TOKEN_REFUSED_RETRY_SECONDS = 300.0  # a token that is refused is not worth many of the 10,000 mistakes Discord forgives
BAN_RETRY_SECONDS = 60.0  # an answer without Discord's own headers comes from the shield before it; be patient


class RouteClosed(Exception):
    """This way is closed: the message is gone, the place forbidden, or the token dead. Another may be open."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class AttachmentTooLarge(Exception):
    """Discord does not take a file of this size here."""


@contextmanager
def translate_errors(*, posting: bool) -> Iterator[None]:
    """Name what goes wrong inside. Editing is harmless to repeat; posting is not, so a lost answer is a doubt."""
    try:
        yield
    except discord.RateLimited as error:
        raise TryAgain("Discord asks for a pause.", error.retry_after) from error
    except discord.HTTPException as error:
        raise _translate_http_error(error, posting) from error
    except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError, JSONDecodeError, UnicodeDecodeError) as error:
        # RuntimeError is what the library's session says once the client is closing; and it reads whatever calls
        # itself JSON, which an answer that was cut or garbled is not.
        raise _lost_response(posting) from error
    except TypeError as error:
        # The library looks for the length of a pause even in a page of HTML, which the shield before Discord sends.
        raise TryAgain("Discord asks for a pause.", BAN_RETRY_SECONDS) from error


def _translate_http_error(error: discord.HTTPException, posting: bool) -> Exception:
    if error.status == 413 or error.code == TOO_LARGE_CODE:
        return AttachmentTooLarge()
    if error.code in CLOSED_ROUTE_CODES or error.status == 404 or (error.status in (401, 403) and error.code):
        return RouteClosed(error.code)
    if error.status == 401:
        return TryAgain("Discord does not let the bot in at the moment.", TOKEN_REFUSED_RETRY_SECONDS)
    if error.status in (403, 429):
        return TryAgain("Discord asks for a pause.", BAN_RETRY_SECONDS)
    if error.status in GATEWAY_ERROR_STATUSES:
        return _lost_response(posting)
    log.error("discord does not take this", status=error.status, code=error.code, why=error.text[:500])
    return Refused(
        f"Discord does not take the message (code {error.code}). Whoever runs the bot finds the reason in its log."
    )


def _lost_response(posting: bool) -> TryAgain | Unsure:
    if posting:
        return Unsure("Discord's answer was lost.")
    return TryAgain("Discord cannot be reached at the moment.")
