"""Makes the generated parts of the documents; with `--check` only says whether they are fresh."""

import sys
from collections.abc import Callable
from pathlib import Path

from adapters.chats.slack.install.manifest import manifest_yaml, permissions
from bot.commands.help import option_bounds, option_table
from bot.commands.verbs import VERBS, Verb
from bot.requests.drivers import DRIVER_FAMILIES, FAMILY_DESCRIPTIONS
from bot.requests.options import options_of
from bot.requests.storyboard.scenes import Scene, StoryboardContent

REPOSITORY = Path(__file__).parents[2]
BEGIN_MARK, END_MARK = "<!-- {}: made by `make docs` -->", "<!-- end of {} -->"


def main(check: bool) -> int:
    """Write, or check, every document with generated parts."""
    stale = [
        path
        for path in (REPOSITORY / "docs" / f"{name}.md" for name in ("options", "slack", "storyboards"))
        if not _update_parts(path, check)
    ]
    stale += [
        REPOSITORY / name
        for name, text in GENERATED_FILES.items()
        if not _update_file(REPOSITORY / name, text(), check)
    ]
    for path in stale:
        print(f"{path.relative_to(REPOSITORY)} is stale: run `make docs`.")  # noqa: T201 - this is a command
    return 1 if stale else 0


def _update_parts(path: Path, check: bool) -> bool:
    old = path.read_text()
    new = old
    for name, part in GENERATED_PARTS.items():
        new = _replace_between(new, name, part())
    if new != old and not check:
        path.write_text(new)
    return new == old or not check


def _update_file(path: Path, text: str, check: bool) -> bool:
    old = path.read_text() if path.exists() else ""
    if text != old and not check:
        path.write_text(text)
    return text == old or not check


def _replace_between(text: str, name: str, part: str) -> str:
    begin, end = BEGIN_MARK.format(name), END_MARK.format(name)
    if begin not in text:
        return text
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{part}\n{rest[rest.index(end) :]}"


def _verb_table() -> str:
    rows = [
        f"| `{each.typed_form}` | {each.sentence} | {f'`{each.example}`' if each.example else ''} |" for each in VERBS
    ]
    return "\n".join(["| type | what happens | example |", "| --- | --- | --- |", *rows])


def _option_sections() -> str:
    return "\n\n".join(_option_section(each) for each in VERBS if each.request)


def _option_section(verb: Verb) -> str:
    assert verb.request
    return f"## `{verb.typed_form}`: {verb.sentence.lower()}\n\n{option_table(verb.request)}"


def _driver_table() -> str:
    rows = [
        f"| `{family}` | {FAMILY_DESCRIPTIONS[family]} | {len(drivers)} | "
        f"{', '.join(f'`{each}`' for each in drivers)} |"
        for family, drivers in DRIVER_FAMILIES.items()
    ]
    return "\n".join(["| family | character | | drivers |", "| --- | --- | --- | --- |", *rows])


def _scene_tables() -> str:
    rows = [
        f"| `{each.word}` | {each.sentence}{option_bounds(each)} | {_list_aliases(each.aliases)} |"
        for each in options_of(Scene)
    ]
    whole = [
        f"| `{each.word}` | {each.sentence} | {_list_aliases(each.aliases)} |" for each in options_of(StoryboardContent)
    ]
    head = ["| word | what it is | also |", "| --- | --- | --- |"]
    return "\n".join(["Of a scene:", "", *head, *rows, "", "Of the whole video:", "", *head, *whole])


def _list_aliases(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in words)


def _scope_table() -> str:
    scopes = permissions().scopes
    rows = [f"| `{each.name}` | {each.reason} | {'yes' if each.optional else ''} |" for each in scopes]
    return "\n".join(["| permission | why | optional |", "| --- | --- | --- |", *rows])


GENERATED_FILES: dict[str, Callable[[], str]] = {
    "manifest.yml": lambda: manifest_yaml(socket=False),
    "manifest-socket.yml": lambda: manifest_yaml(socket=True),
}
GENERATED_PARTS: dict[str, Callable[[], str]] = {
    "scopes": _scope_table,
    "verbs": _verb_table,
    "options": _option_sections,
    "drivers": _driver_table,
    "scenes": _scene_tables,
}

if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
