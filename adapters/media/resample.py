"""Brings sound of any shape to one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler


class Resampler:
    """A resampler knows one shape of sound; a recording may change its own on the way, and then meets another."""

    def __init__(self, sample_format: str, rate: int | None = None, layout: str | None = None) -> None:
        self.sample_format, self.rate, self.layout = sample_format, rate, layout  # None leaves it as it comes
        self._source_shape: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def resample(self, frame: "AudioFrame") -> "Iterator[AudioFrame]":
        """What a frame becomes, now or with the next."""
        import av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._source_shape:
            yield from self.flush()
            layout, rate = self.layout or frame.layout, self.rate or frame.sample_rate
            self._source_shape, self._resampler = (
                shape,
                av.AudioResampler(format=self.sample_format, layout=layout, rate=rate),
            )
        yield from self._resampler.resample(frame)

    def flush(self) -> "Iterator[AudioFrame]":
        """What was held back."""
        if self._resampler is not None:
            yield from self._resampler.resample(None)
