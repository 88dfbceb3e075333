"""`didtalk sandbox`: the studios' twin alone."""

from rich.console import Console

from bot.app import SANDBOX_KEY
from bot.cli.run import stop_signal
from bot.cli.serving import serving
from bot.settings import Settings


async def serve(settings: Settings, port: int, credits: int, instant: bool, hooks_to: str) -> None:  # noqa: A002
    """Serve until a signal stops it."""
    from adapters.sandbox.server import Sandbox

    console = Console(highlight=False, soft_wrap=True)
    stop = stop_signal()
    folder = settings.data_dir.absolute() / "studio"
    async with (
        Sandbox(folder, key=SANDBOX_KEY, credits=credits, instant=instant, hooks_to=hooks_to or None) as sandbox,
        serving(sandbox.app, "127.0.0.1", port) as url,
    ):
        console.print(f"The sandbox speaks D-ID's API at {url}. To use it:", markup=False)
        console.print(f"  DID_API_URL={url} DID_API_KEY={SANDBOX_KEY} didtalk run", markup=False)
        await stop.wait()
