"""The README's shell blocks, run in the order printed, in a fresh folder without a key, while the demo runs."""

import asyncio
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.cli import CommandLine
from tests.end_to_end.video_probe import probe_video

REPOSITORY = Path(__file__).parents[2]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
COPIED = ("Makefile", "pyproject.toml", "requirements-demo.txt", "examples")
COMMAND_TIMEOUT_SECONDS = 200


def readme_commands() -> list[str]:
    """Every line of every shell block."""
    blocks = SHELL_BLOCK.findall((REPOSITORY / "README.md").read_text())
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def fresh_folder(folder: Path) -> CommandLine:
    """As after a clone and the first `make`: the environment is installed, nothing has run yet."""
    for name in COPIED:
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        os.utime(folder / name, (0, 0))  # older than the environment, so that make installs nothing
    (folder / ".venv").symlink_to(sys.prefix)
    return CommandLine(folder, {"CI": "1", "DIDTALK_DATA_DIR": "data", "DIDTALK_PORT": "0"})


async def start_line(cli: CommandLine, line: str) -> Process:
    """A line as a shell runs it, in a process group of its own."""
    return await asyncio.create_subprocess_shell(
        line, cwd=cli.folder, env=cli.environment, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )


async def wait_for_first_video(demo: Process) -> None:
    """The demo has printed its address and made its first video."""
    assert demo.stdout
    output = b""
    async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
        while b"Ctrl-C stops didtalk" not in output:
            line = await demo.stdout.readline()
            assert line, f"the demo ended by itself:\n{output.decode()}"
            output += line


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_every_command_of_the_readme_works_beside_the_demo(tmp_path: Path) -> None:
    """What a newcomer copies and pastes, in that order."""
    cli = fresh_folder(tmp_path)
    first, *others = readme_commands()
    assert first == "make demo"
    demo = await start_line(cli, first)
    try:
        await wait_for_first_video(demo)
        for line in others:
            process = await start_line(cli, line)
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                output, _ = await process.communicate()
            assert process.returncode == 0, f"{line}\n{output.decode()}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGINT)
        await demo.wait()
    targets = [line.split("--out ")[1] for line in others if "--out " in line]
    made = await asyncio.to_thread(video_names, tmp_path)
    assert made == {name for target in targets for name in expected_files(target)}
    for name in made:
        assert probe_video(tmp_path / name).seconds > 0.5


def video_names(folder: Path) -> set[str]:
    """The videos that lie in a folder."""
    return {path.name for path in folder.glob("*.mp4")}


def expected_files(target: str) -> list[str]:
    """One file, or one per language of the translation."""
    if target == "translated.mp4":
        return ["translated-spanish.mp4", "translated-french.mp4"]
    return [target]
