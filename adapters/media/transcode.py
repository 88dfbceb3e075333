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

TRANSCODE_TIMEOUT_SECONDS = 240.0
TRANSCODE_MEMORY_BYTES = 2 * 2**30
AUDIO_BITS_PER_SECOND = 64_000
USABLE_SIZE_RATIO = 0.93  # containers and rate control take their share
MIN_BITRATE_BY_SIDE = (
    (1280, 900_000),
    (854, 450_000),
    (640, 260_000),
    (480, 150_000),
)  # the longer side, and the least rate for it
EXIT_UNWATCHABLE, EXIT_FAILED = 3, 4
# Left to guess, the library would also take a playlist, which names other files and addresses.
SINGLE_FILE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}
MAX_CONCURRENT_TRANSCODES = 2


class Transcoder:
    """Re-encodes within bounds; at most two at once, so that the rest of the bot goes on."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_TRANSCODES)

    async def __call__(self, video: Path, max_bytes: int) -> Path | None:
        """A smaller copy beside the video, or None when there is no good one to be had."""
        if importlib.util.find_spec("av") is None:
            return None
        target = video.with_name(f"{video.stem}-{max_bytes}.mp4")
        async with self._slots:
            code = await _run_process(video, target, max_bytes)
        if code == 0 and target.is_file() and target.stat().st_size <= max_bytes:
            return target
        target.unlink(missing_ok=True)
        log.info("not made smaller", code=code, video=video.name)
        return None


async def _run_process(video: Path, target: Path, max_bytes: int) -> int:
    """The exit code; it is given no environment, and killed with its time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "adapters.media.transcode", str(video), str(target), str(max_bytes)),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TRANSCODE_TIMEOUT_SECONDS):
            return await process.wait()
    except TimeoutError:
        return EXIT_FAILED
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def choose_rates(seconds: float, max_bytes: int, longer_side: int) -> tuple[int, int] | None:
    """The longer side and the bit rate that fit, or None when nothing watchable does."""
    rate = int(max_bytes * 8 * USABLE_SIZE_RATIO / max(seconds, 0.1)) - AUDIO_BITS_PER_SECOND
    for side, least in MIN_BITRATE_BY_SIDE:
        if rate >= least:
            return min(side, longer_side), min(rate, 4_000_000)
    return None


def transcode(source: Path, target: Path, max_bytes: int) -> int:
    """Encode anew; the exit code."""
    import av

    with av.open(str(source), options=SINGLE_FILE_OPTIONS) as reader:
        source_video = reader.streams.video[0]
        seconds = float(reader.duration or 0) / 1_000_000
        plan = choose_rates(seconds, max_bytes, max(source_video.width, source_video.height))
        if seconds <= 0 or plan is None:
            return EXIT_UNWATCHABLE
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as writer:
            _encode_video(reader, writer, *plan)
    return 0


def _encode_video(reader: Any, writer: Any, side: int, rate: int) -> None:
    source_video = reader.streams.video[0]
    source_audio = next(iter(reader.streams.audio), None)
    width, height = _scaled_size(source_video.width, source_video.height, side)
    video_stream = writer.add_stream("libx264", rate=source_video.average_rate or 25)
    video_stream.width, video_stream.height, video_stream.pix_fmt, video_stream.bit_rate = (
        width,
        height,
        "yuv420p",
        rate,
    )
    video_stream.options = {"preset": "veryfast", "maxrate": str(rate), "bufsize": str(rate)}
    audio_stream = writer.add_stream("aac", rate=44_100) if source_audio else None
    if audio_stream:
        audio_stream.bit_rate = AUDIO_BITS_PER_SECOND
    for frame in reader.decode(*[each for each in (source_video, source_audio) if each]):
        if type(frame).__name__ == "AudioFrame":
            frame.pts = None
            writer.mux(audio_stream.encode(frame) if audio_stream else [])
        else:
            writer.mux(video_stream.encode(frame.reformat(width, height, "yuv420p")))
    for stream in (video_stream, audio_stream):
        if stream:
            writer.mux(stream.encode(None))


def _scaled_size(width: int, height: int, side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(width, height))
    return (max(2, math.floor(width * factor / 2) * 2), max(2, math.floor(height * factor / 2) * 2))


def _limit_process(max_bytes: int) -> None:
    """Let the system stop this process where memory, time or its result run away."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for what, limit in ((resource.RLIMIT_AS, TRANSCODE_MEMORY_BYTES), (resource.RLIMIT_FSIZE, max_bytes * 2)):
            resource.setrlimit(what, (limit, limit))


def main() -> int:
    """The process."""
    source, target, max_bytes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    _limit_process(max_bytes)
    try:
        return transcode(source, target, max_bytes)
    except Exception:  # the edge: a decoder raises all there is, and the parent only needs to know that it failed
        return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
