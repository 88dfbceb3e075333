"""The sandbox studio: a server that speaks the vendors' APIs and renders real videos, with no account anywhere.

It stands alone: nothing of the bot, the storage or another adapter is imported here.
"""

from adapters.sandbox.sandbox import Sandbox
from adapters.sandbox.serving import serve
from adapters.sandbox.store.database import FolderTaken

__all__ = ["FolderTaken", "Sandbox", "serve"]
