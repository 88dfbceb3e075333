"""Forms read and files kept: what D-ID's three uploads have in common."""

import asyncio
from collections.abc import Mapping

from adapters.sandbox.api.did.auth_and_errors import bad_request
from adapters.sandbox.broken_responses import read_body
from adapters.sandbox.context import ApiCall
from adapters.sandbox.multipart import FormPart, NotAForm, parse_form
from adapters.sandbox.store.file_store import TooManyBytes, Upload

_FORM_OVERHEAD_BYTES = 64 * 1024  # for the form's own lines


async def read_form(call: ApiCall, max_bytes: int) -> Mapping[str, FormPart]:
    """The fields of a form whose files are together no larger than allowed."""
    try:
        body = await read_body(call.request, max_bytes + _FORM_OVERHEAD_BYTES)
        return parse_form(call.request.headers.get("content-type", ""), body)
    except TooManyBytes:
        raise file_too_large(max_bytes) from None
    except NotAForm:
        raise bad_request("the body must be multipart/form-data") from None


def file_too_large(max_bytes: int) -> Exception:
    """The refusal of a file too large."""
    return bad_request(f"the file has more than {max_bytes // 1024 // 1024} MB", "InvalidFileSizeError")


async def store_upload(call: ApiCall, upload: Upload, data: bytes) -> None:
    """Put bytes in an upload's place."""
    path = call.context.files.prepare_path(upload)
    await asyncio.to_thread(path.write_bytes, data)
