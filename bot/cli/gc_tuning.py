"""Memory: what is loaded when serving begins stays for good, and need not be searched for rubbish again and again."""

import gc

RARER = 10_000  # new objects until young ones are searched; what a request makes is gone with it, without any search


def settle() -> None:
    """Leave all that is there now out of the collector's rounds, and let it make fewer of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(RARER, *gc.get_threshold()[1:])
