"""The data folder is nobody else's to look into, whoever made it and whatever lies in it."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.whole_bot import serving_whole_bot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have other rights there")


@pytest.fixture
def open_handed() -> Iterator[None]:
    """A system that lets everybody read what is made, as most do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_handed")
async def test_a_new_data_folder_is_closed_to_others(tmp_path: Path) -> None:
    """Other users of the machine see neither jobs nor videos nor what chats said."""
    async with serving_whole_bot(tmp_path):
        folder = tmp_path / "data"
        assert {each.name: others_permissions(each) for each in (folder, *folder.iterdir()) if each.is_dir()} == {
            "data": 0,
            "cache": 0,
            "shelf": 0,
        }


@pytest.mark.usefixtures("open_handed")
async def test_a_rehearsal_is_closed_to_others_too(tmp_path: Path) -> None:
    """The sandbox's folder lies in ours, and ours is made with it."""
    async with serving_whole_bot(tmp_path, did={}):
        assert (others_permissions(tmp_path / "data"), others_permissions(tmp_path / "data" / "sandbox")) == (0, 0)


@pytest.mark.usefixtures("open_handed")
async def test_the_database_is_closed_even_in_an_open_folder(tmp_path: Path) -> None:
    """A folder that somebody made beforehand keeps its rights; the words in it stay between us."""
    (tmp_path / "data").mkdir(mode=0o755)
    async with serving_whole_bot(tmp_path):
        rows = list((tmp_path / "data").glob("didtalk.sqlite3*"))
        assert len(rows) >= 2
        assert {each.name: others_permissions(each) for each in rows if others_permissions(each)} == {}


def others_permissions(path: Path) -> int:
    """What others may do with it."""
    return stat.S_IMODE(path.stat().st_mode) & 0o077
