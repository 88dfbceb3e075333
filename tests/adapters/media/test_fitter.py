"""The fitter: files are opened in a process of their own, which may fail without harm to the bot."""

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from adapters.media import texts
from adapters.media.fitter import MediaFitter
from adapters.media.protocol import FitRefusal
from adapters.media.worker import fit_or_refuse
from bot.errors import Broken, Refused, TryAgain
from bot.requests.media import FileFitter, FileLimits, MediaKind
from storage.file_shelf import DiskShelf
from tests.adapters.media import sample_files
from tests.adapters.media.in_process_worker import write_file
from tests.adapters.media.sample_files import PICTURE_LIMITS, SOUND_LIMITS, VIDEO_LIMITS, corner_picture, encode_picture

TEXT_LIMITS = FileLimits(MediaKind.TEXT, 100, ("text",))


def worker_command(script: str) -> tuple[str, ...]:
    """A stand-in for the worker: a process that does as it is told."""
    return (sys.executable, "-c", script)


@pytest.mark.slow
async def test_a_fitted_file_lies_in_the_folder_under_a_name_nobody_can_guess(tmp_path: Path) -> None:
    """And the original lies where it lay, as it was."""
    fitter: FileFitter = MediaFitter(tmp_path / "deep" / "fitted")
    source = write_file(tmp_path, encode_picture(corner_picture(), "BMP"), "face.bmp")
    before = source.read_bytes()
    first = await fitter.fit(source, PICTURE_LIMITS, "face.bmp")
    again = await MediaFitter(tmp_path / "deep" / "fitted").fit(source, PICTURE_LIMITS, "face.bmp")
    assert first.path.parent == tmp_path / "deep" / "fitted"
    assert len(first.path.stem) == 32
    assert first.path != again.path
    assert first.digest == again.digest, "the same picture must be recognised by its digest"
    assert source.read_bytes() == before


async def test_what_is_made_of_a_jobs_own_file_bears_the_jobs_name(tmp_path: Path) -> None:
    """So that it goes with the job when somebody deletes it."""
    source = write_file(tmp_path, encode_picture(corner_picture(), "BMP"), "dt-1m7yf9th3jpm2r07qztw-image")
    fitted = await MediaFitter(tmp_path).fit(source, PICTURE_LIMITS, "face.bmp")
    assert fitted.path != source
    assert fitted.path.name.startswith(source.name)
    await DiskShelf(tmp_path).delete_all("dt-1m7yf9th3jpm2r07qztw")
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240


async def test_what_fits_is_not_copied(tmp_path: Path) -> None:
    """The answer is the source itself."""
    source = write_file(tmp_path, encode_picture(corner_picture(), "PNG"))
    fitted = await MediaFitter(tmp_path / "fitted").fit(source, PICTURE_LIMITS, "face.png")
    assert fitted.path == source
    assert not list((tmp_path / "fitted").iterdir())


