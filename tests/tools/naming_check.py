"""Fails on constants without a noun and on class names that are defined twice."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

CHECKED_FOLDERS = ("bot", "adapters", "storage")
VAGUE_CONSTANTS = frozenset({"MOST", "PATIENCE", "HOLD", "AGAIN", "FRESH", "BEAT", "SPARE", "NAP"})
# The vendors name their schemas, and both have some of the same.
SCHEMA_FILES = frozenset({"schemas.py", "bodies.py", "responses.py"})


def find_vague_names(root: Path) -> Iterator[str]:
    """Each constant and class that needs a better name."""
    classes: dict[str, list[str]] = defaultdict(list)
    for folder in CHECKED_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            file = str(path.relative_to(root))
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and path.name not in SCHEMA_FILES:
                    classes[node.name].append(f"{file}:{node.lineno}")
                for name in sorted(VAGUE_CONSTANTS.intersection(_assigned_names(node))):
                    yield f"{file}:{node.lineno}: {name} does not say of what; use a noun and a unit"
    for name, places in classes.items():
        if len(places) > 1:
            yield f"{places[0]}: class {name} is also defined in {', '.join(places[1:])}; use two names"


def _assigned_names(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    for target in targets:
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
