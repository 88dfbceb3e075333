"""`compose.yaml` says what the image and the settings say. No container engine is asked: the file is read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings, variable_name

REPOSITORY = Path(__file__).parent.parent.parent
FOREIGN_VARIABLES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "DIDTALK_SITE"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as it stands."""
    return dict(yaml.safe_load((REPOSITORY / "compose.yaml").read_text()))


@pytest.fixture(scope="module")
def image() -> str:
    """How our image is made."""
    return (REPOSITORY / "Dockerfile").read_text()


def _known_variables() -> set[str]:
    names: set[str] = set()
    for name, field in Settings.model_fields.items():
        group = getattr(field.annotation, "model_fields", None)
        names |= {variable_name(name, each) for each in group} if group else {variable_name(name)}
    return names


def test_every_setting_there_is_known(compose: dict[str, Any]) -> None:
    """A name that nobody reads would be a promise that nobody keeps."""
    for service in compose["services"].values():
        assert set(service["environment"]) <= _known_variables() | FOREIGN_VARIABLES


def test_the_replicas_are_two_of_the_same_behind_one_proxy(compose: dict[str, Any], image: str) -> None:
    """Same database, same secret, same folder; the proxy knows both by the port that the image opens."""
    one, two = compose["services"]["didtalk-1"], compose["services"]["didtalk-2"]
    assert one == two
    port = re.findall(r"^EXPOSE (\d+)$", image, re.MULTILINE)[0]
    assert one["environment"]["DIDTALK_PORT"] == port
    told = compose["configs"]["proxy"]["content"]
    assert f"reverse_proxy didtalk-1:{port} didtalk-2:{port}" in told
    assert "health_uri /readyz" in told
    assert "ports" not in one  # nobody passes the proxy by


def test_what_is_kept_lies_on_volumes_that_the_image_knows(compose: dict[str, Any], image: str) -> None:
    """Nothing is written elsewhere: the replicas' own file systems are read-only."""
    one = compose["services"]["didtalk-1"]
    folder = re.findall(r"^VOLUME (\S+)$", image, re.MULTILINE)[0]
    assert one["environment"]["DIDTALK_DATA_DIR"] == folder
    assert any(each.endswith(f":{folder}") for each in one["volumes"])
    for service in compose["services"].values():
        assert service["read_only"] is True
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in compose["volumes"]


def test_the_image_has_the_driver(image: str) -> None:
    """What the address in the file needs is installed."""
    assert "-r requirements-postgres.txt" in image
    assert re.search(r"^asyncpg==", (REPOSITORY / "requirements-postgres.txt").read_text(), re.MULTILINE)


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    """Passwords come from outside, and starting without them is refused rather than guessed."""
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|SECRET|KEY|TOKEN|URL", name):
                assert re.search(r"\$\{[A-Z_]+:\?", value), name
                assert not re.search(r"://[^@]*:[^@]+@", re.sub(r"\$\{[^}]*\}", "", value))


def test_every_service_is_pinned_and_tells_how_it_is(compose: dict[str, Any]) -> None:
    """A tag that moves would make tomorrow's start another program's."""
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?", service["image"]), name
        assert service["healthcheck"]["test"][0] == "CMD"
    waits = compose["services"]["didtalk-1"]["depends_on"]
    assert waits == {"postgres": {"condition": "service_healthy"}}
