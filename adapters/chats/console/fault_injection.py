"""The laboratory: make the studio misbehave, restart the bot, and watch a job survive it."""

from typing import Any

from starlette.requests import Request

from adapters.chats.console.context import Inside
from adapters.chats.console.people import Persona
from adapters.chats.console.request_body import Given
from bot.errors import Refused

NO_SANDBOX = "A real studio is at work here; only the sandbox misbehaves on request."


async def faults(inside: Inside, who: Persona, call: Request) -> dict[str, Any]:
    """What can go wrong, and what is set to go wrong next."""
    if inside.door.rehearsal is None:
        raise Refused(NO_SANDBOX)
    return await inside.door.rehearsal.faults()


async def arm(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Set a fault for the next calls, or let everything go well again when none is named."""
    if inside.door.rehearsal is None:
        raise Refused(NO_SANDBOX)
    times = given.text("times", 3) or "1"
    if not times.isdecimal() or not 1 <= int(times) <= 50:
        raise Refused("Faults strike 1 to 50 times.", "times")
    return await inside.door.rehearsal.arm(given.text("fault"), given.text("value"), int(times))


async def restart(inside: Inside, who: Persona, given: Given) -> dict[str, Any]:
    """Stop and start the bot in place; the page stays and goes on by itself."""
    if inside.restart is None:
        raise Refused("The bot can be restarted from here only in the demo.")
    inside.restart()
    return {}
