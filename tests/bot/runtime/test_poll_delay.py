"""How soon a finished video is noticed where no webhook tells of it."""

from itertools import pairwise

from bot.runtime.clock import MAX_POLL_DELAY_SECONDS, poll_delay


def test_no_video_is_late_by_more_than_a_tenth_of_its_time() -> None:
    """A render of 70 seconds was noticed 25 seconds later."""
    ages = [0.0]
    while ages[-1] < 600:
        ages.append(ages[-1] + poll_delay(len(ages), ages[-1]))
    for before, after in pairwise(ages):
        assert after - before <= max(1.5, before * 0.1) * 1.11
        assert after - before <= MAX_POLL_DELAY_SECONDS * 1.11
    assert len(ages) < 60, "a render of ten minutes is asked for a few dozen times"
