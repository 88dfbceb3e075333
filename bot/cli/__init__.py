"""The command line: the arguments of each command. Each is implemented in the module of its name."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.commands.help import help_card
from bot.errors import Trouble
from bot.security.log_setup import crash_report, redact_text, set_up_logs
from bot.settings import Settings, read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
err_console = Console(stderr=True, highlight=False, soft_wrap=True)

FileOption = Annotated[Path | None, typer.Option(exists=False, dir_okay=False, show_default=False)]


# A line may begin with an option of its own: `didtalk ask '--voice Jenny Hello'`.
@app.command(context_settings={"ignore_unknown_options": True})
def ask(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(help="A command as in a chat, or just the text to say.")] = None,
    image: FileOption = None,
    audio: FileOption = None,
    video: FileOption = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="Any file, as often as needed; scenes call it by name.", dir_okay=False, show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to save the finished video: a file or a folder.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per result and nothing else.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait while the provider is unavailable.")] = 20.0,
    once: Annotated[str, typer.Option(help="Idempotency key: the job is created only once.")] = "",
) -> None:
    """Make a video and wait for it."""
    from bot.cli.ask import AskInput, ask_and_wait

    named = {"image": image, "audio": audio, "video": video}
    files = [(option, path) for option, path in named.items() if path] + [("file", path) for path in file or ()]
    line = AskInput(" ".join(text or ()), files, out, patience, once)
    at_exit: list[Callable[[], None]] = []
    app_parts = context.obj or {}
    code = _run_verb(
        lambda settings: ask_and_wait(settings, line, as_json, at_exit, **app_parts), log="error", as_json=as_json
    )
    sys.stdout.flush()
    for each in at_exit:
        each()
    os._exit(code)  # nothing may run after the key file is deleted


@app.command()
def demo(once: Annotated[bool, typer.Option(help="Stop after the first video.")] = False) -> None:
    """Try everything without a key: the sandbox, the bot and a first video."""
    from bot.cli.demo import run_demo

    raise typer.Exit(_run_verb(lambda settings: run_demo(settings, once), log="error"))


@app.command()
def run() -> None:
    """Run the bot until it is stopped."""
    from bot.cli.run import run_bot

    raise typer.Exit(_run_verb(run_bot))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8900,
    credits: Annotated[int, typer.Option(help="Credits of the sandbox account.")] = 1000,  # noqa: A002 - the word on the command line
    instant: Annotated[bool, typer.Option(help="Return one tiny video for everything, for load tests.")] = False,
    hooks_to: Annotated[str, typer.Option(help="Send every webhook to this address instead.", show_default=False)] = "",
) -> None:
    """Run only the sandbox server, for staging without spending credits."""
    from bot.cli.sandbox import run_sandbox

    raise typer.Exit(_run_verb(lambda settings: run_sandbox(settings, port, credits, instant, hooks_to)))


@app.command()
def hooks(
    verb: Annotated[str, typer.Argument(help="list, register, rotate, drop or deliveries.")] = "list",
    endpoint: Annotated[str, typer.Argument(help="The endpoint to rotate or drop.")] = "",
) -> None:
    """Manage the webhook endpoint that HeyGen calls when videos are finished."""
    from bot.cli.hooks import manage_webhooks

    raise typer.Exit(_run_verb(lambda settings: manage_webhooks(settings, verb, endpoint)))


@app.command()
def migrate() -> None:
    """Migrate the database to this version."""
    raise typer.Exit(_run_verb(_apply_migrations))


@app.command("help")
def help_(verb: Annotated[str, typer.Argument(help="A chat command.")] = "") -> None:
    """Show the chat commands."""
    try:
        typer.echo(help_card(verb).text)
    except Trouble as trouble:
        _print_error(trouble.sentence, as_json=False)
        raise typer.Exit(1) from trouble


async def _apply_migrations(settings: Settings) -> None:
    from storage.open import migrate_database

    applied = await migrate_database(settings.resolved_database_url)
    typer.echo(f"Applied {', '.join(applied)}." if applied else "Nothing to do: the database is up to date.")


def main(**parts: Any) -> None:
    """The `didtalk` command; an unexpected error is printed without secrets. Parts go to `open_app`."""
    _disable_core_dumps()
    try:
        app(obj=parts)
    except (Exception, BaseExceptionGroup) as error:  # the outermost edge
        sys.stderr.write(crash_report(error))
        raise SystemExit(1) from None


def _disable_core_dumps() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not everywhere
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run_verb(verb: Any, *, log: str | None = None, as_json: bool = False) -> int:
    """The exit code of a command; an expected error is printed as a sentence."""
    try:
        settings = read_settings()
        asked = "log" in settings.model_fields_set
        level = settings.log if asked or not log else log
        set_up_logs(level, plain=sys.stderr.isatty(), secrets=settings.secrets)
        return _run_in_loop(verb(settings))
    except KeyboardInterrupt:
        return 130
    except (Trouble, BaseExceptionGroup) as error:
        trouble = _innermost_error(error)
        if not isinstance(trouble, Trouble):
            raise
        _print_error(trouble.sentence, as_json)
        return 1


def _run_in_loop(work: Coroutine[Any, Any, int | None]) -> int:
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work) or 0


def _innermost_error(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _print_error(sentence: str, as_json: bool) -> None:
    sentence = redact_text(sentence)
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    else:
        err_console.print(sentence, style="red", markup=False)
