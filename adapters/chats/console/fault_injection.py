"""Test tools: simulate provider errors in the sandbox, restart the bot."""

from typing import Any

from starlette.requests import Request

from adapters.chats.console.context import ConsoleContext
from adapters.chats.console.people import Persona
from adapters.chats.console.request_body import RequestBody
from bot.errors import Refused

NO_SANDBOX_TEXT = "Only the sandbox can simulate errors; this server uses a real provider."


async def list_faults(context: ConsoleContext, who: Persona, request: Request) -> dict[str, Any]:
    if context.core.fault_control is None:
        raise Refused(NO_SANDBOX_TEXT)
    return await context.core.fault_control.list_faults()


async def arm_fault(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Set a fault for the next calls, or clear all faults when none is named."""
    if context.core.fault_control is None:
        raise Refused(NO_SANDBOX_TEXT)
    times = body.text("times", 3) or "1"
    if not times.isdecimal() or not 1 <= int(times) <= 50:
        raise Refused("A fault can apply to 1 to 50 calls.", "times")
    return await context.core.fault_control.arm_fault(body.text("fault"), body.text("value"), int(times))


async def restart_bot(context: ConsoleContext, who: Persona, body: RequestBody) -> dict[str, Any]:
    """Restart the bot in place; open pages reconnect."""
    if context.restart is None:
        raise Refused("Restarting from here works only in the demo.")
    context.restart()
    return {}
