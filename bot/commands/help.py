"""Help as projections of the verbs and options: for a chat, a terminal and the README alike."""

from bot.commands.verbs import VERBS, Verb, find_verb
from bot.errors import Refused
from bot.requests.base import Request
from bot.requests.options import Option, ValueType, did_you_mean, ordered_options
from bot.wording.cards import Card

HELP_TITLE = "didtalk makes talking videos in your chat"


def help_card(word: str = "") -> Card:
    """The overview, or the help for one verb."""
    verb = verb_of_help(word)
    return _verb_card(verb) if verb else _overview_card()


def verb_of_help(word: str) -> Verb | None:
    """Which verb help is wanted for; None for all of them."""
    word = word.strip().lstrip("/").removeprefix("did ").casefold()
    if not word:
        return None
    found = find_verb("say" if word == "didtalk" else word)
    if found is None:
        meant = did_you_mean(word, (each.word for each in VERBS), "/did help {}")
        raise Refused(f"There is no /did {word[:40]}.{meant}")
    return found


def option_usage(option: Option) -> str:
    if option.positional:
        return f"<{option.word}>"
    if option.value_type is ValueType.FLAG:
        return f"--{option.word}"
    return f"--{option.word} {option.value_hint}"


def option_bounds(option: Option) -> str:
    """What an option accepts."""
    if option.choices:
        return f" ({', '.join(option.choices)})"
    if option.minimum is not None and option.maximum is not None:
        return f" ({option.minimum:g} to {option.maximum:g})"
    if option.max_length and option.positional:
        return f" ({option.min_length or 1:,} to {option.max_length:,} characters)"
    return ""


def option_table(request: type[Request]) -> str:
    rows = [
        f"| `{option_usage(each)}` | {option_description(each)} | {_source_hint(each)} |"
        for each in ordered_options(request)
    ]
    return "\n".join(["| option | what it does | |", "| --- | --- | --- |", *rows])


def option_description(option: Option) -> str:
    # The range of a number is in its usage already.
    return option.sentence + ("" if option.minimum is not None else option_bounds(option))


def _source_hint(option: Option) -> str:
    words = []
    if option.media_kind:
        words.append(f"{option.media_kind.value} file or link")
    if option.suggests:
        words.append(f"see `/did {option.suggests}`")
    return ", ".join(words)


def _overview_card() -> Card:
    lines = [f"{each.typed_form} — {each.sentence}" for each in VERBS]
    examples = [each.example for each in VERBS if each.example]
    return Card(HELP_TITLE, (*lines, "", "Type /did help animate for one command.", "", "Examples:", *examples))


def _verb_card(verb: Verb) -> Card:
    example = (f"Example: {verb.example}",) if verb.example else ()
    if verb.request is None:
        takes = f" <{verb.argument_hint}>" if verb.argument_hint else ""
        return Card(f"{verb.typed_form}{takes}", (f"{verb.sentence}.", *example))
    ordered = ordered_options(verb.request)
    lines = [f"{option_usage(each)} — {option_description(each)}" for each in ordered]
    rest = next((f" <{each.word}>" for each in ordered if each.positional), "")
    return Card(f"{verb.typed_form}{rest} [--options]", (f"{verb.sentence}.", "", *lines, "", *example))
