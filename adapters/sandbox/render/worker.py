"""A subprocess that makes one film at a time: orders come on its input, films and refusals go to its output.

A thread watches the input and ends the process the moment it closes. So no worker outlives the program, not even one
that was killed outright: the system closes the pipe for it, in the middle of a render too.
"""

import os
import pickle
import signal
import struct
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import BinaryIO

import structlog

from adapters.sandbox.render.order import (
    FaceBox,
    FaceSearch,
    RenderedVideo,
    RenderErrorKind,
    RenderFailed,
    RenderOrder,
    SampleOrder,
)

log = structlog.get_logger(__name__)
_LENGTH_PREFIX = struct.Struct(">I")
HEAD_BYTES = _LENGTH_PREFIX.size
WorkerOrder = RenderOrder | SampleOrder | FaceSearch
RenderAnswer = RenderedVideo | list[FaceBox] | tuple[RenderErrorKind, str] | None


def pack_message(value: object) -> bytes:
    """A value as it goes through the pipe, after its length."""
    body = pickle.dumps(value)
    return _LENGTH_PREFIX.pack(len(body)) + body


def message_length(head: bytes) -> int:
    return int(_LENGTH_PREFIX.unpack(head)[0])


def main() -> None:
    """Serve orders until the input closes."""
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # Ctrl-C in a terminal reaches us too, but when to end is for our parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders: SimpleQueue[WorkerOrder] = SimpleQueue()
    threading.Thread(target=_read_orders, args=(sys.stdin.buffer, orders), daemon=True).start()
    _warm_up()
    while True:
        answers.write(pack_message(_render_order(orders.get())))


def _read_orders(source: BinaryIO, orders: "SimpleQueue[WorkerOrder]") -> None:
    """Take orders from the parent; when it is gone, so are we."""
    while head := source.read(HEAD_BYTES):
        # Only our parent holds the other end of this pipe.
        orders.put(pickle.loads(source.read(message_length(head))))  # noqa: S301
    os._exit(0)


def _warm_up() -> None:
    """Load the heavy parts while there is nothing to do, so that the first film does not wait for them."""
    with TemporaryDirectory() as folder:
        _render_order(RenderOrder("talk", Path(folder) / "warm.mp4", text="a", size=(64, 64)))


def _render_order(order: WorkerOrder) -> RenderAnswer:
    """The film of an order or the faces of a search, or the kind and sentence of its refusal; None for a sample."""
    from adapters.sandbox.render import render
    from adapters.sandbox.render.audio import speech
    from adapters.sandbox.render.face import faces

    try:
        if isinstance(order, RenderOrder):
            return render.render_video(order)
        if isinstance(order, FaceSearch):
            return faces.face_boxes(order.picture)
        speech.write_sample(order.voice, order.text, order.out)
        return None
    except RenderFailed as fault:
        return fault.kind, fault.message
    except Exception:  # the worker's edge: one odd order must not cost the next one its warm libraries
        log.exception("render failed", order=type(order).__name__)
        return "UnknownError", "the render failed"
