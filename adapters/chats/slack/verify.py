"""Who sends a request: Slack signs each with the app's own secret and the time."""

import hashlib
import hmac

FRESH = 300.0  # seconds a signature is good for, either way


def signed(secret: bytes, stamp: str, body: bytes) -> str:
    """The signature of a body sent at a moment."""
    # Not `hmac.digest`: that lets go of the interpreter for a microsecond's work, and may wait long to get it back.
    return "v0=" + hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def genuine(secret: bytes, stamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack sent this body, and just now."""
    # A stamp that is no number made Slack's own checker fail with a 500; to us it is one more false signature.
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16) or abs(now - int(stamp)) > FRESH:
        return False
    return hmac.compare_digest(signed(secret, stamp, body).encode(), signature.encode())
