"""Help as projections of the verbs and options: for a chat, a terminal and the README alike."""

from bot.commands.verbs import VERBS, Verb, verb
from bot.errors import Refused
from bot.requests.kinds import Request
from bot.requests.options import Option, Shape, nearest, options
from bot.wording.cards import Card


def help_card(word: str = "") -> Card:
    """What there is, or how one verb works."""
    word = word.strip().lstrip("/").removeprefix("did ").casefold()
    if not word:
        return _overview()
    found = verb("say" if word == "didtalk" else word)
    if found is None:
        close = nearest(word, (each.word for each in VERBS))
        meant = f" Did you mean /did help {close}?" if close else ""
        raise Refused(f"There is no /did {word[:40]}.{meant}")
    return _one(found)


def usage(option: Option) -> str:
    """How an option is typed."""
    if option.rest:
        return f"<{option.word}>"
    if option.shape is Shape.FLAG:
        return f"--{option.word}"
    return f"--{option.word} {option.example or option.shape.value}"


def bounds(option: Option) -> str:
    """What an option takes, when its sentence does not already say so."""
    if option.choices:
        return f" ({', '.join(option.choices)})"
    if option.low is not None and option.high is not None:
        return f" ({option.low:g} to {option.high:g})"
    if option.longest and option.rest:
        return f" ({option.shortest or 1:,} to {option.longest:,} characters)"
    return ""


def table(request: type[Request]) -> str:
    """A request's options as a Markdown table."""
    rows = [f"| `{usage(each)}` | {each.sentence}{bounds(each)} | {_how(each)} |" for each in ordered(request)]
    return "\n".join(["| option | what it does | |", "| --- | --- | --- |", *rows])


def ordered(request: type[Request]) -> list[Option]:
    """A request's options: what is said first, everyday ones next, rare ones last."""
    return sorted(options(request), key=lambda each: (not each.rest, each.advanced))


def _how(option: Option) -> str:
    words = []
    if option.takes:
        words.append(f"{option.takes.value} file or link")
    if option.suggests:
        words.append(f"see `/did {option.suggests}`")
    return ", ".join(words)


def _overview() -> Card:
    lines = [f"{each.typed:<18}{each.sentence}" for each in VERBS]
    return Card(
        title="didtalk makes talking videos in your chat",
        lines=(*lines, "", "/did help animate explains one of them.", "Examples:", *_examples()),
    )


def _examples() -> list[str]:
    return [f"  {each.example}" for each in VERBS if each.example]


def _one(named: Verb) -> Card:
    if named.request is None:
        takes = f" <{named.takes}>" if named.takes else ""
        example = (f"Example: {named.example}",) if named.example else ()
        return Card(title=f"{named.typed}{takes}", lines=(f"{named.sentence}.", *example))
    known = ordered(named.request)
    width = max(len(usage(each)) for each in known) + 2
    lines = [f"{usage(each):<{width}}{each.sentence}{bounds(each)}" for each in known]
    rest = next((f" <{each.word}>" for each in known if each.rest), "")
    return Card(
        title=f"{named.typed}{rest} [--options]", lines=(f"{named.sentence}.", *lines, f"Example: {named.example}")
    )
