"""Fails when a module can only be understood after too many others: the longest chain of imports has a limit."""

import ast
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

CHECKED_FOLDERS = ("bot", "adapters", "storage")
MAX_CHAIN_MODULES = 18


def find_long_chain(root: Path) -> Iterator[str]:
    """The longest chain of imports at module level, if it has more modules than that."""
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in CHECKED_FOLDERS
        for path in (root / folder).rglob("*.py")
    }

    @cache
    def longest_chain(module: str) -> tuple[str, ...]:
        imported = {each for each in _imported_modules(modules[module], modules) if each in modules}
        return (module, *max((longest_chain(each) for each in sorted(imported)), key=len, default=()))

    chain = max((longest_chain(module) for module in sorted(modules)), key=len, default=())
    if len(chain) > MAX_CHAIN_MODULES:
        yield f"a chain of {len(chain)} imports, at most {MAX_CHAIN_MODULES} are allowed: {' → '.join(chain)}"


def _imported_modules(path: Path, modules: Container[str]) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in (f"{node.module}.{each.name}" for each in node.names):
                yield name if name in modules else node.module
