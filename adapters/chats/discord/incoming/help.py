"""Help in Discord's own terms: its commands have named options, so nothing is typed after dashes."""

from collections.abc import Callable, Mapping

from bot.commands.help import HELP_TITLE, verb_of_help
from bot.commands.parser import parse_command
from bot.commands.verbs import VERBS, Verb
from bot.requests.base import Request
from bot.requests.options import options_of
from bot.wording.cards import Card

DescribeOptions = Callable[[type[Request]], Mapping[str, str]]

_ARGUMENT_DESCRIPTIONS = {
    "job": "Which video; empty means your latest",
    "name": "Part of the name",
    "family": "Which family, such as dance",
    "topics": "Which notices, such as done or failed",
    "command": "Which command",
}


def discord_help_card(word: str, describe_options: DescribeOptions) -> Card:
    verb = verb_of_help(word)
    if verb is None:
        lines = [f"{each.typed_form} — {each.sentence}" for each in VERBS]
        examples = [_example(each) for each in VERBS if each.example]
        return Card(
            HELP_TITLE, (*lines, "", "/did help verb:animate explains one command.", "", "Examples:", *examples)
        )
    example = (f"Example: {_example(verb)}",) if verb.example else ()
    if verb.request is None:
        takes = (f"{verb.argument_name} — {argument_description(verb)}",) if verb.argument_name else ()
        return Card(verb.typed_form, (f"{verb.sentence}.", *takes, *example))
    lines = [f"{name} — {description}" for name, description in describe_options(verb.request).items()]
    return Card(verb.typed_form, (f"{verb.sentence}. Without options it opens a form.", "", *lines, "", *example))


def argument_description(verb: Verb) -> str:
    return _ARGUMENT_DESCRIPTIONS.get(verb.argument_hint, verb.argument_hint.capitalize())


def _example(verb: Verb) -> str:
    """The example of a verb as it is entered here: `/did animate driver:dance image:<picture>`."""
    parsed = parse_command(verb.example)
    if verb.request is None:
        return f"{verb.typed_form} {verb.argument_name}:{parsed.argument}"
    given = []
    for option in options_of(verb.request):
        if value := parsed.values.get(option.field):
            given.append(f"{option.word}:{' '.join(value) if isinstance(value, tuple) else value}")
        elif option.media_kind and option.required:
            given.append(f"{option.word}:<{option.media_kind}>")
    return " ".join((verb.typed_form, *given))
