"""What is left on the account: v3 has three ways of paying, v2 counts in sixtieths."""

from typing import Any

from adapters.studios.heygen.api_versions import Dialects
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import Reply, judge
from adapters.studios.responses import as_dict, as_number, as_text
from bot.studios.studio import Credit

_OLD = 60.0  # v2's quota for one credit


async def credit(wire: Wire, dialects: Dialects) -> Credit:
    """The account's credit, in whichever dialect tells it."""
    reply: Reply | None = None
    for path in _paths(dialects):
        reply = await wire.read(path)
        if reply.unserved:
            continue
        judge(reply, pays=False)
        body = as_dict(reply.body)
        return _old(body) if path.startswith("v2") else _new(body)
    if reply is not None:
        judge(reply, pays=False)
    return Credit("heygen", 0.0)


def _paths(dialects: Dialects) -> list[str]:
    """The newer first; the address of the account was told in two spellings."""
    found = ["v3/users/me", "v3/user/me"] if "v3" in dialects.served else []
    return [*found, "v2/user/remaining_quota"] if "v2" in dialects.served or not found else found


def _old(body: dict[str, Any]) -> Credit:
    return Credit("heygen", round((as_number(body.get("remaining_quota")) or 0.0) / _OLD, 2))


def _new(body: dict[str, Any]) -> Credit:
    """Of all that is told of the account only these numbers are kept."""
    way = as_text(body.get("billing_type"))
    wallet, plan = as_dict(body.get("wallet")), as_dict(body.get("subscription"))
    details = {"billing": way} if way else {}
    if plan and way != "wallet":
        pools = [as_number(as_dict(pool).get("remaining")) for pool in as_dict(plan.get("credits")).values()]
        told = [each for each in pools if each is not None]
        left = sum(told) if told else as_number(plan.get("remaining_credits"))
        named = as_text(plan.get("plan"))
        return Credit("heygen", left or 0.0, details=details | ({"plan": named} if named else {}))
    return Credit("heygen", as_number(wallet.get("remaining_balance")) or 0.0, details=details)
