"""Makes a video small enough to be posted, in a process of its own; refuses where it would be a pity to watch.

Run as `python -m adapters.chats.discord.shrink source target bytes`; exit code 3 says that it would not be watchable.
"""

import asyncio
import contextlib
import importlib.util
import math
import os
import sys
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

SECONDS = 240.0
MEMORY = 2 * 2**30
SOUND_RATE = 64_000
SPARE = 0.93  # containers and rate control take their share
SIDES = ((1280, 900_000), (854, 450_000), (640, 260_000), (480, 150_000))  # the longer side, and the least rate for it
POOR, FAILED = 3, 4
# Left to guess, the library would also take a playlist, which names other files and addresses.
ONLY_THIS_FILE = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}
AT_ONCE = 2


class Shrink:
    """Re-encodes within bounds; at most two at once, so that the rest of the bot goes on."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, video: Path, most: int) -> Path | None:
        """A smaller copy beside the video, or None when there is no good one to be had."""
        if importlib.util.find_spec("av") is None:
            return None
        target = video.with_name(f"{video.stem}-{most}.mp4")
        async with self._slots:
            code = await _run(video, target, most)
        if code == 0 and target.is_file() and target.stat().st_size <= most:
            return target
        target.unlink(missing_ok=True)
        log.info("not made smaller", code=code, video=video.name)
        return None


async def _run(video: Path, target: Path, most: int) -> int:
    """The exit code; it is given no environment, and killed with its time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "adapters.media.transcode", str(video), str(target), str(most)),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            return await process.wait()
    except TimeoutError:
        return FAILED
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def rates(seconds: float, most: int, longest: int) -> tuple[int, int] | None:
    """The longer side and the bit rate that fit, or None when nothing watchable does."""
    rate = int(most * 8 * SPARE / max(seconds, 0.1)) - SOUND_RATE
    for side, least in SIDES:
        if rate >= least:
            return min(side, longest), min(rate, 4_000_000)
    return None


def shrink(source: Path, target: Path, most: int) -> int:
    """Encode anew; the exit code."""
    import av

    with av.open(str(source), options=ONLY_THIS_FILE) as reader:
        picture = reader.streams.video[0]
        seconds = float(reader.duration or 0) / 1_000_000
        plan = rates(seconds, most, max(picture.width, picture.height))
        if seconds <= 0 or plan is None:
            return POOR
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as writer:
            _encode(reader, writer, *plan)
    return 0


def _encode(reader: Any, writer: Any, side: int, rate: int) -> None:
    picture = reader.streams.video[0]
    sound = next(iter(reader.streams.audio), None)
    width, height = _sized(picture.width, picture.height, side)
    drawn = writer.add_stream("libx264", rate=picture.average_rate or 25)
    drawn.width, drawn.height, drawn.pix_fmt, drawn.bit_rate = width, height, "yuv420p", rate
    drawn.options = {"preset": "veryfast", "maxrate": str(rate), "bufsize": str(rate)}
    heard = writer.add_stream("aac", rate=44_100) if sound else None
    if heard:
        heard.bit_rate = SOUND_RATE
    for frame in reader.decode(*[each for each in (picture, sound) if each]):
        if type(frame).__name__ == "AudioFrame":
            frame.pts = None
            writer.mux(heard.encode(frame) if heard else [])
        else:
            writer.mux(drawn.encode(frame.reformat(width, height, "yuv420p")))
    for stream in (drawn, heard):
        if stream:
            writer.mux(stream.encode(None))


def _sized(width: int, height: int, side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(width, height))
    return (max(2, math.floor(width * factor / 2) * 2), max(2, math.floor(height * factor / 2) * 2))


def _bound(most: int) -> None:
    """Let the system stop this process where memory, time or its result run away."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for what, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, most * 2)):
            resource.setrlimit(what, (limit, limit))


def main() -> int:
    """The process."""
    source, target, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    _bound(most)
    try:
        return shrink(source, target, most)
    except Exception:  # the edge: a decoder raises all there is, and the parent only needs to know that it failed
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
