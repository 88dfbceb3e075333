"""Applies a person's defaults (voice, face and so on) to their requests. Explicit options win."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen
from pydantic import AfterValidator

from bot.commands.parser import media_from_text, parse_options
from bot.errors import Refused
from bot.requests.base import OptionModel, Request, StudioName, parse_values, studio_title
from bot.requests.kinds import Language, Presenter, SpeechRequest, Talk, Video, Voice
from bot.requests.options import Opt, option_of, options_of
from bot.runtime.cache import StoredSettings
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

USER_DEFAULTS_SPACE = "user_defaults"
USER_DEFAULTS_TITLE = "Your defaults"
USER_DEFAULTS_COMMAND = "/did settings mine"
NO_DEFAULTS_TEXT = "You have no defaults yet."
BUILT_IN_FACES = ("ada", "ben")  # those that ship with didtalk
_DASHES = tuple("-—–―")  # as keyboards make of two
_RESET_WORDS = ("none", "reset", "off")


def _check_face(typed: str) -> str:
    typed = typed.strip().strip("<>")
    if typed.casefold() in BUILT_IN_FACES:
        return typed.casefold()
    if not typed.startswith("https://"):
        raise Refused(
            f"As a default --image is {', '.join(BUILT_IN_FACES)} or an https link to a photo; “{typed[:60]}” is "
            "neither.",
            "image",
        )
    return typed


class UserDefaults(OptionModel):
    """Used where a request leaves the same option out."""

    noun: ClassVar[str] = "a default"

    voice: Voice = None
    language: Language = None
    presenter: Presenter = None
    image: Annotated[
        str | None,
        Opt("Face: ada, ben or an https link to a photo", aliases=("picture", "photo"), example="ben"),
        MaxLen(2000),
        AfterValidator(_check_face),
    ] = None
    studio: StudioName = None

    @property
    def chosen(self) -> dict[str, str]:
        """By field."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(f"{word.capitalize()}: {value}" for word, value in self._labelled)

    @property
    def summary(self) -> str:
        said = ", ".join(f"{word} {value}" for word, value in self._labelled)
        return (
            f"{USER_DEFAULTS_TITLE}: {said}. {USER_DEFAULTS_COMMAND} changes them."
            if said
            else f"{NO_DEFAULTS_TEXT} Example: {USER_DEFAULTS_COMMAND} --voice Sara"
        )

    @property
    def _labelled(self) -> list[tuple[str, str]]:
        return [(option_of(UserDefaults, name).word, studio_title(value)) for name, value in self.chosen.items()]


class UserDefaultsStore(StoredSettings[UserDefaults]):
    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        super().__init__(key_value, clock, USER_DEFAULTS_SPACE, _known_defaults)


def own_defaults_text(typed: str) -> str | None:
    """What follows `/did settings` if it is about the person's own defaults, else None."""
    first, _, rest = typed.partition(" ")
    if first.casefold() == "mine":
        return rest.strip()
    return typed if typed[:1] in _DASHES else None


def change_defaults(defaults: UserDefaults, typed: str) -> UserDefaults:
    """Named defaults change, `none` clears one, `reset` clears all."""
    if typed.casefold() in _RESET_WORDS:
        return UserDefaults()
    values = parse_options(typed, options_of(UserDefaults), USER_DEFAULTS_COMMAND)
    cleared = {name for name, value in values.items() if str(value).casefold() in _RESET_WORDS}
    return parse_values(
        UserDefaults, {name: value for name, value in (defaults.chosen | values).items() if name not in cleared}
    )


def _known_defaults(stored: dict[str, Any]) -> UserDefaults:
    """A newer version may have stored fields that this one does not know."""
    known = {name: value for name, value in stored.items() if name in UserDefaults.model_fields}
    return UserDefaults.model_validate(known)


# Where a request cannot take all of them, the first ones win.
DEFAULTS_BY_PRIORITY = ("presenter", "image", "voice", "language", "studio")
CheckRequest = Callable[[Request], Awaitable[None]]  # refuses what no provider makes


async def check_defaults(defaults: UserDefaults, check: CheckRequest) -> UserDefaults:
    """Refuse a default that no provider could ever use."""
    for name in defaults.chosen:
        tried = [await _refusal_of(check, asked) for asked in _sample_requests(defaults, name)]
        if all(tried) and (refusal := next((each for each in tried if each), None)):
            raise Refused(refusal.sentence, name) from refusal
    return defaults


async def apply_defaults(request: Request, defaults: UserDefaults, check: CheckRequest) -> Request:
    """The request with the defaults it can take; its own options win, defaults it cannot take are ignored."""
    if not defaults.model_fields_set:
        return request
    applicable = _applicable_defaults(request, defaults)
    if not applicable:
        return request
    complete = request.model_copy(update=applicable)
    if await _refusal_of(check, complete) is None:
        return complete
    for name, value in applicable.items():
        tried = request.model_copy(update={name: value})
        request = request if await _refusal_of(check, tried) else tried
    return request


def _applicable_defaults(request: Request, defaults: UserDefaults) -> dict[str, Any]:
    """Recordings have a voice of their own, and only speech has one."""
    speaks = isinstance(request, SpeechRequest) and request.audio is None
    parts = {"voice", "language"} if speaks else set()
    parts |= {"image"} if isinstance(request, Talk) else {"presenter"} if isinstance(request, Video) else set()
    free = (parts | {"studio"}) - request.model_fields_set
    return {
        name: _option_value(name, defaults.chosen[name])
        for name in DEFAULTS_BY_PRIORITY
        if name in free & defaults.chosen.keys()
    }


def _sample_requests(defaults: UserDefaults, name: str) -> list[Request]:
    """Short requests to try one default with."""
    only: dict[str, tuple[type[Request], ...]] = {"image": (Talk,), "presenter": (Video,)}
    along = {name, "studio"} | ({"voice"} if name == "language" else set())
    parts = {each: _option_value(each, value) for each, value in defaults.chosen.items() if each in along}
    return [parse_values(kind, {"script": "Hello there", **parts}) for kind in only.get(name, (Talk, Video))]


async def _refusal_of(check: CheckRequest, request: Request) -> Refused | None:
    try:
        await check(request)
    except Refused as refusal:
        return refusal
    return None


def _option_value(name: str, value: str) -> Any:
    return media_from_text(value, option_of(Talk, name)) if name == "image" else value
