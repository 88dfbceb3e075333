"""`didtalk hooks`: manages the webhook endpoint that HeyGen calls."""

from rich.console import Console

from adapters.studios.heygen import HeygenStudio
from bot.app import open_app
from bot.errors import Refused
from bot.settings import Settings


async def manage_webhooks(settings: Settings, verb: str, endpoint: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    async with open_app(settings) as app:
        studio = app.studios.get("heygen")
        if not isinstance(studio, HeygenStudio):
            raise Refused("HeyGen is not set up here: set HEYGEN_API_KEY.")
        for line in await _result_lines(studio, settings, verb, endpoint):
            console.print(line, markup=False)


async def _result_lines(studio: HeygenStudio, settings: Settings, verb: str, endpoint: str) -> list[str]:
    webhooks = studio.webhooks
    match verb:
        case "register":
            if not settings.public_url.startswith("https://"):
                raise Refused("HeyGen calls https only: set DIDTALK_PUBLIC_URL to the public address of didtalk.")
            made = await webhooks.register_endpoint(f"{settings.public_url}/hooks/heygen/events")
            if not made.secret:
                return [f"{made.url} is already registered as {made.id}. If its secret is lost, create a new one:",
                        f"didtalk hooks rotate {made.id}"]  # fmt: skip
            return [f"Registered {made.url} as {made.id}. Its secret is shown only once; keep it in .env:",
                    f"HEYGEN_WEBHOOK_SECRET={made.secret}"]  # fmt: skip
        case "rotate":
            fresh = await webhooks.rotate_secret(endpoint)
            return ["The old secret no longer works. The new one is shown only once; keep it in .env:",
                    f"HEYGEN_WEBHOOK_SECRET={fresh.secret}"]  # fmt: skip
        case "drop":
            await webhooks.delete_endpoint(endpoint)
            return [f"Webhook {endpoint} removed."]
        case "deliveries":
            return [
                f"{each.created_at}  {each.event_type}  {each.job_id}" for each in await webhooks.list_deliveries()
            ] or ["No deliveries yet."]
        case "list":
            return [f"{each.id}  {each.url}" for each in await webhooks.list_endpoints()] or ["None is registered."]
    raise Refused(f"There is no “{verb}”. Use list, register, rotate, drop or deliveries.")
