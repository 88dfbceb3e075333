"""What can be typed: every verb with its sentence; those that make something name the request they fill."""

import re
from dataclasses import dataclass

from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.options import nearest_match
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template


@dataclass(frozen=True)
class Verb:
    word: str
    sentence: str
    request: type[Request] | None = None
    argument_hint: str = ""  # what follows a verb that fills no request
    argument_option: str = ""  # its name where arguments have names, such as Discord's options
    aliases: tuple[str, ...] = ()
    example: str = ""

    @property
    def argument_name(self) -> str:
        """One word for what follows the verb; empty when nothing does."""
        return self.argument_option or re.split(r"\W+", self.argument_hint)[0]

    @property
    def typed_form(self) -> str:
        return "/didtalk" if self.request is Talk else f"/did {self.word}"


VERBS: tuple[Verb, ...] = (
    Verb("say", "Make a talking-head video", Talk, aliases=("talk", "speak"), example="/didtalk Welcome aboard!"),
    Verb("animate", "Animate a photo", Animation, aliases=("animation",), example="/did animate dance"),
    Verb("video", "Make a presenter video", Video, example="/did video Good morning --background #223344"),
    Verb("storyboard", "Make a video of many scenes", Storyboard, example="/did storyboard @anna: Hello"),
    Verb("template", "Make a video from a template", Template, example="/did template Welcome --fill name=Ana"),
    Verb(
        "translate",
        "Translate a video",
        Translation,
        aliases=("translation",),
        example="/did translate es fr",
    ),
    Verb("voices", "Find a voice", argument_hint="name or language", aliases=("voice",), example="/did voices french"),
    Verb("presenters", "Find a presenter", argument_hint="name", aliases=("presenter", "avatars")),
    Verb("templates", "Find a template", argument_hint="name"),
    Verb("drivers", "List the movements for /did animate", argument_hint="family", aliases=("driver",)),
    Verb("languages", "List the languages for /did translate", argument_hint="name", aliases=("language",)),
    Verb("credits", "Show the credits left", aliases=("credit", "balance")),
    Verb("jobs", "List your latest jobs", aliases=("list", "status")),
    Verb("cancel", "Stop a job", argument_hint="job"),
    Verb("redo", "Run a job again", argument_hint="job", aliases=("retry", "again")),
    Verb("switch", "Run a job at the other provider", argument_hint="job"),
    Verb("delete", "Delete a video here and at the provider", argument_hint="job", aliases=("remove",)),
    Verb(
        "subscribe",
        "Notify this channel when videos finish or fail, or credits run low",
        argument_hint="topics, or list",
        aliases=("follow",),
        example="/did subscribe done failed credits:<10",
    ),
    Verb("unsubscribe", "Turn notifications off", argument_hint="topics", aliases=("unfollow",)),
    Verb(
        "settings",
        "View or change channel settings and your own defaults",
        argument_hint="setting to change",
        argument_option="change",
        aliases=("setting",),
        example="/did settings mine --voice Sara",
    ),
    Verb(
        "help", "Show help for a command", argument_hint="command", argument_option="verb", example="/did help animate"
    ),
)

_VERB_BY_WORD: dict[str, Verb] = {
    word: find_verb for find_verb in VERBS for word in (find_verb.word, *find_verb.aliases)
}


def find_verb(word: str) -> Verb | None:
    return _VERB_BY_WORD.get(word.casefold())


def nearest_verb(word: str) -> Verb | None:
    close = nearest_match(word, _VERB_BY_WORD)
    return _VERB_BY_WORD[close] if close else None


def verb_for_request(request: type[Request]) -> Verb:
    return next(each for each in VERBS if each.request is request)
