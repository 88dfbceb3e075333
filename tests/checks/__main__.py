"""Runs every check and says all that is wrong at once."""

import sys
from pathlib import Path

from tests.checks import bandit, leaks, licences, locks

REPOSITORY = Path(__file__).parent.parent.parent


def main() -> int:
    """How many things are wrong."""
    found = [
        *locks.find_lock_faults(REPOSITORY),
        *licences.find_unfree(REPOSITORY),
        *leaks.find_leaks(REPOSITORY),
        *bandit.find_faults(REPOSITORY),
    ]
    for line in found:
        sys.stderr.write(f"{line}\n")
    return min(len(found), 1)


if __name__ == "__main__":
    raise SystemExit(main())
