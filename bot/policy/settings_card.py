"""What holds in a channel and for the person who looks: the card of `/did settings`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.policy.access import Rules
from bot.policy.channel_settings import HOW, House
from bot.policy.user_defaults import Taste
from bot.wording.cards import Card

TITLE = "Settings"

_REACTIONS = {"make": "makes the video that fits", "cancel": "cancels", "redo": "redoes", "delete": "deletes"}


@dataclass(frozen=True)
class Standing:
    """Everything that holds at one moment in one channel."""

    rules: Rules
    house: House
    heard: Sequence[str]
    studios: Sequence[str]
    emoji: Mapping[str, str]
    rehearsing: bool
    taste: Taste

    def card(self, asker: Asker, place: Place) -> Card:
        """All of it for the person who looks."""
        return Card(
            title=TITLE,
            lines=(
                "Notices",
                *(f"  {each}" for each in self.heard),
                *self.house.lines,
                self._may(asker, place),
                *self._caps(asker),
                _studios(self.studios),
                *(("Rehearsing: videos are made in the sandbox, and nothing is spent.",) if self.rehearsing else ()),
                _reactions(self.emoji),
                self.taste.words,
                *_rights(asker, place),
            ),
        )

    def _may(self, asker: Asker, place: Place) -> str:
        try:
            self.rules.check(asker, place)
            self.house.check(asker, self.rules.contact)
        except Refused as refusal:
            return (
                f"You may not ask for videos here. {refusal.sentence.removeprefix('You may not ask for videos here. ')}"
            )
        return "You may ask for videos here."

    def _caps(self, asker: Asker) -> tuple[str, ...]:
        held = self.rules.caps_for(asker)
        by = {"person": "Videos for one person", "channel": "Videos for one channel"}
        said = {whose: ", ".join(cap.words for cap in held if cap.whose == whose) for whose in by}
        return tuple(f"{by[whose]}: {words}." for whose, words in said.items() if words)


def changed_card(asker: Asker, house: House) -> Card:
    """Everybody sees who changed what holds for everybody."""
    lines = house.lines[:-1] or ("Nothing differs from the usual here any more: everybody may ask.",)
    return Card(title=TITLE, lines=(f"@{asker.name or asker.user} changed what holds for this channel.", *lines))


def _studios(studios: Sequence[str]) -> str:
    first, *others = studios or ("none",)
    return f"Studio: {first}" + (f", or {' or '.join(others)} with --studio." if others else ".")


def _reactions(emoji: Mapping[str, str]) -> str:
    by_meaning: dict[str, list[str]] = {}
    for each, meaning in emoji.items():
        by_meaning.setdefault(meaning, []).append(each)
    said = [
        f"{' or '.join(each)} {_REACTIONS[meaning]}" for meaning, each in by_meaning.items() if meaning in _REACTIONS
    ]
    moves = [f"{' or '.join(each)} ({meaning})" for meaning, each in by_meaning.items() if meaning not in _REACTIONS]
    animate = [f"{', '.join(moves)} animate a photo"] if moves else []
    return f"Reactions: {', '.join((*said, *animate, 'a flag translates a video'))}."


def _rights(asker: Asker, place: Place) -> tuple[str, ...]:
    moderator = "You may cancel and delete anybody's jobs here, and change every notice."
    own = "You may cancel and delete your own jobs, and change notices that you set."
    rights = moderator if asker.moderator else own
    if place.private:
        return (rights,)
    if asker.moderator:
        return (f"You may change what holds for this channel: /did settings {HOW}.", rights)
    return ("A moderator can change what holds for this channel.", rights)
