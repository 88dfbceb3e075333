"""Asks the worker's part in this process, where a test can see what it leaves behind."""

from pathlib import Path

from adapters.media.protocol import FitRefusal, FitTask
from adapters.media.worker import fit_or_refuse
from bot.requests.media import PreparedFile


def write_file(folder: Path, data: bytes, name: str = "photo") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path


def fit_or_fail(task: FitTask) -> PreparedFile:
    """The fitted file; the test fails with the sentence when it is refused."""
    result = fit_or_refuse(task)
    assert isinstance(result, PreparedFile), result
    return result


def refusal_sentence(task: FitTask) -> str:
    """The sentence of a refusal, which names the file, shows no path and leaves nothing behind."""
    result = fit_or_refuse(task)
    assert isinstance(result, FitRefusal), result
    assert not result.our_fault
    assert not list(task.output_stem.parent.glob(f"{task.output_stem.name}.*")), "something was left behind"
    assert str(task.source.parent) not in result.sentence
    return result.sentence
