"""The process that opens people's files, so that a hostile one harms nothing but this process.

It reads a task from its input and writes an answer to its output. It has no keys in its environment.
"""

import contextlib
import errno
import math
import os
import sys

from adapters.media import texts
from adapters.media.protocol import ANSWER_ADAPTER, TASK_ADAPTER, FitRefusal, FitTask, prepared_file
from adapters.media.sniff import SNIFF_HEAD_BYTES, FileType, sniff_file, unsupported_type
from bot.errors import Broken, Refused
from bot.requests.media import MediaKind, PreparedFile

MAX_MEMORY_BYTES = 2 * 2**30
RESULT_MARGIN_BYTES = 64 * 2**20  # bytes a result may be over the limit before we know its size
# Not EPERM: decoders return -1, which is the same number, for anything they reject.
DISK_ERROR_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOTDIR, errno.EEXIST}
# A sound may come as the sound track of a video.
ACCEPTED_KINDS = {
    MediaKind.PICTURE: {MediaKind.PICTURE},
    MediaKind.SOUND: {MediaKind.SOUND, MediaKind.VIDEO},
    MediaKind.VIDEO: {MediaKind.VIDEO},
    MediaKind.TEXT: {MediaKind.TEXT},
}


def fit_or_refuse(task: FitTask) -> PreparedFile | FitRefusal:
    """The fitted file, or why not; every error that a file makes a decoder raise ends here."""
    file_type: FileType | None = None
    try:
        task.output_stem.parent.mkdir(parents=True, exist_ok=True)
        file_type = detect_type(task)
        return fit_by_kind(task, file_type)
    except Refused as refused:
        return FitRefusal(refused.sentence)
    except Broken as broken:
        return FitRefusal(broken.sentence, our_fault=True)
    except FileNotFoundError as missing:
        return FitRefusal(texts.file_gone(task.name).sentence, repr(missing))
    except MemoryError as heavy:
        return FitRefusal(texts.too_much_memory(task.name).sentence, repr(heavy))
    except Exception as cause:  # the edge: decoders raise anything; the parent logs the cause
        return _explain_failure(task, file_type, cause)


def _explain_failure(task: FitTask, file_type: FileType | None, cause: Exception) -> FitRefusal:
    cause_text, number = repr(cause)[:300], getattr(cause, "errno", None)
    if number in DISK_ERROR_CODES:
        return FitRefusal(texts.disk_full(task.name).sentence, cause_text, our_fault=True)
    if number == errno.EFBIG:
        return FitRefusal(texts.too_many_bytes(task.name, task.size, task.limits.max_bytes).sentence, cause_text)
    kind = file_type.kind if file_type else task.limits.kind
    return FitRefusal(texts.broken_file(task.name, kind).sentence, cause_text)


def detect_type(task: FitTask) -> FileType:
    wanted = task.limits.kind
    if task.size == 0:
        raise texts.empty_file(task.name)
    file_type = sniff_file(task.source)
    if file_type is None:
        with task.source.open("rb") as file:
            type_name = unsupported_type(file.read(SNIFF_HEAD_BYTES))
        raise texts.unknown_kind(task.name, type_name, wanted)
    if file_type.format == "html":
        raise texts.web_page(task.name, wanted)
    if file_type.kind in ACCEPTED_KINDS[wanted]:
        return file_type
    if file_type.format == "svg":
        raise texts.svg_drawing(task.name, wanted)
    raise texts.wrong_kind(task.name, file_type.kind, wanted)


def fit_by_kind(task: FitTask, file_type: FileType) -> PreparedFile:
    """Each kind in its own way; only the decoders of this kind are loaded."""
    match task.limits.kind:
        case MediaKind.PICTURE:
            from adapters.media.picture import fit_picture

            return fit_picture(task, file_type)
        case MediaKind.SOUND:
            from adapters.media.sound import fit_sound

            return fit_sound(task, file_type)
        case MediaKind.VIDEO:
            from adapters.media.video import fit_video

            return fit_video(task, file_type)
        case MediaKind.TEXT:
            return _fit_text(task, file_type)


def limit_resources(task: FitTask) -> None:
    """Limits on memory, time and the size of a result that the system enforces, even if the bot is gone."""
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        for resource_id, limit in (
            (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
            (resource.RLIMIT_CPU, math.ceil(task.timeout_seconds * (os.cpu_count() or 1))),
            (resource.RLIMIT_FSIZE, task.limits.max_bytes + RESULT_MARGIN_BYTES),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):  # macOS has the names but not every limit
                _, hard = resource.getrlimit(resource_id)
                soft_limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                resource.setrlimit(resource_id, (soft_limit, soft_limit))


def main() -> None:
    private = os.dup(1)
    os.dup2(2, 1)  # a decoder that prints must not spoil the answer
    task = TASK_ADAPTER.validate_json(sys.stdin.buffer.read())
    limit_resources(task)
    with os.fdopen(private, "wb") as file:
        file.write(ANSWER_ADAPTER.dump_json(fit_or_refuse(task)))


def _fit_text(task: FitTask, file_type: FileType) -> PreparedFile:
    if task.size > task.limits.max_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)
    return prepared_file(task.source, file_type.format)


if __name__ == "__main__":
    main()
