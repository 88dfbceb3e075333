"""Help in Discord's own terms: its commands have named options, so nothing is typed after dashes."""

from collections.abc import Callable, Sequence

from bot.commands.help import HELP_TITLE, option_description, verb_of_help
from bot.commands.parser import parse_command
from bot.commands.verbs import VERBS, Verb
from bot.requests.base import Request
from bot.requests.options import Option, options_of
from bot.wording.cards import Card

NativeOptions = Callable[[type[Request]], Sequence[Option]]


def discord_help_card(word: str, native_options: NativeOptions) -> Card:
    verb = verb_of_help(word)
    if verb is None:
        lines = [f"{each.typed_form} — {each.sentence}" for each in VERBS]
        examples = [_example(each) for each in VERBS if each.example]
        return Card(
            HELP_TITLE, (*lines, "", "/did help verb:animate explains one command.", "", "Examples:", *examples)
        )
    example = (f"Example: {_example(verb)}",) if verb.example else ()
    if verb.request is None:
        takes = (f"{verb.argument_name} — {verb.argument_hint}",) if verb.argument_name else ()
        return Card(verb.typed_form, (f"{verb.sentence}.", *takes, *example))
    shown = native_options(verb.request)
    lines = [f"{each.word} — {option_description(each)}" for each in shown]
    rare = [f"--{each.word}" for each in options_of(verb.request) if each not in shown]
    more = (f"more — more options, typed as {', '.join(rare)}",) if rare else ()
    return Card(
        verb.typed_form, (f"{verb.sentence}. Without options it opens a form.", "", *lines, *more, "", *example)
    )


def _example(verb: Verb) -> str:
    """The example of a verb as it is entered here: `/did animate driver:dance`."""
    parsed = parse_command(verb.example)
    if verb.request is None:
        return f"{verb.typed_form} {verb.argument_name}:{parsed.argument}"
    given = [
        f"{option.word}:{' '.join(value) if isinstance(value, tuple) else value}"
        for option in options_of(verb.request)
        if (value := parsed.values.get(option.field))
    ]
    return " ".join((verb.typed_form, *given))
