"""Previews are downloaded once, however many pages show them at the same time."""

import asyncio
from pathlib import Path

import httpx
from starlette.responses import Response

from adapters.sample_cache import SampleCache
from tests.fakes.http_server import serve_app


async def test_pages_that_want_the_same_preview_at_once_all_get_it(tmp_path: Path) -> None:
    """Fifty at once, each with the whole picture and its type."""
    picture = bytes(range(256)) * 4000

    served = Response(picture, media_type="image/png")
    async with serve_app(served) as (_, url), httpx.AsyncClient() as client:
        samples = SampleCache(client, tmp_path)
        shown = await asyncio.gather(*(samples(f"{url}/anna.png") for _ in range(50)))
        again = await SampleCache(client, tmp_path)(f"{url}/anna.png")
    assert set(shown) == {again}
    assert again[1] == "image/png"
    assert again[0].read_bytes() == picture
