"""What the library trips over is named by what to do next."""

import json

import pytest

from adapters.chats.discord.client.errors import translate_errors
from bot.errors import TryAgain, Unsure


@pytest.mark.parametrize("garbled", ["", "{", "\x15\x03\x01"])
@pytest.mark.parametrize(("posting", "meaning"), [(False, TryAgain), (True, Unsure)])
def test_an_answer_that_cannot_be_read_is_a_lost_one(garbled: str, posting: bool, meaning: type[Exception]) -> None:
    """It may have been done: an edit is made once more, a post is looked for first."""
    with pytest.raises(meaning), translate_errors(posting=posting):
        json.loads(garbled)
