"""The laboratory: make the studio misbehave, restart the bot, and watch a job survive it."""

from typing import Any

from starlette.requests import Request

from adapters.chats.console.context import ConsoleContext
from adapters.chats.console.people import Persona
from adapters.chats.console.request_body import RequestBody
from bot.errors import Refused

NO_SANDBOX_TEXT = "A real studio is at work here; only the sandbox misbehaves on request."


async def list_faults(context: ConsoleContext, who: Persona, request: Request) -> dict[str, Any]:
    """What can go wrong, and what is set to go wrong next."""
    if context.core.fault_control is None:
        raise Refused(NO_SANDBOX_TEXT)
    return await context.core.fault_control.list_faults()


async def arm_fault(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Set a fault for the next calls, or let everything go well again when none is named."""
    if context.core.fault_control is None:
        raise Refused(NO_SANDBOX_TEXT)
    times = body.text("times", 3) or "1"
    if not times.isdecimal() or not 1 <= int(times) <= 50:
        raise Refused("Faults strike 1 to 50 times.", "times")
    return await context.core.fault_control.arm_fault(body.text("fault"), body.text("value"), int(times))


async def restart_bot(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Stop and start the bot in place; the page stays and goes on by itself."""
    if context.restart is None:
        raise Refused("The bot can be restarted from here only in the demo.")
    context.restart()
    return {}
