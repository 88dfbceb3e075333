"""Re-encodes a finished video so that it fits an upload limit, in a process of its own.

Run as `python -m adapters.media.transcode source target bytes`. The exit code tells apart videos that would be too
poor to watch at this size and failures.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from adapters.media import av_reader
from adapters.media.picture import Sides
from adapters.media.protocol import FitTask, run_process
from adapters.media.sniff import sniff_file
from adapters.media.video import encode_tracks, open_output
from adapters.media.worker import limit_resources
from bot.requests.media import FileLimits, MediaKind

log = structlog.get_logger(__name__)

TRANSCODE_TIMEOUT_SECONDS = 240.0
AUDIO_BITS_PER_SECOND = 64_000
MAX_VIDEO_BITS_PER_SECOND = 4_000_000
USABLE_SIZE_RATIO = 0.93  # the container and rate control need the rest
# The lowest watchable bit rate for each length of the longer side.
MIN_BITRATE_BY_SIDE = ((1280, 900_000), (854, 450_000), (640, 260_000), (480, 150_000))
EXIT_UNWATCHABLE, EXIT_FAILED = 3, 4
MAX_CONCURRENT_TRANSCODES = 2


class Transcoder:
    """Makes videos smaller; a limited number at once, so that the bot keeps enough of the machine."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_TRANSCODES)

    async def __call__(self, video: Path, max_bytes: int) -> Path | None:
        """A copy of at most `max_bytes` beside the video, or None if it would be too poor to watch."""
        if not av_reader.pyav_installed():
            return None
        target = video.with_name(f"{video.stem}-{max_bytes}.mp4")
        async with self._slots:
            code = await _run_transcode(video, target, max_bytes)
        if code == 0 and target.is_file() and target.stat().st_size <= max_bytes:
            return target
        target.unlink(missing_ok=True)
        log.info("video could not be made small enough", code=code, video=video.name)
        return None


async def _run_transcode(video: Path, target: Path, max_bytes: int) -> int:
    command = (sys.executable, "-P", "-m", "adapters.media.transcode", str(video), str(target), str(max_bytes))
    try:
        _, code = await run_process(command, b"", TRANSCODE_TIMEOUT_SECONDS)
    except TimeoutError:
        return EXIT_FAILED
    return code


def choose_rates(seconds: float, max_bytes: int, longer_side: int) -> tuple[int, int] | None:
    """The longer side and the bit rate that fit, or None when nothing watchable does."""
    rate = int(max_bytes * 8 * USABLE_SIZE_RATIO / max(seconds, 0.1)) - AUDIO_BITS_PER_SECOND
    for side, min_rate in MIN_BITRATE_BY_SIDE:
        if rate >= min_rate:
            return min(side, longer_side), min(rate, MAX_VIDEO_BITS_PER_SECOND)
    return None


def transcode(source: Path, target: Path, max_bytes: int) -> int:
    file_type = sniff_file(source)
    if file_type is None or file_type.kind is not MediaKind.VIDEO:
        return EXIT_FAILED
    with av_reader.open_container(source, file_type) as container:
        picture = av_reader.picture_track(container)
        seconds = float(container.duration or 0) / 1_000_000
        if picture is None or seconds <= 0:
            return EXIT_UNWATCHABLE
        plan = choose_rates(seconds, max_bytes, max(picture.width, picture.height))
        if plan is None:
            return EXIT_UNWATCHABLE
        side, rate = plan
        with open_output(target, "mp4") as out:
            sides = _scaled_sides(picture.width, picture.height, side)
            rate_options = {"b": str(rate), "maxrate": str(rate), "bufsize": str(rate)}
            encode_tracks(container, out, sides, rate_options, AUDIO_BITS_PER_SECOND)
    return 0


def _scaled_sides(width: int, height: int, side: int) -> Sides:
    """Even, because H.264 halves the colours each way."""
    factor = min(1.0, side / max(width, height))
    return max(2, int(width * factor / 2) * 2), max(2, int(height * factor / 2) * 2)


def main() -> int:
    source, target, max_bytes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    limits = FileLimits(MediaKind.VIDEO, max_bytes, ("mp4",))
    limit_resources(FitTask(source, target, source.name, limits, TRANSCODE_TIMEOUT_SECONDS))
    try:
        return transcode(source, target, max_bytes)
    except Exception:  # decoders raise anything; the parent only needs to know that it failed
        return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
