"""D-ID as a studio."""

from adapters.studios.did.studio import DidStudio

__all__ = ["DidStudio"]
