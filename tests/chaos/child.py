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
from bot.cli.run import serve
from bot.security.log_setup import set_up_logs
from bot.settings import Settings, read_settings
from tests.chaos.instrument import Watched, watch_files
from tests.chaos.leash import leash
from tests.chaos.points import Gate, Point


@dataclass(frozen=True)
class Orders:
    """How a bot is to be run, and at which point it is to die."""

    settings: dict[str, str]
    folder: Path
    settle: float
    target: Point | None = None
    boss: int = field(default_factory=os.getpid)  # whoever gave them: the bot ends with it

    @property
    def trace(self) -> Path:
        """Where it writes what it passed."""
        return self.folder / "trace"

    @property
    def log(self) -> Path:
        """What it says, across its lives."""
        return self.folder / "bot.log"


def run(orders: Orders) -> None:
    """Serve until told to stop, or until the point is reached: the main function of a process of its own."""
    gate = _gated(orders)
    set_up_logs("info")
    uvloop.run(serve(_settings(orders), through=partial(Watched, gate), settle=orders.settle))


def ask(orders: Orders, words: Sequence[str]) -> None:
    """Ask one line and end as the command does, or at the point: the main function of a process of its own."""
    gate = _gated(orders)
    _settings(orders)
    sys.argv = ["didtalk", "ask", *words]
    main(through=partial(Watched, gate), settle=orders.settle)


def _gated(orders: Orders) -> Gate:
    """A process that ends with its boss, says all in one file, and passes a gate with everything durable."""
    leash(orders.boss)
    _speak_to(orders.log)
    gate = Gate(partial(_note, _opened(orders.trace)), orders.target, _die)
    watch_files(gate)
    return gate


def _settings(orders: Orders) -> Settings:
    """Ours alone: nothing of the tester's own settings leaks in."""
    os.chdir(orders.folder)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | orders.settings | {"DIDTALK_DATA_DIR": str(orders.folder / "data")})
    return read_settings()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _note(trace: int, name: str, nth: int) -> None:
    os.write(trace, f"{nth}\t{name}\n".encode())  # unbuffered: what was passed stays known when we die


def _opened(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _speak_to(log: Path) -> None:
    """All that the process says goes to a file, across its lives."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(file, stream.fileno())
