"""What Discord's refusals mean for us, named by what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError

import aiohttp
import discord
import structlog

from bot.errors import Refused, TryAgain, Unsure

log = structlog.get_logger(__name__)

TOO_LARGE = 40005
ARCHIVED = 50083
NO_MESSAGE = 10008
# Gone, forbidden, dead or locked, whichever status comes with it: channel, server, message, webhook, interaction;
# access, direct messages, permission, token; archived and locked threads; nobody in common.
CLOSED = frozenset({10003, 10004, NO_MESSAGE, 10015, 10062, 50001, 50007, 50013, 50027, ARCHIVED, 160005, 50278})
GATEWAY_ERRORS = (500, 502, 503, 504, 524)
SHUT_OUT_FOR = 300.0  # a token that is refused is not worth many of the 10,000 mistakes Discord forgives
BANNED_FOR = 60.0  # an answer without Discord's own headers comes from the shield before it; be patient


class Shut(Exception):
    """This way is closed: the message is gone, the place forbidden, or the token dead. Another may be open."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class TooLarge(Exception):
    """Discord does not take a file of this size here."""


@contextmanager
def named(*, posting: bool) -> Iterator[None]:
    """Name what goes wrong inside. Editing is harmless to repeat; posting is not, so a lost answer is a doubt."""
    try:
        yield
    except discord.RateLimited as error:
        raise TryAgain("Discord asks for a pause.", error.retry_after) from error
    except discord.HTTPException as error:
        raise _meaning(error, posting) from error
    except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError, JSONDecodeError, UnicodeDecodeError) as error:
        # RuntimeError is what the library's session says once the client is closing; and it reads whatever calls
        # itself JSON, which an answer that was cut or garbled is not.
        raise _lost(posting) from error
    except TypeError as error:
        # The library looks for the length of a pause even in a page of HTML, which the shield before Discord sends.
        raise TryAgain("Discord asks for a pause.", BANNED_FOR) from error


def _meaning(error: discord.HTTPException, posting: bool) -> Exception:
    if error.status == 413 or error.code == TOO_LARGE:
        return TooLarge()
    if error.code in CLOSED or error.status == 404 or (error.status in (401, 403) and error.code):
        return Shut(error.code)
    if error.status == 401:
        return TryAgain("Discord does not let the bot in at the moment.", SHUT_OUT_FOR)
    if error.status in (403, 429):
        return TryAgain("Discord asks for a pause.", BANNED_FOR)
    if error.status in GATEWAY_ERRORS:
        return _lost(posting)
    log.error("discord does not take this", status=error.status, code=error.code, why=error.text[:500])
    return Refused(
        f"Discord does not take the message (code {error.code}). Whoever runs the bot finds the reason in its log."
    )


def _lost(posting: bool) -> TryAgain | Unsure:
    if posting:
        return Unsure("Discord's answer was lost.")
    return TryAgain("Discord cannot be reached at the moment.")
