"""Questions before something is made that was understood, but perhaps not meant: small talk must not be bought.

What would be made waits as a draft of the person who is asked, so only they can say yes, and twice is once.
"""

from dataclasses import replace
from typing import Any

from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.errors import Refused
from bot.jobs.job import Asker, Place
from bot.requests.base import Request, shorten
from bot.requests.storyboard.storyboard import Storyboard
from bot.runtime.key_value import KeyValueStore
from bot.wording.cards import Button, Card, DeskReply

QUESTION_EXPIRED = "This question is too old, or was for somebody else. Please write it again."


class Questions:
    def __init__(self, key_value: KeyValueStore) -> None:
        self._key_value = key_value

    async def ask_to_make(
        self, asker: Asker, place: Place, request: type[Request], values: dict[str, Any]
    ) -> DeskReply:
        """Ask whether a video with these words is meant."""
        draft = await self._save_draft(asker, place, request, values)
        script = shorten(str(values.get("script") or ""), 80)
        card = Card(
            f"Shall I make a video saying “{script}”?" if script else "Shall I make a video of this?",
            ("To get one without being asked, begin with “say”.",),
            buttons=(Button("Make the video", "make", draft.id), Button("No", "dismiss", draft.id)),
        )
        return DeskReply(card, private=True)

    async def ask_for_words(
        self, asker: Asker, place: Place, request: type[Request], values: dict[str, Any], animation: type[Request]
    ) -> DeskReply:
        """Ask what a photo should say; a photo can also only move."""
        talk = await self._save_draft(asker, place, request, values)
        moving = await self._save_draft(asker, place, animation, values)
        buttons = (Button("Write its words", "fill", talk.id), Button("Only move it", "make", moving.id))
        return DeskReply(
            Card(
                "What should this photo say?",
                ("Write the words, or let it move without any.",),
                buttons=(*buttons, Button("No", "dismiss", talk.id)),
            ),
            private=True,
        )

    async def offer_plan(self, asker: Asker, place: Place, request: Storyboard, card: Card) -> DeskReply:
        """The plan of a storyboard with a button that makes it."""
        draft = await self._save_draft(asker, place, Storyboard, dict(request.model_copy(update={"plan": False})))
        return DeskReply(replace(card, buttons=(Button("Create the video", "make", draft.id),)), private=True)

    async def draft_of(self, asker: Asker, draft_id: str) -> FormDraft:
        draft = await self._drafts(asker).get_draft(_workspace_of(asker), asker.user, draft_id)
        if draft is None:
            raise Refused(QUESTION_EXPIRED)
        return draft

    async def dismiss(self, asker: Asker, place: Place, target: str) -> DeskReply:
        """The person said no: to a draft, or to a change of a job."""
        await self._drafts(asker).delete_draft(_workspace_of(asker), asker.user, target)
        return DeskReply(Card("All right, nothing was changed."), private=True)

    async def _save_draft(
        self, asker: Asker, place: Place, request: type[Request], values: dict[str, Any]
    ) -> FormDraft:
        draft = FormDraft(request, values, place)
        await self._drafts(asker).save_draft(_workspace_of(asker), asker.user, draft)
        return draft

    def _drafts(self, asker: Asker) -> FormDrafts:
        return FormDrafts(self._key_value, asker.platform)


def _workspace_of(asker: Asker) -> str:
    """None where ids are the same everywhere: a question may be answered in a direct message."""
    return "" if asker.same_id_everywhere else asker.workspace
