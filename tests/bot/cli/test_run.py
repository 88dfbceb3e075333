"""What `didtalk run` says when it starts."""

from bot.cli.run import where_made
from bot.settings import Settings
from bot.studios.studio import Studio
from bot.wiring.studios import vendor_hosts
from tests.fakes.studio import FakeStudio


def test_two_providers_at_one_address_are_named_and_it_is_said_once() -> None:
    """Made at 127.0.0.1:4600 and 127.0.0.1:4600: that told nobody who makes the videos."""
    address = "http://127.0.0.1:4600"
    settings = Settings.model_validate({"did": {"api_url": address}, "heygen": {"api_url": address}})
    studios: dict[str, Studio] = {"did": FakeStudio(), "heygen": FakeStudio("heygen", "HeyGen")}
    made = where_made(studios.values(), vendor_hosts(settings, studios))
    assert made == "by D-ID and HeyGen at 127.0.0.1:4600"
