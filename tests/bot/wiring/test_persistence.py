"""The secret that is made on the first run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.settings import Settings
from bot.wiring.persistence import load_secrets


def test_of_several_that_start_at_once_one_makes_the_secret(tmp_path: Path) -> None:
    """Replicas share a folder, and may begin in the same instant: all sign with the same, and nothing is left."""
    settings = Settings(_env_file=None)
    with ThreadPoolExecutor(8) as pool:
        for nth in range(40):
            home = tmp_path / str(nth)
            home.mkdir()
            made = set(pool.map(lambda _, at=home: load_secrets(settings, at), range(8)))
            assert len(made) == 1
            assert [each.name for each in home.iterdir()] == ["secret"]
