"""What every engine must do for installations: tokens come back to who knows the secret, and never lie open."""

from bot.chats.installations import Installation
from storage.database import Database
from storage.tables.installations import SqlInstallations

INSTALLATION = Installation(
    platform="slack", workspace="T1", token="xoxb-x", refresh_token="xoxe-y", scopes=("commands",)
)


async def test_an_installation_comes_back_to_its_secret_alone(database: Database) -> None:
    """Put, replaced, read with the secret, unreadable with another, dropped."""
    mine = SqlInstallations(database, "one")
    await mine.save(INSTALLATION.model_copy(update={"token": "xoxb-old"}))
    await mine.save(INSTALLATION)
    assert await mine.get("slack", "T1") == INSTALLATION
    assert await SqlInstallations(database, "other").get("slack", "T1") is None
    assert await mine.delete("slack", "T1")
    assert not await mine.delete("slack", "T1")


async def test_what_a_newer_program_keeps_is_sealed_and_carried_along(database: Database) -> None:
    """An older replica that writes an installation anew neither loses a newer one's fields nor opens its secrets."""
    newer = Installation.model_validate(INSTALLATION.model_dump() | {"newer": "a secret of tomorrow"})
    store = SqlInstallations(database, "one")
    await store.save(newer)
    assert await store.get("slack", "T1") == newer
    rows = await database.read("SELECT body, encrypted FROM installations")
    assert not any(word in str([list(row) for row in rows]) for word in ("tomorrow", "xoxb", "xoxe"))
