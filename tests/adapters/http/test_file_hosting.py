"""Files put where a studio can fetch them."""

from pathlib import Path

from adapters.http.file_hosting import PublicHost
from bot.security.signed_tokens import TokenSigner
from storage.file_shelf import DiskShelf
from tests.fakes.clock import ManualClock


async def test_what_a_studio_could_fetch_goes_with_the_job(tmp_path: Path) -> None:
    """A copy under our own address lies under the job's name, and is dropped with its other files."""
    shelf = DiskShelf(tmp_path)
    (tmp_path / "film").write_bytes(b"a film")
    host = PublicHost("https://didtalk.example", TokenSigner("an invented secret"), ManualClock(), shelf.path_of)
    url = await host.host(tmp_path / "film", "video.mp4", "dt-1m7yf9th3jpm2r07qztw")
    assert url.startswith("https://didtalk.example/media/")
    assert url.endswith("/video.mp4")
    (copy,) = tmp_path.glob("host-*")  # noqa: ASYNC240
    assert copy.read_bytes() == b"a film"
    await shelf.delete_all("dt-1m7yf9th3jpm2r07qztw")
    assert not copy.exists()
