"""Who sends a request: Slack signs each with the app's own secret and the time."""

import hashlib
import hmac
from functools import lru_cache

SIGNATURE_MAX_AGE_SECONDS = 300.0  # seconds a signature is good for, either way


def sign_body(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature of a body sent at a moment."""
    # Not `hmac.digest`: that lets go of the interpreter for a microsecond's work, and may wait long to get it back.
    mac = _keyed_mac(secret).copy()
    mac.update(b"%b:%b" % (timestamp.encode(), body))
    return "v0=" + mac.hexdigest()


@lru_cache(8)  # half the work of signing is taking in the key
def _keyed_mac(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, b"v0:", hashlib.sha256)


def verify_signature(secret: bytes, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack sent this body, and just now."""
    # A stamp that is no number made Slack's own checker fail with a 500; to us it is one more false signature.
    if (
        not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16)
        or abs(now - int(timestamp)) > SIGNATURE_MAX_AGE_SECONDS
    ):
        return False
    return hmac.compare_digest(sign_body(secret, timestamp, body).encode(), signature.encode())
