"""Forms read and files kept: what D-ID's three uploads have in common."""

import asyncio
from collections.abc import Mapping

from adapters.sandbox.api.did.auth_and_errors import bad
from adapters.sandbox.broken_responses import read
from adapters.sandbox.context import Call
from adapters.sandbox.multipart import NotAForm, Part, parts
from adapters.sandbox.store.file_store import TooLarge, Upload

_SLACK = 64 * 1024  # for the form's own lines


async def form(call: Call, limit: int) -> Mapping[str, Part]:
    """The fields of a form whose files are together no larger than allowed."""
    try:
        body = await read(call.request, limit + _SLACK)
        return parts(call.request.headers.get("content-type", ""), body)
    except TooLarge:
        raise oversize(limit) from None
    except NotAForm:
        raise bad("the body must be multipart/form-data") from None


def oversize(limit: int) -> Exception:
    """The refusal of a file too large."""
    return bad(f"the file has more than {limit // 1024 // 1024} MB", "InvalidFileSizeError")


async def store(call: Call, upload: Upload, data: bytes) -> None:
    """Put bytes in an upload's place."""
    path = call.house.keeping.place(upload)
    await asyncio.to_thread(path.write_bytes, data)
