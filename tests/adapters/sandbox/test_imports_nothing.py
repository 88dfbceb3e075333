"""The sandbox stands alone."""

import ast
from pathlib import Path

import adapters.sandbox

SANDBOX_FOLDER = Path(adapters.sandbox.__file__).parent


def _imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_it_knows_nothing_of_the_bot() -> None:
    """It could be a program of its own: beside its own modules it imports the vendors' contracts only."""
    for path in SANDBOX_FOLDER.rglob("*.py"):
        for name in _imported_modules(path):
            assert name.split(".")[0] not in ("bot", "storage", "tests"), path
            assert not name.startswith("adapters.") or name.startswith(("adapters.sandbox", "adapters.contracts")), path
