"""Whatever the bytes, the answer is a file that fits or a sentence."""

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.media.protocol import FitRefusal
from adapters.media.worker import fit_or_refuse
from bot.requests.media import FileLimits, PreparedFile
from tests.adapters.media import sample_files
from tests.adapters.media.sample_files import PICTURE_LIMITS, SOUND_LIMITS, VIDEO_LIMITS, corner_picture, encode_picture

FILE_SIGNATURES = [
    b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    b"II*\0\x08\0\0\0", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    b"RIFF\0\0\0\0WAVEfmt ",
    b"ID3\x04\0\0\0\0\0\0", b"\xff\xfb\x90\x00", b"fLaC\0\0\0\x22", b"OggS\0\x02", b"\0\0\0\x18ftypM4A \0\0\0\0",
    b"\0\0\0\x18ftypisom\0\0\0\0", b"\x1a\x45\xdf\xa3", b"\0\0\x01\xba", b"FLV\x01\x05", b"#!AMR\n", b"caff\0\x01",
]  # fmt: skip
FUZZ_SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY_LIMITS = st.sampled_from([PICTURE_LIMITS, SOUND_LIMITS, VIDEO_LIMITS])


def fit_anything(folder: Path, data: bytes, limits: FileLimits) -> None:
    """Any answer will do, as long as it is one."""
    source = folder / "odd"
    source.write_bytes(data)
    said = fit_or_refuse(sample_files.new_task(source, limits))
    assert isinstance(said, PreparedFile | FitRefusal)
    assert not (isinstance(said, FitRefusal) and said.our_fault), said


@FUZZ_SETTINGS
@given(st.sampled_from(FILE_SIGNATURES), st.binary(max_size=600), ANY_LIMITS)
def test_random_bytes_give_a_sentence(tmp_path: Path, beginning: bytes, rest: bytes, limits: FileLimits) -> None:
    """Also behind the first bytes of every format there is."""
    fit_anything(tmp_path, beginning + rest, limits)


SOUND_CODERS = {"mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus", "flac": "flac"}


@cache
def valid_file(form: str) -> bytes:
    """A small good file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{form}"
        if form in SOUND_CODERS:
            return sample_files.write_sound(path, SOUND_CODERS[form], 0.5).read_bytes()
        if form == "mp4":
            return sample_files.write_video(path, sound_coder=None, seconds=0.6).read_bytes()
    return encode_picture(corner_picture(170, 170), form)


@pytest.mark.slow
@pytest.mark.parametrize(
    "form", ["WebP", "GIF", "PNG", "JPEG", "TIFF", "BMP", "AVIF", "mp3", "m4a", "ogg", "flac", "mp4"]
)
@settings(FUZZ_SETTINGS, max_examples=25)
@given(data=st.data())
def test_a_good_file_with_bad_bytes_gives_a_file_or_a_sentence(tmp_path: Path, form: str, data: st.DataObject) -> None:
    """Decoders are tried where they hurt: deep inside a file that begins well."""
    bytes_ = bytearray(valid_file(form))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(bytes_) - 1), st.integers(0, 255)), max_size=12)):
        bytes_[at] = value
    limits = VIDEO_LIMITS if form == "mp4" else SOUND_LIMITS if form in SOUND_CODERS else PICTURE_LIMITS
    fit_anything(tmp_path, bytes(bytes_), limits)
