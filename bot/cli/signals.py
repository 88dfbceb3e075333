"""Stops the process on the first signal, and ends it whatever hangs."""

import asyncio
import faulthandler
import os
import signal
import threading
import time
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
MAX_SHUTDOWN_SECONDS = 9.0  # after a signal, whatever hangs


def stop_signal() -> asyncio.Event:
    """Set by the first stop signal; the second ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    read_end, write_end = os.pipe()
    threading.Thread(target=_exit_after_deadline, args=(read_end,), daemon=True).start()

    # Not the loop's own handlers: the loop may be what hangs.
    def stopped(number: int, frame: Any) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        # Ends the process even where a library holds the GIL.
        faulthandler.dump_traceback_later(MAX_SHUTDOWN_SECONDS + 0.4, exit=True, file=2)
        os.write(write_end, b".")
        loop.call_soon_threadsafe(stop.set)

    for each in STOP_SIGNALS:
        signal.signal(each, stopped)
    return stop


def _exit_after_deadline(read_end: int) -> None:
    """End the process some time after a signal. Nothing is lost: our leases expire."""
    os.read(read_end, 1)
    time.sleep(MAX_SHUTDOWN_SECONDS)
    os._exit(0)
