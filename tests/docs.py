"""Makes the generated parts of the documents; with `--check` only says whether they are fresh."""

import sys
from collections.abc import Callable
from pathlib import Path

from adapters.chats.slack.install.manifest import written
from adapters.chats.slack.install.scopes import SCOPES
from bot.commands.help import bounds, table
from bot.commands.verbs import VERBS, Verb
from bot.requests.drivers import CHARACTER, FAMILIES
from bot.requests.options import options
from bot.requests.storyboard.scenes import Plot, Scene

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- {}: made by `make docs` -->", "<!-- end of {} -->"


def main(check: bool) -> int:
    """Write, or check, every document with generated parts."""
    stale = [path for path in (ROOT / "README.md", ROOT / "docs" / "options.md") if not _fresh(path, check)]
    stale += [ROOT / name for name, text in WHOLE.items() if not _same(ROOT / name, text(), check)]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is stale: run `make docs`.")  # noqa: T201 - this is a command
    return 1 if stale else 0


def _fresh(path: Path, check: bool) -> bool:
    old = path.read_text()
    new = old
    for name, part in PARTS.items():
        new = _between(new, name, part())
    if new != old and not check:
        path.write_text(new)
    return new == old or not check


def _same(path: Path, text: str, check: bool) -> bool:
    old = path.read_text() if path.exists() else ""
    if text != old and not check:
        path.write_text(text)
    return text == old or not check


def _between(text: str, name: str, part: str) -> str:
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in text:
        return text
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{part}\n{rest[rest.index(end) :]}"


def _verbs() -> str:
    rows = [f"| `{each.typed}` | {each.sentence} | {f'`{each.example}`' if each.example else ''} |" for each in VERBS]
    return "\n".join(["| type | what happens | example |", "| --- | --- | --- |", *rows])


def _options() -> str:
    return "\n\n".join(_section(each) for each in VERBS if each.request)


def _section(verb: Verb) -> str:
    assert verb.request
    return f"## `{verb.typed}`: {verb.sentence.lower()}\n\n{table(verb.request)}"


def _drivers() -> str:
    rows = [
        f"| `{family}` | {CHARACTER[family]} | {len(drivers)} | {', '.join(f'`{each}`' for each in drivers)} |"
        for family, drivers in FAMILIES.items()
    ]
    return "\n".join(["| family | character | | drivers |", "| --- | --- | --- | --- |", *rows])


def _scenes() -> str:
    rows = [f"| `{each.word}` | {each.sentence}{bounds(each)} | {_also(each.also)} |" for each in options(Scene)]
    whole = [f"| `{each.word}` | {each.sentence} | {_also(each.also)} |" for each in options(Plot)]
    head = ["| word | what it is | also |", "| --- | --- | --- |"]
    return "\n".join(["Of a scene:", "", *head, *rows, "", "Of the whole video:", "", *head, *whole])


def _also(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in words)


def _scopes() -> str:
    rows = [f"| `{each.name}` | {each.reason} | {'yes' if each.optional else ''} |" for each in SCOPES]
    return "\n".join(["| permission | why | may be declined |", "| --- | --- | --- |", *rows])


WHOLE: dict[str, Callable[[], str]] = {
    "manifest.yml": lambda: written(socket=False),
    "manifest-socket.yml": lambda: written(socket=True),
}
PARTS: dict[str, Callable[[], str]] = {
    "scopes": _scopes,
    "verbs": _verbs,
    "options": _options,
    "drivers": _drivers,
    "scenes": _scenes,
}

if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
