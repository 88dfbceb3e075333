"""The console: a chat in the browser, with no account anywhere."""

from adapters.chats.console.chat import Console

__all__ = ["Console"]
