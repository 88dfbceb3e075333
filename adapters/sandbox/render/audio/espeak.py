"""The bare speech library: text in, samples and timed events out.

libespeak-ng keeps one global state per process, hence the one cached `library()` and no threads: renders run in
subprocesses, one at a time each.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import espeakng_loader
import numpy as np

from adapters.sandbox.render.audio.sound import Samples

_SYNCHRONOUS = 2
_PHONEME_EVENTS_IN_IPA = 0x8003  # with "don't exit on error": a missing file must not end the process
_UTF8, _SSML = 0x01, 0x10
_RATE, _PITCH, _RANGE = 1, 3, 4
_WORD, _PHONEME = 1, 7
_STOP, _GO_ON = 1, 0


class _Detail(ctypes.Union):
    """The part of an event whose meaning depends on its type."""

    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _RawEvent(ctypes.Structure):
    """An event as the library lays it out in memory."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Detail),
    )


class _RawVoice(ctypes.Structure):
    """A voice as the library lays it out in memory."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_RawEvent))


@dataclass(frozen=True)
class Speech:
    """16-bit mono sound, with phonemes (second, IPA) and words (second, first character, length)."""

    rate: int
    sound: bytearray = field(default_factory=bytearray)
    phonemes: list[tuple[float, str]] = field(default_factory=list)
    words: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def samples(self) -> Samples:
        return np.frombuffer(bytes(self.sound), np.int16)

    @property
    def seconds(self) -> float:
        return len(self.sound) / 2 / self.rate


@dataclass(frozen=True)
class InstalledVoice:
    """One voice the library has: its language tag, its English name and the name it is chosen by."""

    tag: str
    title: str
    name: str


@cache
def load_library() -> tuple[Any, int]:
    """The library, loaded and started once in this process, and the sample rate it speaks at."""
    raw = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    raw.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_RawVoice))
    data = str(espeakng_loader.get_data_path()).encode()
    rate = raw.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IN_IPA)
    if rate <= 0:
        raise OSError("the speech library did not start")
    return raw, rate


@cache
def installed_voices() -> tuple[InstalledVoice, ...]:
    voices, found = load_library()[0].espeak_ListVoices(None), list[InstalledVoice]()
    while voices[len(found)]:
        raw = voices[len(found)].contents
        # The first byte of `languages` is a priority, the tag follows.
        tag = ctypes.string_at(raw.languages + 1).decode()
        found.append(InstalledVoice(tag, raw.name.decode(), raw.identifier.decode().rpartition("/")[2]))
    return tuple(found)


def synthesize(text: str, name: str, rate: int, pitch: int, max_seconds: float, ssml: bool) -> Speech:
    """Speak a text, at most `max_seconds` of it."""
    raw, sample_rate = load_library()
    limit = int(max_seconds * sample_rate)
    if raw.espeak_SetVoiceByName(name.encode()) != 0:
        raise LookupError(f"no voice is named {name}")
    for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, 55)):
        raw.espeak_SetParameter(parameter, value, 0)
    result = Speech(sample_rate)
    hear = _Callback(_make_callback(result, limit))
    raw.espeak_SetSynthCallback(hear)
    spoken = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
    raw.espeak_Synth(spoken, ctypes.c_size_t(len(spoken)), 0, 1, 0, _UTF8 | (_SSML if ssml else 0), None, None)
    del result.sound[limit * 2 :]
    return result


def _make_callback(result: Speech, limit: int) -> Callable[[int | None, int, Any], int]:
    """What the library calls with each piece of sound; it stops the speech at the limit."""

    def hear(samples: int | None, count: int, raw: Any) -> int:
        if samples and count > 0:
            result.sound.extend(ctypes.string_at(samples, count * 2))
        _add_events(result, raw)
        return _STOP if len(result.sound) >= limit * 2 else _GO_ON

    return hear


def _add_events(result: Speech, raw: Any) -> None:
    """Note the words and phonemes of one call, up to the terminator."""
    index = 0
    while raw[index].type != 0:
        event = raw[index]
        second = event.audio_position / 1000
        if event.type == _WORD:
            result.words.append((second, event.text_position - 1, event.length))
        elif event.type == _PHONEME:
            result.phonemes.append((second, event.id.string.decode("utf-8", "ignore")))
        index += 1
