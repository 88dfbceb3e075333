"""How a key becomes a header, whichever way it was pasted."""

import base64
import json
from typing import Literal

Auth = Literal["basic", "bearer"]


def header(key: str, auth: str = "basic") -> dict[str, str]:
    """The Authorization header of a key; `bearer` only when it was asked for, never guessed."""
    if auth == "bearer":
        return {"Authorization": f"Bearer {_bare(key, 'bearer')}"}
    return {"Authorization": f"Basic {_encoded(_bare(key, 'basic'))}"}


def elevenlabs(key: str) -> dict[str, str]:
    """The header that makes D-ID speak with the caller's own ElevenLabs account."""
    return {"x-api-key-external": json.dumps({"elevenlabs": key})}


def _bare(key: str, word: str) -> str:
    key = key.strip()
    start, _, rest = key.partition(" ")
    return rest.strip() if start.casefold() == word else key


def _encoded(key: str) -> str:
    """User and password are encoded as a whole; a key without a colon was encoded before."""
    return base64.b64encode(key.encode()).decode() if ":" in key else key
