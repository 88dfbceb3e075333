"""A leash: whatever the harness starts ends with it, however the harness ended."""

import os
import sys
import threading
import time

from bot.cli import main


def exit_with_parent(parent_pid: int) -> None:
    """End this process soon after that one is gone."""
    threading.Thread(target=_watch_parent, args=(parent_pid,), daemon=True).start()


def _watch_parent(parent_pid: int) -> None:
    while True:
        time.sleep(1.0)
        try:
            os.kill(parent_pid, 0)
        except ProcessLookupError:
            os._exit(1)


if __name__ == "__main__":  # python -m tests.kill_tests.bot_control.kill_children <whose> <the words of didtalk>
    exit_with_parent(int(sys.argv.pop(1)))
    main()
