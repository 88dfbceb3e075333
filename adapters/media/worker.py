"""The process that opens other people's files, so that a hostile one harms nothing but itself.

It is given a task on its input and writes an answer to its output. It holds no key: its environment is empty.
"""

import contextlib
import errno
import math
import os
import sys

from adapters.media import texts
from adapters.media.protocol import ANSWER, TASK, No, Task, fitted
from adapters.media.sniff import HEAD, Found, sniff_file, stranger
from bot.errors import Broken, Refused
from bot.requests.media import Fitted, Kind

MOST_MEMORY = 2 * 2**30
SPARE = 64 * 2**20  # bytes a result may be over the limit before we know its size
# Not EPERM: decoders return -1, which is the same number, for whatever they dislike.
OUR_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOTDIR, errno.EEXIST}
# A sound may come as the sound track of a video.
TAKEN_FOR = {
    Kind.PICTURE: {Kind.PICTURE},
    Kind.SOUND: {Kind.SOUND, Kind.VIDEO},
    Kind.VIDEO: {Kind.VIDEO},
    Kind.TEXT: {Kind.TEXT},
}


def answer(task: Task) -> Fitted | No:
    """The fitted file, or why not: whatever a file makes a decoder raise ends here."""
    found: Found | None = None
    try:
        task.stem.parent.mkdir(parents=True, exist_ok=True)
        found = examined(task)
        return work(task, found)
    except Refused as refused:
        return No(refused.sentence)
    except Broken as broken:
        return No(broken.sentence, ours=True)
    except FileNotFoundError as missing:
        return No(texts.gone(task.name).sentence, repr(missing))
    except MemoryError as heavy:
        return No(texts.too_heavy(task.name).sentence, repr(heavy))
    except Exception as cause:  # the edge: decoders raise all there is; the parent logs the cause
        return _judged(task, found, cause)


def _judged(task: Task, found: Found | None, cause: Exception) -> No:
    """Whether our disk failed, the result ran over its limit, or the file is broken."""
    said, number = repr(cause)[:300], getattr(cause, "errno", None)
    if number in OUR_DISK:
        return No(texts.no_room(task.name).sentence, said, ours=True)
    if number == errno.EFBIG:
        return No(texts.too_many_bytes(task.name, task.size, task.limits.most_bytes).sentence, said)
    return No(texts.spoilt(task.name, found.kind if found else task.limits.kind).sentence, said)


def examined(task: Task) -> Found:
    """What the file is, refused when that is not what was wanted."""
    wanted = task.limits.kind
    if task.size == 0:
        raise texts.empty(task.name)
    found = sniff_file(task.source)
    if found is None:
        raise texts.unknown(task.name, _called(task), wanted)
    if found.format == "html":
        raise texts.web_page(task.name, wanted)
    if found.kind in TAKEN_FOR[wanted]:
        return found
    if found.format == "svg":
        raise texts.drawing(task.name, wanted)
    raise texts.other_kind(task.name, found.kind, wanted)


def work(task: Task, found: Found) -> Fitted:
    """Each kind in its own way; the decoders are loaded only for the kind at hand."""
    match task.limits.kind:
        case Kind.PICTURE:
            from adapters.media.picture import fit_picture

            return fit_picture(task, found)
        case Kind.SOUND:
            from adapters.media.sound import fit_sound

            return fit_sound(task, found)
        case Kind.VIDEO:
            from adapters.media.video import fit_video

            return fit_video(task, found)
        case Kind.TEXT:
            return _text(task, found)


def bound(task: Task) -> None:
    """Let the system stop this process where memory, time or its result run away, also when nobody watches it."""
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MOST_MEMORY),
            (resource.RLIMIT_CPU, math.ceil(task.seconds * (os.cpu_count() or 1))),
            (resource.RLIMIT_FSIZE, task.limits.most_bytes + SPARE),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):  # macOS has the names but not every limit
                _, hard = resource.getrlimit(what)
                least = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.setrlimit(what, (least, least))


def main() -> None:
    """Answer one task, then end."""
    private = os.dup(1)
    os.dup2(2, 1)  # a decoder that prints must not spoil the answer
    task = TASK.validate_json(sys.stdin.buffer.read())
    bound(task)
    with os.fdopen(private, "wb") as file:
        file.write(ANSWER.dump_json(answer(task)))


def _called(task: Task) -> str | None:
    with task.source.open("rb") as file:
        return stranger(file.read(HEAD))


def _text(task: Task, found: Found) -> Fitted:
    if task.size > task.limits.most_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)
    return fitted(task.source, found.format)


if __name__ == "__main__":
    main()
