"""Videos come out in a container that is taken, and without the place they were filmed at."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from adapters.media import sound
from adapters.media.sniff import FileType, sniff_file
from bot.errors import Refused
from bot.requests.media import MediaKind
from tests.adapters.media import sample_files
from tests.adapters.media.in_process_worker import fit_or_fail, refusal_sentence, write_file
from tests.adapters.media.sample_files import VIDEO_LIMITS


def describe_video(path: Path) -> tuple[str, str | None, int, int]:
    """The codings of a video, its frames and how far it is turned."""
    with av.open(str(path)) as container:
        picture = container.streams.video[0]
        sound = container.streams.audio[0].codec_context.name if container.streams.audio else None
        frames = list(container.decode(picture))
        return picture.codec_context.name, sound, len(frames), frames[0].rotation


@pytest.mark.parametrize(
    ("name", "coder", "sound"),
    [("a.mp4", "libx264", "aac"), ("a.mov", "libx264", "aac"), ("a.mpg", "mpeg2video", "mp2")],
)  # fmt: skip
def test_a_video_that_fits_is_passed_on_untouched(tmp_path: Path, name: str, coder: str, sound: str) -> None:
    """With its length and size."""
    path = sample_files.write_video(tmp_path / name, coder, sound)
    fitted = fit_or_fail(sample_files.new_task(path, VIDEO_LIMITS))
    assert (fitted.path, fitted.width, fitted.height) == (path, 320, 240)
    assert fitted.seconds == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("name", "coder", "sound"),
    [
        ("a.webm", "libvpx", "libopus"), ("a.avi", "mpeg4", "libmp3lame"), ("a.webm", "libvpx", None),
        ("a.wmv", "wmv2", None),
    ],
)  # fmt: skip
def test_a_video_in_another_container_becomes_mp4(tmp_path: Path, name: str, coder: str, sound: str | None) -> None:
    """Browsers record WebM, which studios do not take."""
    path = sample_files.write_video(tmp_path / name, coder, sound)
    fitted = fit_or_fail(sample_files.new_task(path, VIDEO_LIMITS))
    assert sniff_file(fitted.path) == FileType(MediaKind.VIDEO, "mp4")
    picture, heard, frames, _ = describe_video(fitted.path)
    assert (picture, heard, fitted.format) == ("h264", "aac" if sound else None, "mp4")
    assert 24 <= frames <= 26


def test_h264_in_another_container_is_only_wrapped_anew(tmp_path: Path) -> None:
    """Encoding twice costs time and sharpness."""
    path = sample_files.write_video(tmp_path / "a.mkv")
    fitted = fit_or_fail(sample_files.new_task(path, VIDEO_LIMITS))
    assert describe_video(fitted.path) == describe_video(path)
    assert sniff_file(fitted.path) == FileType(MediaKind.VIDEO, "mp4")


def test_a_recording_whose_header_gives_no_length_is_counted_through(tmp_path: Path) -> None:
    """A browser writes the header before it knows."""
    path = tmp_path / "live.webm"
    sample_files.write_video(path, "libvpx", "libopus", live=True)
    with av.open(str(path)) as container:
        assert container.duration is None
    assert fit_or_fail(sample_files.new_task(path, VIDEO_LIMITS)).seconds == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_the_place_a_video_was_filmed_at_never_leaves_the_house(tmp_path: Path, name: str) -> None:
    """Phones write it into every film."""
    notes = {"com.apple.quicktime.location.ISO6709": "+12.3456+065.4321/"}
    path = sample_files.write_video(tmp_path / name, notes=notes, turned=90)
    fitted = fit_or_fail(sample_files.new_task(path, VIDEO_LIMITS))
    assert b"+12.3456" in path.read_bytes()
    assert b"+12.3456" not in fitted.path.read_bytes()
    assert describe_video(fitted.path) == describe_video(path), "the pictures must stay as they are, also upright"


def test_a_video_too_large_is_made_smaller(tmp_path: Path) -> None:
    """And stays as upright as it was."""
    path = sample_files.write_video(tmp_path / "a.mp4", sides=(640, 480), turned=90)
    fitted = fit_or_fail(sample_files.new_task(path, replace(VIDEO_LIMITS, max_side=320)))
    assert (fitted.width, fitted.height) == (320, 240)
    assert describe_video(fitted.path)[3] == describe_video(path)[3] != 0


def test_a_video_of_too_many_bytes_becomes_fewer_or_is_refused(tmp_path: Path) -> None:
    """With both numbers."""
    path = sample_files.write_video(tmp_path / "a.avi", "rawvideo", None)
    fitted = fit_or_fail(sample_files.new_task(path, replace(VIDEO_LIMITS, max_bytes=100_000, formats=("mp4", "avi"))))
    assert fitted.size < 100_000 < path.stat().st_size
    assert refusal_sentence(sample_files.new_task(path, replace(VIDEO_LIMITS, max_bytes=900))).endswith(
        "The limit is 900 bytes."
    )


@pytest.mark.parametrize(
    ("least", "most", "rule"),
    [
        (10, None, "is 1 second long. Send one of at least 10 seconds"),
        (None, 0.5, "is 1 second long. Send one of at most 0.5 seconds"),
    ],
)
def test_a_video_too_short_or_too_long_is_refused_with_both_lengths(
    tmp_path: Path, least: float | None, most: float | None, rule: str
) -> None:
    """The asker learns how much to cut or add."""
    path = sample_files.write_video(tmp_path / "a.mp4", sound_coder=None)
    assert rule in refusal_sentence(
        sample_files.new_task(path, replace(VIDEO_LIMITS, min_seconds=least, max_seconds=most))
    )


def test_a_video_too_small_is_refused_with_both_sizes(tmp_path: Path) -> None:
    """As pictures are."""
    path = sample_files.write_video(tmp_path / "dot.mp4", sides=(64, 48))
    assert "is 64 × 48 pixels. Send one of at least 160 × 160" in refusal_sentence(
        sample_files.new_task(path, replace(VIDEO_LIMITS, min_side=160))
    )


def test_sound_is_no_video(tmp_path: Path) -> None:
    """Also in a wrapper made for video, and with a cover."""
    path = sample_files.write_sound(tmp_path / "song.mp4", "aac", wrapper="mp4")
    assert (
        refusal_sentence(sample_files.new_task(path, VIDEO_LIMITS))
        == "“song.mp4” is a sound file, not a video. Send a video."
    )


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_video_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    """An MP4's table of contents is at its end."""
    data = sample_files.write_video(tmp_path / "whole.mp4").read_bytes()
    said = refusal_sentence(
        sample_files.new_task(write_file(tmp_path, data[: int(len(data) * share)], "half.mp4"), VIDEO_LIMITS)
    )
    assert said == "“half.mp4” looks like a video but is damaged or incomplete. Save it again and send that."


def test_where_mp4_is_not_taken_either_the_sentence_says_what_is(tmp_path: Path) -> None:
    """We make MP4 or nothing."""
    path = sample_files.write_video(tmp_path / "a.webm", "libvpx", None)
    said = refusal_sentence(sample_files.new_task(path, replace(VIDEO_LIMITS, formats=("mov", "mpeg"))))
    assert said == "“a.webm” is WEBM, which is not accepted. Save it as MOV or MPEG."


def test_without_pyav_a_video_goes_by_type_and_size(tmp_path: Path) -> None:
    """The plain install passes what is taken anyway."""
    path = sample_files.write_video(tmp_path / "a.mp4")
    assert (
        sound.pass_unchanged(sample_files.new_task(path, VIDEO_LIMITS), FileType(MediaKind.VIDEO, "mp4")).path == path
    )
    with pytest.raises(Refused, match="The limit is 100 bytes"):
        sound.pass_unchanged(
            sample_files.new_task(path, replace(VIDEO_LIMITS, max_bytes=100)), FileType(MediaKind.VIDEO, "mp4")
        )
