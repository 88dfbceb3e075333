"""Signed links to files: they name a job, a role and a time, and die when the time is past."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class LinkSigner:
    """Signs and checks links with the sandbox's own secret, which outlives a restart."""

    secret: bytes

    def sign_link(self, base_url: str, job: str, role: str, name: str, expires: float) -> str:
        """A link on the sandbox's own host."""
        query = urlencode({"Expires": int(expires), "Signature": self._signature(job, role, int(expires))})
        return f"{base_url}/files/{job}/{role}/{quote(name)}?{query}"

    def is_valid(self, job: str, role: str, expires: str, signature: str, now: float) -> bool:
        """Whether the link is ours and still alive. The name is not signed: captions lie beside their video."""
        if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
            return False
        mine = self._signature(job, role, int(expires))
        return hmac.compare_digest(mine.encode(), signature.encode()) and now < int(expires)

    def _signature(self, job: str, role: str, expires: int) -> str:
        return hmac.new(self.secret, f"{job}\n{role}\n{expires}".encode(), hashlib.sha256).hexdigest()
