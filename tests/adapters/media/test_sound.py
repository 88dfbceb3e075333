"""Sound comes out audible, short enough and small enough, whatever it came in."""

import struct
from array import array
from dataclasses import replace
from pathlib import Path

import av
import pytest

from adapters.media.sniff import FileType, sniff, sniff_file
from adapters.media.sound import SILENCE_PEAK, block_peak, fit_sound_without_pyav
from bot.errors import Refused
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from tests.adapters.media import sample_files
from tests.adapters.media.in_process_worker import fit_or_fail, refusal_sentence, write_file
from tests.adapters.media.sample_files import SOUND_LIMITS

UPLOAD_LIMITS = replace(SOUND_LIMITS, max_bytes=6 * 2**20)


def decode_sound(path: Path) -> tuple[str, int, float]:
    """The coding, channels and seconds of a sound file, by decoding it."""
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(track))
        return track.codec_context.name, track.channels, seconds


@pytest.mark.parametrize(
    ("coder", "wrapper", "form"),
    [
        ("libmp3lame", "mp3", "mp3"), ("aac", "ipod", "m4a"), ("aac", "mp4", "m4a"), ("flac", "flac", "flac"),
        ("pcm_s16le", "wav", "wav"),
    ],
)  # fmt: skip
def test_sound_that_fits_is_passed_on_untouched(tmp_path: Path, coder: str, wrapper: str, form: str) -> None:
    """With its true length, which a header may get wrong."""
    path = sample_files.write_sound(tmp_path / "hum", coder, wrapper=wrapper)
    fitted = fit_or_fail(sample_files.new_task(path, SOUND_LIMITS))
    assert (fitted.path, fitted.format, fitted.size) == (path, form, path.stat().st_size)
    assert fitted.seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("coder", "wrapper"),
    [
        ("libopus", "ogg"), ("libopus", "webm"), ("aac", "adts"), ("pcm_s16be", "aiff"), ("wmav2", "asf"),
        ("pcm_s16be", "caf"),
    ],
)  # fmt: skip
def test_sound_in_any_other_format_becomes_aac(tmp_path: Path, coder: str, wrapper: str) -> None:
    """Voice messages are Opus, which studios do not take."""
    path = sample_files.write_sound(tmp_path / "hum", coder, wrapper=wrapper)
    fitted = fit_or_fail(sample_files.new_task(path, SOUND_LIMITS))
    assert sniff_file(fitted.path) == FileType(MediaKind.SOUND, "m4a")
    name, channels, seconds = decode_sound(fitted.path)
    assert (name, channels, fitted.format, fitted.path.suffix) == ("aac", 1, "m4a", ".m4a")
    assert seconds == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("form", ["mp3", "wav", "flac"])
def test_sound_becomes_what_is_taken(tmp_path: Path, form: str) -> None:
    """The limits decide, not our taste."""
    path = sample_files.write_sound(tmp_path / "hum", "libopus", wrapper="ogg")
    fitted = fit_or_fail(sample_files.new_task(path, replace(SOUND_LIMITS, formats=(f"audio/{form}",))))
    assert (fitted.format, sniff(fitted.path.read_bytes())) == (form, FileType(MediaKind.SOUND, form))
    _, channels, seconds = decode_sound(fitted.path)
    assert (channels, round(seconds)) == (1, 2)


def test_the_sound_track_of_a_video_is_taken_out(tmp_path: Path) -> None:
    """People film themselves and want only the voice."""
    for name, coder, sound_coder in (("a.mp4", "libx264", "aac"), ("a.webm", "libvpx", "libopus")):
        fitted = fit_or_fail(
            sample_files.new_task(sample_files.write_video(tmp_path / name, coder, sound_coder), SOUND_LIMITS)
        )
        assert sniff_file(fitted.path) == FileType(MediaKind.SOUND, "m4a")


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    """There is no voice to take."""
    path = sample_files.write_video(tmp_path / "mute.mp4", sound_coder=None)
    assert refusal_sentence(sample_files.new_task(path, SOUND_LIMITS)) == (
        "“mute.mp4” has no sound. Send one with sound."
    )


@pytest.mark.slow
def test_fifteen_megabytes_become_less_than_six(tmp_path: Path) -> None:
    """An upload may have 6 MB; a long recording in WAV has more."""
    path = sample_files.write_wav(tmp_path / "long.wav", 84, 44_100, channels=2)
    assert path.stat().st_size > 14_500_000
    fitted = fit_or_fail(sample_files.new_task(path, UPLOAD_LIMITS))
    assert fitted.size <= 6 * 2**20
    assert decode_sound(fitted.path)[2] == pytest.approx(84, abs=0.2)


