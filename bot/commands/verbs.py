"""What can be typed: every verb with its sentence; those that make something name the request they fill."""

from dataclasses import dataclass

from bot.requests.kinds import Animation, Request, Storyboard, Talk, Template, Translation, Video
from bot.requests.options import nearest


@dataclass(frozen=True)
class Verb:
    """One thing a person can ask for by name."""

    word: str
    sentence: str
    request: type[Request] | None = None
    takes: str = ""  # what follows a verb that fills no request
    also: tuple[str, ...] = ()
    example: str = ""

    @property
    def typed(self) -> str:
        """How it is typed."""
        return "/didtalk" if self.request is Talk else f"/did {self.word}"


VERBS: tuple[Verb, ...] = (
    Verb("say", "Make a face say something", Talk, also=("talk", "speak"), example="/didtalk Welcome aboard!"),
    Verb("animate", "Bring a photo to life", Animation, also=("animation",), example="/did animate dance"),
    Verb("video", "Let a presenter speak", Video, example="/did video Good morning --background #223344"),
    Verb("storyboard", "Make a video of many scenes", Storyboard, example="/did storyboard @anna: Hello"),
    Verb("template", "Fill a template made at the studio", Template, example="/did template Welcome --fill name=Ana"),
    Verb(
        "translate",
        "Let a video speak other languages",
        Translation,
        also=("translation",),
        example="/did translate es fr",
    ),
    Verb("voices", "Find a voice", takes="name or language", also=("voice",), example="/did voices french"),
    Verb("presenters", "Find a presenter", takes="name", also=("presenter", "avatars")),
    Verb("templates", "Find a template", takes="name"),
    Verb("drivers", "See the movements a face can make", takes="family", also=("driver",)),
    Verb("languages", "See the languages for translations", takes="name", also=("language",)),
    Verb("credits", "See what is left on the account", also=("credit", "balance")),
    Verb("jobs", "See what is running and what was made lately", also=("list", "status")),
    Verb("cancel", "Stop a job", takes="job"),
    Verb("redo", "Make a job once more", takes="job", also=("retry", "again")),
    Verb("switch", "Make a job at the other studio", takes="job"),
    Verb("delete", "Delete a job's video here and at the studio", takes="job", also=("remove",)),
    Verb(
        "subscribe",
        "Let this channel hear what is done, what failed, and when credits run low",
        takes="topics, or list",
        also=("follow",),
        example="/did subscribe done failed credits:<10",
    ),
    Verb("unsubscribe", "Let this channel hear less, or nothing", takes="topics", also=("unfollow",)),
    Verb(
        "settings",
        "See or change what holds for this channel, and your own defaults",
        takes="change",
        also=("setting",),
        example="/did settings mine --voice Sara",
    ),
    Verb("help", "Explain a verb", takes="verb", example="/did help animate"),
)

_BY_WORD: dict[str, Verb] = {word: verb for verb in VERBS for word in (verb.word, *verb.also)}


def verb(word: str) -> Verb | None:
    """The verb a word names, if it names one."""
    return _BY_WORD.get(word.casefold())


def nearest_verb(word: str) -> Verb | None:
    """The verb a person most likely meant."""
    close = nearest(word, _BY_WORD)
    return _BY_WORD[close] if close else None


def verb_of(request: type[Request]) -> Verb:
    """The verb that fills this request."""
    return next(each for each in VERBS if each.request is request)
