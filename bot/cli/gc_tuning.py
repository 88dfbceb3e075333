"""Memory: what is loaded when serving begins stays for good, and need not be searched for rubbish again and again."""

import gc

GC_THRESHOLD_OBJECTS = (
    10_000  # new objects until young ones are searched; what a request makes is gone with it, without any search
)


def freeze_memory() -> None:
    """Leave all that is there now out of the collector's rounds, and let it make fewer of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD_OBJECTS, *gc.get_threshold()[1:])
