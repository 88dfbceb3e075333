"""The bot under test: the program that serves people, with an instrument handed in."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvloop

from bot.cli import main
from bot.cli.run import run_bot
from bot.security.log_setup import set_up_logs
from bot.settings import Settings, read_settings
from tests.kill_tests.bot_control.gated_writes import GatedDatabase, gate_files
from tests.kill_tests.bot_control.kill_children import exit_with_parent
from tests.kill_tests.bot_control.kill_points import KillGate, KillPoint


@dataclass(frozen=True)
class BotLaunch:
    """How a bot is to be run, and at which point it is to die."""

    settings: dict[str, str]
    folder: Path
    settle_seconds: float
    target: KillPoint | None = None
    parent_pid: int = field(default_factory=os.getpid)  # whoever gave them: the bot ends with it

    @property
    def trace_file(self) -> Path:
        """Where it writes what it passed."""
        return self.folder / "trace"

    @property
    def log_file(self) -> Path:
        """What it says, across its lives."""
        return self.folder / "bot.log"


def run_bot_process(launch: BotLaunch) -> None:
    """Serve until told to stop, or until the point is reached: the main function of a process of its own."""
    gate = _open_gate(launch)
    set_up_logs("info")
    uvloop.run(
        run_bot(
            _isolated_settings(launch), wrap_database=partial(GatedDatabase, gate), settle_seconds=launch.settle_seconds
        )
    )


def run_ask(launch: BotLaunch, words: Sequence[str]) -> None:
    """Ask one line and end as the command does, or at the point: the main function of a process of its own."""
    gate = _open_gate(launch)
    _isolated_settings(launch)
    sys.argv = ["didtalk", "ask", *words]
    main(wrap_database=partial(GatedDatabase, gate), settle_seconds=launch.settle_seconds)


def _open_gate(launch: BotLaunch) -> KillGate:
    """A process that ends with its boss, says all in one file, and passes a gate with everything durable."""
    exit_with_parent(launch.parent_pid)
    _redirect_output(launch.log_file)
    gate = KillGate(partial(_record_pass, _open_for_append(launch.trace_file)), launch.target, _kill_self)
    gate_files(gate)
    return gate


def _isolated_settings(launch: BotLaunch) -> Settings:
    """Ours alone: nothing of the tester's own settings leaks in."""
    os.chdir(launch.folder)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | launch.settings | {"DIDTALK_DATA_DIR": str(launch.folder / "data")})
    return read_settings()


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _record_pass(trace: int, name: str, nth: int) -> None:
    os.write(trace, f"{nth}\t{name}\n".encode())  # unbuffered: what was passed stays known when we die


def _open_for_append(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _redirect_output(log: Path) -> None:
    """All that the process says goes to a file, across its lives."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(file, stream.fileno())