@pytest.mark.slow
def test_the_longest_sound_there_may_be_fits_an_upload(tmp_path: Path) -> None:
    """Ten minutes are promised, so ten minutes must come through."""
    path = sample_files.write_wav(tmp_path / "minute.wav", 60, 44_100)
    fitted = fit_or_fail(
        sample_files.new_task(path, replace(UPLOAD_LIMITS, max_bytes=6 * 2**20 // 10))
    )  # one of ten minutes
    assert fitted.size <= 6 * 2**20 // 10
    assert fitted.seconds == 60


def test_sound_that_cannot_be_made_small_enough_is_refused_with_both_sizes(tmp_path: Path) -> None:
    """Below 24 kilobits a second speech is no longer speech."""
    path = sample_files.write_wav(tmp_path / "hum.wav", 20)
    said = refusal_sentence(sample_files.new_task(path, replace(SOUND_LIMITS, max_bytes=20_000)))
    assert said == "“hum.wav” is 640,044 bytes. The limit is 20,000 bytes."


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_eleven_minutes_are_refused_with_both_lengths(tmp_path: Path, form: str) -> None:
    """The asker learns how much to cut."""
    path = tmp_path / f"speech.{form}"
    sample_files.write_wav(path, 660, 8_000) if form == "wav" else sample_files.write_sound(
        path, "flac", 660, rate=8_000
    )
    said = refusal_sentence(sample_files.new_task(path, SOUND_LIMITS))
    assert said.startswith("“speech." + form + "” is 11 minutes")
    assert said.endswith("long. Send one of at most 10 minutes.")


def test_sound_too_short_is_refused_with_both_lengths(tmp_path: Path) -> None:
    """A click is no speech."""
    said = refusal_sentence(
        sample_files.new_task(
            sample_files.write_wav(tmp_path / "click.wav", 0.25), replace(SOUND_LIMITS, min_seconds=1)
        )
    )
    assert said == "“click.wav” is 0.2 seconds long. Send one of at least 1 second."


@pytest.mark.parametrize("coder", ["pcm_s16le", "libmp3lame", "flac", "aac"])
def test_silent_sound_is_refused(tmp_path: Path, coder: str) -> None:
    """A paid video of a closed mouth helps nobody."""
    wrapper = {"pcm_s16le": "wav", "libmp3lame": "mp3", "aac": "ipod"}.get(coder, coder)
    path = sample_files.write_sound(tmp_path / "hush", coder, wrapper=wrapper, amplitude=0)
    assert refusal_sentence(sample_files.new_task(path, SOUND_LIMITS)) == ("“hush” is silent. Send another recording.")


def test_a_whisper_is_no_silence(tmp_path: Path) -> None:
    """What a person might still hear goes through."""
    assert (
        fit_or_fail(
            sample_files.new_task(
                sample_files.write_wav(tmp_path / "w.wav", 1, amplitude=SILENCE_PEAK + 60), SOUND_LIMITS
            )
        ).format
        == "wav"
    )
    assert "silent" in refusal_sentence(
        sample_files.new_task(sample_files.write_wav(tmp_path / "q.wav", 1, amplitude=SILENCE_PEAK - 10), SOUND_LIMITS)
    )


def test_opposite_channels_are_no_silence(tmp_path: Path) -> None:
    """Mixed into one they would cancel out, so each is listened to by itself."""
    import wave

    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(array("h", [9000, -9000, -9000, 9000] * 4000).tobytes())
    assert fit_or_fail(sample_files.new_task(path, SOUND_LIMITS)).format == "wav"


def test_sound_of_no_length_is_refused(tmp_path: Path) -> None:
    """A header alone."""
    assert "has no sound" in refusal_sentence(
        sample_files.new_task(sample_files.write_wav(tmp_path / "none.wav", 0), SOUND_LIMITS)
    )


def test_one_bad_moment_does_not_spoil_a_recording(tmp_path: Path) -> None:
    """It is encoded anew, so that the studio need not cope with it."""
    path = sample_files.write_sound(tmp_path / "hum.mp3", "libmp3lame", 4)
    data = bytearray(path.read_bytes())
    data[9_000:11_000] = bytes(2_000)
    path.write_bytes(data)
    fitted = fit_or_fail(sample_files.new_task(path, SOUND_LIMITS))
    assert fitted.seconds == pytest.approx(4, abs=0.6)


@pytest.mark.parametrize(
    ("coder", "wrapper"), [("aac", "ipod"), ("flac", "flac"), ("libopus", "ogg"), ("libopus", "webm")]
)
def test_sound_cut_off_or_spoilt_gives_a_sentence_or_what_is_left(tmp_path: Path, coder: str, wrapper: str) -> None:
    """Never anything else."""
    from adapters.media.worker import fit_or_refuse

    data = sample_files.write_sound(tmp_path / "whole", coder, wrapper=wrapper).read_bytes()
    for number, broken in enumerate((data[:100], data[: len(data) // 2], data[:400] + bytes(range(256)) * 20)):
        fit_or_refuse(sample_files.new_task(write_file(tmp_path, broken, f"part{number}"), SOUND_LIMITS))


def test_a_playlist_behind_a_sound_name_is_not_followed(tmp_path: Path) -> None:
    """It could name files and addresses of ours."""
    secret = sample_files.write_wav(tmp_path / "secret.wav", 1)
    for text in (f"#EXTM3U\n#EXTINF:1,\n{secret}\n", f"ffconcat version 1.0\nfile '{secret}'\n"):
        said = refusal_sentence(sample_files.new_task(write_file(tmp_path, text.encode(), "hits.mp3"), SOUND_LIMITS))
        assert said == "“hits.mp3” is a text file, not a sound file. Send a sound file."


PLAIN_SOUND_LIMITS = FileLimits(MediaKind.SOUND, 200_000, ("wav", "mp3"), min_seconds=0.5, max_seconds=4)


def fit_without_pyav(path: Path) -> PreparedFile:
    """As where PyAV is not installed."""
    found = sniff_file(path)
    assert found
    return fit_sound_without_pyav(sample_files.new_task(path, PLAIN_SOUND_LIMITS), found)


def test_without_pyav_a_wav_is_listened_to_and_the_rest_goes_by_type_and_size(tmp_path: Path) -> None:
    """The plain install serves the common case."""
    assert fit_without_pyav(sample_files.write_wav(tmp_path / "a.wav", 2)).seconds == 2
    assert fit_without_pyav(sample_files.write_sound(tmp_path / "a.mp3", "libmp3lame")).seconds is None


@pytest.mark.parametrize(
    ("name", "seconds", "loud", "rule"),
    [("long", 5, 9000, "is 5 seconds long. Send one of at most 4 seconds"),
     ("short", 0.25, 9000, "at least 0.5 seconds"), ("hush", 1, 0, "is silent"), ("none", 0, 0, "has no sound")],
)  # fmt: skip
def test_without_pyav_a_wav_is_refused_for_the_same_reasons(
    tmp_path: Path, name: str, seconds: float, loud: int, rule: str
) -> None:
    """In the same words."""
    with pytest.raises(Refused, match=rule):
        fit_without_pyav(sample_files.write_wav(tmp_path / f"{name}.wav", seconds, 8_000, amplitude=loud))


def test_without_pyav_what_is_not_taken_or_too_large_is_refused(tmp_path: Path) -> None:
    """Nothing can be made over here, so the sentence says what is taken."""
    with pytest.raises(Refused, match=r"“a.flac” is FLAC, which is not accepted. Save it as WAV or MP3"):
        fit_without_pyav(sample_files.write_sound(tmp_path / "a.flac", "flac"))
    with pytest.raises(Refused, match=r"is 374,442 bytes. The limit is 200,000 bytes"):
        fit_without_pyav(sample_files.write_wav(tmp_path / "big.wav", 3.9, 48_000))
    with pytest.raises(Refused, match=r"“a.mp4” is a video, not a sound file. Send a sound file."):
        fit_without_pyav(sample_files.write_video(tmp_path / "a.mp4"))


def test_without_pyav_a_video_goes_whole_to_a_studio_that_takes_its_sound(tmp_path: Path) -> None:
    """D-ID does."""
    task = sample_files.new_task(sample_files.write_video(tmp_path / "a.mp4"), SOUND_LIMITS)
    assert fit_sound_without_pyav(task, FileType(MediaKind.VIDEO, "mp4")).format == "mp4"


@pytest.mark.parametrize(
    ("width", "block"),
    [
        (1, bytes([128, 138])), (2, struct.pack("<2h", 0, -2560)), (3, bytes([0, 0, 0, 0, 0, 10])),
        (4, struct.pack("<i", 10 << 24)),
    ],
)  # fmt: skip
def test_loudness_means_the_same_at_every_depth(width: int, block: bytes) -> None:
    """One threshold for all."""
    assert block_peak(block, width) == 2560


def test_a_recording_that_says_where_it_was_made_is_encoded_anew(tmp_path: Path) -> None:
    """The place stays here."""
    path = tmp_path / "memo.m4a"
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata["com.apple.quicktime.location.ISO6709"] = "+12.3456+065.4321/"
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        sample_files.encode_tone(out, stream, 2, 9000)
    assert b"+12.3456" in path.read_bytes()
    assert b"+12.3456" not in fit_or_fail(sample_files.new_task(path, SOUND_LIMITS)).path.read_bytes()
