"""Half-filled forms: each person's latest, until they are submitted or closed."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.requests.kinds import Talk, Translation
from tests.fakes.memory_key_value import MemoryKeyValueStore


class BusyStore(MemoryKeyValueStore):
    """Something else is written right behind an update."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def update(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        new = await super().update(space, key, change)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        return new


async def test_a_form_opened_while_another_is_put_away_is_kept() -> None:
    """Submitting it then made no video, and nobody was told."""
    store, first, second = BusyStore(), FormDraft(Talk), FormDraft(Translation)
    drafts = FormDrafts(store, "slack")
    await drafts.save_draft("T1", "ana", first)
    store.meanwhile = lambda: drafts.save_draft("T1", "ana", second)
    await drafts.delete_draft("T1", "ana", first.id)
    assert await drafts.get_draft("T1", "ana", second.id) == second
    assert await drafts.get_draft("T1", "ana", first.id) is None
