"""`didtalk sandbox`: the sandbox server alone."""

from contextlib import AsyncExitStack

from rich.console import Console

from bot.cli.signals import stop_signal
from bot.errors import Broken
from bot.settings import Settings
from bot.wiring.studios import SANDBOX_KEY


async def run_sandbox(settings: Settings, port: int, credits: int, instant: bool, hooks_to: str) -> None:  # noqa: A002
    from adapters.sandbox.sandbox import Sandbox
    from adapters.sandbox.serving import serve as serve_sandbox

    console = Console(highlight=False, soft_wrap=True)
    stop = stop_signal()
    folder = settings.data_dir.absolute() / "studio"
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(folder, key=SANDBOX_KEY, credits=credits, instant=instant, hooks_to=hooks_to or None)
        try:
            await stack.enter_async_context(sandbox)
            url = await stack.enter_async_context(serve_sandbox(sandbox, port=port))
        except OSError as error:
            raise Broken(f"The sandbox cannot start on port {port} with {folder}: {error.strerror}.") from error
        console.print(f"The sandbox serves D-ID's and HeyGen's APIs at {url}. To use it:", markup=False)
        console.print(
            f"  DID_API_URL={url} DID_API_KEY={SANDBOX_KEY} \\\n"
            f"  HEYGEN_API_URL={url} HEYGEN_API_KEY={SANDBOX_KEY} didtalk run",
            markup=False,
        )
        await stop.wait()
