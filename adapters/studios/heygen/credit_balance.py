"""What is left on the account: v3 has three ways of paying, v2 counts in sixtieths."""

from typing import Any

from adapters.studios.heygen.api_versions import ApiVersions
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import HeygenResponse, raise_for_error
from adapters.studios.responses import as_dict, as_number, as_text
from bot.studios.studio import Credit

_V2_QUOTA_PER_CREDIT = 60.0  # v2's quota for one credit


async def read_credit(api: HeygenClient, api_versions: ApiVersions) -> Credit:
    """The account's credit, in whichever dialect tells it."""
    response: HeygenResponse | None = None
    for path in _credit_paths(api_versions):
        response = await api.get(path)
        if response.endpoint_gone:
            continue
        raise_for_error(response, paid=False)
        body = as_dict(response.result)
        return _from_v2(body) if path.startswith("v2") else _from_v3(body)
    if response is not None:
        raise_for_error(response, paid=False)
    return Credit("heygen", 0.0)


def _credit_paths(api_versions: ApiVersions) -> list[str]:
    """The newer first; the address of the account was told in two spellings."""
    found = ["v3/users/me", "v3/user/me"] if "v3" in api_versions.available else []
    return [*found, "v2/user/remaining_quota"] if "v2" in api_versions.available or not found else found


def _from_v2(body: dict[str, Any]) -> Credit:
    return Credit("heygen", round((as_number(body.get("remaining_quota")) or 0.0) / _V2_QUOTA_PER_CREDIT, 2))


def _from_v3(body: dict[str, Any]) -> Credit:
    """Of all that is told of the account only these numbers are kept."""
    billing_type = as_text(body.get("billing_type"))
    wallet, plan = as_dict(body.get("wallet")), as_dict(body.get("subscription"))
    details = {"billing": billing_type} if billing_type else {}
    if plan and billing_type != "wallet":
        pools = [as_number(as_dict(pool).get("remaining")) for pool in as_dict(plan.get("credits")).values()]
        amounts = [each for each in pools if each is not None]
        remaining = sum(amounts) if amounts else as_number(plan.get("remaining_credits"))
        plan_name = as_text(plan.get("plan"))
        return Credit("heygen", remaining or 0.0, details=details | ({"plan": plan_name} if plan_name else {}))
    return Credit("heygen", as_number(wallet.get("remaining_balance")) or 0.0, details=details)