@pytest.mark.parametrize(
    ("data", "name", "limits", "sentence"),
    [
        (b"Dear diary", "notes.jpg", PICTURE_LIMITS, "“notes.jpg” is a text file, not a picture. Send a picture."),
        (b"", "face.png", PICTURE_LIMITS, "“face.png” is empty (0 bytes). Send it again."),
        (b"<!DOCTYPE html><title>Sign in", "face.png", PICTURE_LIMITS, "“face.png” is a web page, not a picture. The "
         "link probably needs a sign-in. Send the file itself."),
        (b"<svg xmlns='x'/>", "a.svg", PICTURE_LIMITS, "“a.svg” is an SVG drawing, not a picture. Export it as PNG "
         "and send that."),
        (b"%PDF-1.7\n\xb5\xb5", "cv.pdf", PICTURE_LIMITS, "“cv.pdf” is a PDF. Send a picture."),
        (b"\x01\x02\x03\x00", "x", SOUND_LIMITS, "“x” is not a file type that can be read here. Send a sound file."),
        (b"GIF89a....", "cat.gif", VIDEO_LIMITS, "“cat.gif” is a picture, not a video. Send a video."),
        (b"GIF89a....", "cat.gif", SOUND_LIMITS, "“cat.gif” is a picture, not a sound file. Send a sound file."),
        (b"fLaC....", "song.flac", PICTURE_LIMITS, "“song.flac” is a sound file, not a picture. Send a picture."),
        (b"x" * 101, "long.txt", TEXT_LIMITS, "“long.txt” is 101 bytes. The limit is 100 bytes."),
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, name: str, limits: FileLimits, sentence: str
) -> None:
    """It names the file, says what it is, what was wanted and what to do."""
    said = fit_or_refuse(sample_files.new_task(write_file(tmp_path, data), limits, name))
    assert isinstance(said, FitRefusal)
    assert said.sentence == sentence


async def test_a_refusal_crosses_from_the_worker_to_the_asker(tmp_path: Path) -> None:
    """As Refused, with nothing left behind and no folder shown."""
    source = write_file(tmp_path, encode_picture(corner_picture(1, 1), "PNG"))
    with pytest.raises(Refused, match=r"“dot.png” is 1 × 1 pixels") as refused:
        await MediaFitter(tmp_path / "fitted").fit(source, PICTURE_LIMITS, f"{tmp_path}/dot.png")
    assert str(tmp_path) not in refused.value.sentence
    assert not list((tmp_path / "fitted").iterdir())


async def test_text_within_the_limits_passes(tmp_path: Path) -> None:
    """A script may come as a file."""
    fitted = await MediaFitter(tmp_path).fit(write_file(tmp_path, b"Welcome!"), TEXT_LIMITS, "script.txt")
    assert (fitted.format, fitted.size) == ("text", 8)


async def test_a_file_gone_is_refused(tmp_path: Path) -> None:
    """The shelf may have let it go."""
    with pytest.raises(Refused, match=r"“face.jpg” is no longer available"):
        await MediaFitter(tmp_path).fit(tmp_path / "none", PICTURE_LIMITS, "face.jpg")


async def test_a_folder_that_cannot_be_written_is_our_fault(tmp_path: Path) -> None:
    """The asker could do nothing about it."""
    source = write_file(tmp_path, encode_picture(corner_picture(), "BMP"))
    with pytest.raises(Broken, match="disk is full or not writable"):
        await MediaFitter(source / "inside").fit(source, PICTURE_LIMITS, "face.bmp")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_our_fault(tmp_path: Path) -> None:
    """Whatever was being written."""
    sources = ((write_file(tmp_path, encode_picture(corner_picture(), "BMP")), PICTURE_LIMITS, "jpeg"),
               (sample_files.write_sound(tmp_path / "a.ogg", "libopus"), SOUND_LIMITS, "m4a"),
               (sample_files.write_video(tmp_path / "a.webm", "libvpx", None), VIDEO_LIMITS, "mp4"))  # fmt: skip
    for source, limits, form in sources:
        task = sample_files.new_task(source, limits)
        task.output_path(form).symlink_to("/dev/full")
        said = fit_or_refuse(task)
        assert isinstance(said, FitRefusal)
        assert said.our_fault, said


@pytest.mark.slow
async def test_the_event_loop_keeps_ticking_while_a_hostile_file_is_opened(tmp_path: Path) -> None:
    """A small file that unpacks to 78 megapixels costs the bot nothing but a wait."""
    source = write_file(tmp_path, sample_files.png_bomb(8_800, 8_800))
    gaps: list[float] = []

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        fitted = await MediaFitter(tmp_path / "fitted").fit(source, PICTURE_LIMITS, "bomb.png")
        ticking.cancel()
    assert fitted.width is not None
    assert len(gaps) > 20
    assert max(gaps) < 0.15, f"the loop stood still for {max(gaps) * 1000:.0f} ms"


async def test_what_takes_too_long_is_stopped_and_refused(tmp_path: Path) -> None:
    """And the process with it, and what it had written."""
    note = tmp_path / "pid"
    script = (
        "import json, os, sys, time; task = json.load(sys.stdin)\n"
        f"open({str(note)!r}, 'w').write(str(os.getpid())); open(task['output_stem'] + '.jpg', 'w').write('half')\n"
        "time.sleep(60)"
    )
    fitter = MediaFitter(tmp_path, timeout_seconds=1.5, worker_command=worker_command(script))
    with pytest.raises(Refused, match=r"“slow.png” could not be processed within 1.5 seconds"):
        await fitter.fit(write_file(tmp_path, b"x"), PICTURE_LIMITS, "slow.png")
    assert not is_alive(int(note.read_text()))
    assert file_names(tmp_path) == ["photo", "pid"]


async def test_a_real_file_too_slow_for_the_deadline_is_refused(tmp_path: Path) -> None:
    """No stand-in: the true worker is stopped at its work."""
    source = sample_files.write_wav(tmp_path / "a.wav", 300, 44_100)
    with pytest.raises(Refused, match=r"within 0.4 seconds"):
        await MediaFitter(tmp_path, timeout_seconds=0.4).fit(source, replace(SOUND_LIMITS, formats=("mp3",)), "a.wav")


async def test_giving_up_stops_the_worker(tmp_path: Path) -> None:
    """A cancelled job leaves no process behind."""
    note = tmp_path / "pid"
    script = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    fitting = asyncio.create_task(
        MediaFitter(tmp_path, worker_command=worker_command(script)).fit(tmp_path, PICTURE_LIMITS, "x")
    )
    await asyncio.to_thread(wait_for_content, note)
    fitting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fitting
    assert not is_alive(int(note.read_text()))


def file_names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def wait_for_content(note: Path) -> None:
    """Waits until something is in a file, no longer than ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until and not (note.exists() and note.read_text()):
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("end", ["os.abort()", "os._exit(3)", "os.kill(os.getpid(), 9)", "pass"])
async def test_a_worker_that_dies_of_a_file_refuses_it(tmp_path: Path, end: str) -> None:
    """A hole in a decoder is the file's end, not the bot's."""
    fitter = MediaFitter(tmp_path, worker_command=worker_command(f"import os; {end}"))
    with pytest.raises(Refused, match=r"“odd.png” looks like a picture but is damaged or incomplete"):
        await fitter.fit(write_file(tmp_path, b"x"), PICTURE_LIMITS, "odd.png")


async def test_a_worker_stopped_with_the_bot_says_nothing_about_the_file(tmp_path: Path) -> None:
    """On a restart a good picture must not be refused."""
    fitter = MediaFitter(
        tmp_path, worker_command=worker_command("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    )
    with pytest.raises(TryAgain):
        await fitter.fit(write_file(tmp_path, b"x"), PICTURE_LIMITS, "good.png")


async def test_a_worker_that_cannot_start_says_nothing_about_the_file(tmp_path: Path) -> None:
    """The machine may be out of processes for a moment."""
    fitter = MediaFitter(tmp_path, worker_command=(str(tmp_path / "nothing-here"),))
    with pytest.raises(TryAgain):
        await fitter.fit(write_file(tmp_path, b"x"), PICTURE_LIMITS, "good.png")


async def test_a_worker_that_babbles_refuses_the_file(tmp_path: Path) -> None:
    """Its answer is not believed to be one."""
    fitter = MediaFitter(tmp_path, worker_command=worker_command("print('{\"path\": 1}')"))
    with pytest.raises(Refused, match="damaged or incomplete"):
        await fitter.fit(write_file(tmp_path, b"x"), PICTURE_LIMITS, "odd.png")


async def test_the_worker_holds_no_keys(tmp_path: Path) -> None:
    """Whoever takes it over finds nothing in its environment."""
    script = "import json, os; print(json.dumps({'sentence': ' '.join(os.environ)}))"
    with pytest.raises(Refused) as refused:
        await MediaFitter(tmp_path, worker_command=worker_command(script)).fit(
            write_file(tmp_path, b"x"), PICTURE_LIMITS, "x"
        )
    assert set(refused.value.sentence.split()) <= {"PYTHONPATH", "MALLOC_ARENA_MAX", "LC_CTYPE", "SYSTEMROOT"}


async def test_no_more_workers_than_allowed_run_at_once(tmp_path: Path) -> None:
    """Each may take two gigabytes."""
    script = (
        "import json, time; began = time.time(); time.sleep(0.2)\n"
        "print(json.dumps({'sentence': f'{began} {time.time()}'}))"
    )
    fitter = MediaFitter(tmp_path, max_workers=2, worker_command=worker_command(script))
    source = write_file(tmp_path, b"x")
    said = await asyncio.gather(*(fitter.fit(source, PICTURE_LIMITS, "x") for _ in range(5)), return_exceptions=True)
    spans = [tuple(float(part) for part in str(one).split()) for one in said]
    assert max(sum(begin <= start < end for begin, end in spans) for start, _ in spans) <= 2


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read where Linux tells it")
async def test_the_memory_of_a_big_picture_is_bounded(tmp_path: Path) -> None:
    """The pixels of a PNG are held once (here 144 MB), and a JPEG's not even that."""
    note = tmp_path / "peak"
    script = (
        "from adapters.media import worker; worker.main()\n"
        f"open({str(note)!r}, 'w').write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    peaks = {}
    for form, data in (
        ("PNG", sample_files.png_bomb(6_000, 6_000, 3)),
        ("JPEG", encode_picture(Image.new("RGB", (6_000, 6_000)), "JPEG")),
    ):
        await MediaFitter(tmp_path, worker_command=worker_command(script)).fit(
            write_file(tmp_path, data), replace(PICTURE_LIMITS, max_side=1_500), "big"
        )
        peaks[form] = int(note.read_text()) // 1024
    assert peaks["PNG"] < 300, peaks
    assert peaks["JPEG"] < 100, peaks


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not limit memory so")
async def test_a_file_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    """It fails alone, long before the machine does."""
    script = (
        "import resource, PIL.PngImagePlugin; from adapters.media import picture, worker\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 40_000_000,) * 2); worker.main()"
    )
    source = write_file(tmp_path, sample_files.png_bomb(8_000, 8_000))
    with pytest.raises(Refused, match=r"“big.png” needs too much memory to open"):
        await MediaFitter(tmp_path, worker_command=worker_command(script)).fit(source, PICTURE_LIMITS, "big.png")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not limit files so")
async def test_a_result_that_runs_away_is_stopped_and_refused(tmp_path: Path) -> None:
    """It must not fill the disk before anyone looks at its size."""
    script = (
        "import resource; from adapters.media import worker\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000)); worker.main()"
    )
    source = write_file(tmp_path, encode_picture(Image.effect_noise((300, 300), 99), "BMP"))
    with pytest.raises(Refused, match=r"“face.bmp” is 0.1 MB. The limit is 10 MB"):
        await MediaFitter(tmp_path, worker_command=worker_command(script)).fit(source, PICTURE_LIMITS, "face.bmp")
    assert file_names(tmp_path) == ["photo"]


@pytest.mark.parametrize(
    "name", ["", "a/b\\c.jpg", "x" * 500 + ".jpg", "\ud800bad", "two\nlines\u202e.jpg", "“quoted”", "..", "   "]
)
def test_a_name_may_be_anything(name: str) -> None:
    """Names come from strangers: they are cut, cleaned and never trusted."""
    shown = texts.display_name(name)
    assert 0 < len(shown) <= 60
    assert shown.isprintable()
    assert not set(shown) & set("/\\“”")
    assert texts.display_name(shown) == shown
    assert name[-4:] != ".jpg" or shown.endswith(".jpg")


async def test_a_name_that_is_no_text_reaches_the_worker(tmp_path: Path) -> None:
    """Half a character must not keep a file from being opened."""
    with pytest.raises(Refused, match=r"“half.jpg” is a text file"):
        await MediaFitter(tmp_path).fit(write_file(tmp_path, b"text"), PICTURE_LIMITS, "\ud800half.jpg")


@pytest.mark.slow
async def test_the_same_file_is_opened_once(tmp_path: Path) -> None:
    """Many lines of one face cost one look at it; a changed file is looked at again, and so is one whose copy went."""
    source = tmp_path / "face.bmp"
    Image.new("RGB", (300, 300), "red").save(source)
    limits = FileLimits(MediaKind.PICTURE, 1_000_000, ("jpeg",), min_side=160)
    fitter = MediaFitter(tmp_path)
    first, *others = await asyncio.gather(*(fitter.fit(source, limits, "face.bmp") for _ in range(5)))
    assert {each.path for each in others} == {first.path}
    Image.new("RGB", (400, 400), "blue").save(source)
    changed = await fitter.fit(source, limits, "face.bmp")
    assert changed.width == 400
    changed.path.unlink()
    assert (await fitter.fit(source, limits, "face.bmp")).path.is_file()
