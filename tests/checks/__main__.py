"""Runs every check and says all that is wrong at once."""

import sys
from pathlib import Path

from tests.checks import bandit, leaks, licences, locks

ROOT = Path(__file__).parent.parent.parent


def main() -> int:
    """How many things are wrong."""
    found = [*locks.faults(ROOT), *licences.faults(ROOT), *leaks.faults(ROOT), *bandit.faults(ROOT)]
    for line in found:
        sys.stderr.write(f"{line}\n")
    return min(len(found), 1)


if __name__ == "__main__":
    raise SystemExit(main())
