"""How a key becomes a header, whichever way it was pasted."""

import base64
import json
from typing import Literal

AuthScheme = Literal["basic", "bearer"]


def auth_header(key: str, auth: str = "basic") -> dict[str, str]:
    """The Authorization header of a key; `bearer` only when it was asked for, never guessed."""
    if auth == "bearer":
        return {"Authorization": f"Bearer {_strip_scheme(key, 'bearer')}"}
    return {"Authorization": f"Basic {_encode_key(_strip_scheme(key, 'basic'))}"}


def elevenlabs_header(key: str) -> dict[str, str]:
    """The header that makes D-ID speak with the caller's own ElevenLabs account."""
    return {"x-api-key-external": json.dumps({"elevenlabs": key})}


def _strip_scheme(key: str, scheme: str) -> str:
    key = key.strip()
    start, _, rest = key.partition(" ")
    return rest.strip() if start.casefold() == scheme else key


def _encode_key(key: str) -> str:
    """User and password are encoded as a whole; a key without a colon was encoded before."""
    return base64.b64encode(key.encode()).decode() if ":" in key else key
