"""Runs every check and says all that is wrong at once."""

import sys
from pathlib import Path

from tests.tools import bandit_check, import_chain, leaked_keys, licences, lock_files, naming_check

REPOSITORY = Path(__file__).parent.parent.parent


def main() -> int:
    """How many things are wrong."""
    found = [
        *lock_files.find_lock_faults(REPOSITORY),
        *licences.find_unfree(REPOSITORY),
        *leaked_keys.find_leaks(REPOSITORY),
        *bandit_check.find_faults(REPOSITORY),
        *naming_check.find_vague_names(REPOSITORY),
        *import_chain.find_long_chain(REPOSITORY),
    ]
    for line in found:
        sys.stderr.write(f"{line}\n")
    return min(len(found), 1)


if __name__ == "__main__":
    raise SystemExit(main())
