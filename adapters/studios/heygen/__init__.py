"""HeyGen as a studio."""

from adapters.studios.heygen.studio import HeygenStudio

__all__ = ["HeygenStudio"]
