"""Who sends a request: Slack signs each with the app's own secret and the time."""

import hashlib
import hmac
from functools import lru_cache

FRESH = 300.0  # seconds a signature is good for, either way


def signed(secret: bytes, stamp: str, body: bytes) -> str:
    """The signature of a body sent at a moment."""
    # Not `hmac.digest`: that lets go of the interpreter for a microsecond's work, and may wait long to get it back.
    mac = _keyed(secret).copy()
    mac.update(b"%b:%b" % (stamp.encode(), body))
    return "v0=" + mac.hexdigest()


@lru_cache(8)  # half the work of signing is taking in the key
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, b"v0:", hashlib.sha256)


def genuine(secret: bytes, stamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack sent this body, and just now."""
    # A stamp that is no number made Slack's own checker fail with a 500; to us it is one more false signature.
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16) or abs(now - int(stamp)) > FRESH:
        return False
    return hmac.compare_digest(signed(secret, stamp, body).encode(), signature.encode())
