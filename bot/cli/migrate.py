"""`didtalk migrate`: the database brought to this version, without starting anything else."""

from rich.console import Console

from bot.settings import Settings
from storage.open import migrate_database


async def apply_migrations(settings: Settings) -> None:
    """Apply what is missing, and say what it was."""
    applied = await migrate_database(settings.resolved_database_url)
    words = f"Applied {', '.join(applied)}." if applied else "Nothing to do: the database is of this version."
    Console(highlight=False, soft_wrap=True).print(words, markup=False)
