"""Asks the worker's part in this process, where a test can see what it leaves behind."""

from pathlib import Path

from adapters.media.protocol import No, Task
from adapters.media.worker import answer
from bot.requests.media import Fitted


def put(folder: Path, data: bytes, name: str = "photo") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return path


def fit(task: Task) -> Fitted:
    """The fitted file; the test fails with the sentence when it is refused."""
    result = answer(task)
    assert isinstance(result, Fitted), result
    return result


def refusal(task: Task) -> str:
    """The sentence of a refusal, which names the file, shows no path and leaves nothing behind."""
    result = answer(task)
    assert isinstance(result, No), result
    assert not result.ours
    assert not list(task.stem.parent.glob(f"{task.stem.name}.*")), "something was left behind"
    assert str(task.source.parent) not in result.sentence
    return result.sentence
