"""Brings sound of any shape to one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler


class Evener:
    """A resampler knows one shape of sound; a recording may change its own on the way, and then meets another."""

    def __init__(self, form: str, rate: int | None = None, layout: str | None = None) -> None:
        self.form, self.rate, self.layout = form, rate, layout  # None leaves it as it comes
        self._shape: tuple[str, str, int] | None = None
        self._inner: AudioResampler | None = None

    def take(self, frame: "AudioFrame") -> "Iterator[AudioFrame]":
        """What a frame becomes, now or with the next."""
        import av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._inner is None or shape != self._shape:
            yield from self.rest()
            layout, rate = self.layout or frame.layout, self.rate or frame.sample_rate
            self._shape, self._inner = shape, av.AudioResampler(format=self.form, layout=layout, rate=rate)
        yield from self._inner.resample(frame)

    def rest(self) -> "Iterator[AudioFrame]":
        """What was held back."""
        if self._inner is not None:
            yield from self._inner.resample(None)
