"""The cache whose entries expire."""

from bot.runtime.cache import TtlCache
from tests.fakes.clock import ManualClock


async def test_an_entry_expires_after_its_lifetime() -> None:
    """None is a value too."""
    clock = ManualClock()
    cache = TtlCache[str, str | None](clock, 5)
    assert "a" not in cache
    assert cache.put("a", "x") == "x"
    cache.put("b", None)
    assert (cache.get("a"), "b" in cache, cache.get("b")) == ("x", True, None)
    await clock.advance(6)
    assert cache.get("a") is None
    assert "b" not in cache


def test_a_full_cache_starts_again_empty() -> None:
    """What is put in place of an old value needs no room."""
    cache = TtlCache[int, int](ManualClock(), 5, max_entries=2)
    for key in (1, 2, 2):
        cache.put(key, key)
    assert 1 in cache
    cache.put(3, 3)
    assert (1 in cache, 3 in cache) == (False, True)
    cache.discard(3)
    assert 3 not in cache
