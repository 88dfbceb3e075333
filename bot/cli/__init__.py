"""The command line: what each verb takes. What it does stands in the module of its name."""

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
from bot.settings import read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
err_console = Console(stderr=True, highlight=False, soft_wrap=True)

FileOption = Annotated[Path | None, typer.Option(exists=False, dir_okay=False, show_default=False)]


@app.command()
def ask(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What you would type in a chat; bare text speaks.")] = "",
    image: FileOption = None,
    audio: FileOption = None,
    video: FileOption = None,
    file: FileOption = None,
    out: Annotated[Path | None, typer.Option(help="Where the finished video goes.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per result, nothing else.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to go on waiting while a studio is away.")] = 20.0,
    once: Annotated[str, typer.Option(help="A name of your own for this job: it is made once, ever.")] = "",
) -> None:
    """Make one video and wait for it."""
    from bot.cli.ask import AskInput, ask_and_wait

    line = AskInput(text, {"image": image, "audio": audio, "video": video, "file": file}, out, patience, once)
    at_exit: list[Callable[[], None]] = []
    app_parts = context.obj or {}
    code = _run_verb(
        lambda settings: ask_and_wait(settings, line, as_json, at_exit, **app_parts), log="critical", as_json=as_json
    )
    sys.stdout.flush()
    for each in at_exit:
        each()
    os._exit(code)  # nothing may come between the last note and the end


@app.command()
def demo(once: Annotated[bool, typer.Option(help="End after the first video.")] = False) -> None:
    """See it all work without any key: the sandbox, the bot and a first video."""
    from bot.cli.demo import run_demo

    raise typer.Exit(_run_verb(lambda settings: run_demo(settings, once), log="critical"))


@app.command()
def run() -> None:
    """Run the bot until it is stopped."""
    from bot.cli.run import run_bot

    raise typer.Exit(_run_verb(run_bot))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8900,
    credits: Annotated[int, typer.Option(help="What the account starts with.")] = 1000,  # noqa: A002 - people's word
    instant: Annotated[bool, typer.Option(help="Do not paint: one tiny video for everything, for load tests.")] = False,
    hooks_to: Annotated[
        str, typer.Option(help="Send every webhook to this address instead of its own host.", show_default=False)
    ] = "",
) -> None:
    """Run the studios' twin alone, for staging without spending credits."""
    from bot.cli.sandbox import run_sandbox

    raise typer.Exit(_run_verb(lambda settings: run_sandbox(settings, port, credits, instant, hooks_to)))


@app.command()
def hooks(
    verb: Annotated[str, typer.Argument(help="list, register, rotate, drop or deliveries.")] = "list",
    endpoint: Annotated[str, typer.Argument(help="Which one to rotate or drop.")] = "",
) -> None:
    """Manage the endpoint that HeyGen calls when videos are done."""
    from bot.cli.hooks import manage_webhooks

    raise typer.Exit(_run_verb(lambda settings: manage_webhooks(settings, verb, endpoint)))


@app.command()
def migrate() -> None:
    """Bring the database to this version."""
    from bot.cli.migrate import apply_migrations

    raise typer.Exit(_run_verb(apply_migrations))


@app.command("help")
def help_(verb: Annotated[str, typer.Argument(help="One of the chat's verbs.")] = "") -> None:
    """Explain what can be typed in a chat."""
    try:
        typer.echo(help_card(verb).text)
    except Trouble as trouble:
        _print_error(trouble.sentence, as_json=False)
        raise typer.Exit(1) from trouble


def main(**parts: Any) -> None:
    """The `didtalk` command; a fault that nobody foresaw is shown without secrets. Parts go to `open_app`."""
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
    """Run one verb to its end; troubles become a sentence and an exit code."""
    try:
        settings = read_settings()
        asked = "log_level" in settings.model_fields_set
        level = settings.log_level if asked or not log else log
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
    """What lies at the heart of the groups that task groups wrap round it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _print_error(sentence: str, as_json: bool) -> None:
    sentence = redact_text(sentence)
    if as_json:
        typer.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    else:
        err_console.print(sentence, style="red", markup=False)
