"""The checks of `make check` find what they are there to find."""

import base64
import hashlib
from pathlib import Path

import pytest

from tests.tools import bandit_check, leaked_keys, lock_files

HASH_OPTION = f"--hash=sha256:{'0' * 64}"


def find_lock_faults(folder: Path, *entries: str) -> list[str]:
    """What is found in such a lock."""
    (folder / "tests/tools").mkdir(parents=True)
    (folder / "tests/tools/advisories.toml").write_text(Path("tests/tools/advisories.toml").read_text())
    for name in lock_files.LOCK_FILES:
        (folder / name).write_text("\n".join(entries) if name == "requirements.txt" else "")
    return list(lock_files.find_lock_faults(folder))


@pytest.mark.parametrize(
    "entry",
    [
        "aiohttp>=3.13",
        "aiohttp==3.14.5",
        f"aiohttp==3.12.0 \\\n    {HASH_OPTION}",
        f"aiohttp @ https://example.com/aiohttp.whl \\\n    {HASH_OPTION}",
        "--index-url https://example.com/simple",
        f"aiohttp==3.14.5 \\\n    {HASH_OPTION[:-1]}",
        f"pillow-heif==1.8.1 \\\n    {HASH_OPTION}",
    ],
)
def test_a_lock_holds_exact_versions_with_hashes_and_without_known_faults(tmp_path: Path, entry: str) -> None:
    """Nothing is fetched that was not named, from nowhere that was not chosen."""
    assert len(find_lock_faults(tmp_path, entry)) == 1


def test_a_good_lock_is_good(tmp_path: Path) -> None:
    """Also with conditions, and hashes on lines of their own."""
    assert (
        find_lock_faults(
            tmp_path, f"aiohttp==3.14.5 ; python_version >= '3.11' \\\n    {HASH_OPTION} \\\n    {HASH_OPTION}"
        )
        == []
    )


# Put together here, so that this file itself gives nothing away.
INVENTED_KEYS = [
    "xoxb-" + "1" * 12 + "-" + "aB3" * 8,
    "AKIA" + "Q" * 16,
    "ghp_" + "a1B2" * 9,
    "-----BEGIN " + "PRIVATE KEY-----",
    "postgresql://someone:" + "hunter2hunter2@db/x",
    "somebody@" + "gmail.com",
    base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
]


@pytest.mark.parametrize("key", INVENTED_KEYS)
def test_what_looks_like_a_key_is_found(key: str) -> None:
    """By its shape, or because nobody would write it by hand."""
    assert list(leaked_keys.describe_leaks(f'secret = "{key}"'))


@pytest.mark.parametrize(
    "line",
    [
        "xoxb-invented",
        "https://user:invented@example.com/",
        "test_an_answer_lost_after_sending_never_counts_as_unsent_AND_more_1",
        "you@example.com",
        hashlib.sha256(b"x").hexdigest(),
        "adapters/chats/slack/incoming/http.py/adapters/chats/Discord/1",
    ],
)
def test_what_is_no_key_is_left_alone(line: str) -> None:
    """Names, paths, digests and invented values are most of what is written here."""
    assert not list(leaked_keys.describe_leaks(line))


def test_bandit_looks_and_reasons_count(tmp_path: Path) -> None:
    """What ruff was given a reason for is not asked again; all else is."""
    (tmp_path / "pyproject.toml").write_text("[tool.bandit]\n")
    for name in bandit_check.SHIPPED_FOLDERS:
        (tmp_path / name).mkdir()
    bad = "import subprocess\nsubprocess.call('ls', shell=True)"
    (tmp_path / "bot" / "bad.py").write_text(f"{bad}\n")
    assert any("B602" in each for each in bandit_check.find_faults(tmp_path))
    (tmp_path / "bot" / "bad.py").write_text(f"{bad}  # noqa: S602, S607 - invented\n")
    assert not any("B602" in each for each in bandit_check.find_faults(tmp_path))
