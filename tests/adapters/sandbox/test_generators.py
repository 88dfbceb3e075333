"""Every generator, from POST to DELETE."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox.api.did.presenters import AVATARS, INSTANT_AVATARS, PRESENTERS
from tests.adapters.sandbox.did_schemas import (
    CREATED,
    ERROR,
    SCHEMA_BY_PATH,
    TRANSLATION,
    TRANSLATION_GROUP,
    assert_matches,
)
from tests.adapters.sandbox.sandbox_harness import HELLO_SCRIPT, SandboxHarness, sandbox_harness

FILM_SOURCE = "https://films.invalid/holiday.mp4"
BEYOND_BASICS = "token=" + base64.b64encode(b"place:" + b"9" * 30).decode()
VALID_BODIES: dict[str, dict[str, Any]] = {
    "/talks": {"script": HELLO_SCRIPT},
    "/animations": {"driver_url": "bank://dance/driver-03"},
    "/expressives": {"avatar_id": AVATARS[0].id, "script": HELLO_SCRIPT},
    "/clips": {"presenter_id": PRESENTERS[0].id, "script": HELLO_SCRIPT},
    "/scenes": {"avatar_id": INSTANT_AVATARS[0].id, "script": HELLO_SCRIPT},
    "/translations": {"source_url": FILM_SOURCE, "languages": ["French"]},
}
JOB_SCHEMAS = {"/talks": "talk", "/animations": "animation", "/expressives": "expressive", "/clips": "clip"}


@pytest.mark.parametrize("path", VALID_BODIES)
async def test_each_generator_makes_a_film(b: SandboxHarness, path: str) -> None:
    """A job goes from created to done, and its result is a video that can be fetched without a key."""
    answer = await b.post_json(path, VALID_BODIES[path])
    assert answer.status_code == 201
    made = answer.json()
    assert_matches(
        made["translations"][0] if path == "/translations" else made, TRANSLATION if "trans" in path else CREATED
    )
    assert made.get("object") == JOB_SCHEMAS.get(path, made.get("object"))
    job = await b.wait_until_ended(path, made["translations"][0]["id"] if "translations" in made else made["id"])
    assert_matches(job, SCHEMA_BY_PATH[path])
    assert job["status"] == "done"
    async with httpx.AsyncClient() as stranger:
        film = await stranger.get(job["result_url"])
    assert film.headers["content-type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"


@pytest.mark.parametrize("path", VALID_BODIES)
async def test_each_generator_lists_and_deletes(b: SandboxHarness, path: str) -> None:
    """A deleted job is gone from the list, and unknown from then on."""
    job = await b.make_video(path, VALID_BODIES[path])
    listed = await b.get_json(path)
    assert [one["id"] for one in listed[path[1:]]] == [job["id"]]
    assert "token" not in listed
    assert_matches(listed[path[1:]][0], SCHEMA_BY_PATH[path])
    gone = await b.client.delete(f"{path}/{job['id']}")
    assert gone.status_code == (204 if path in ("/expressives", "/scenes") else 200)
    for answer in (await b.client.get(f"{path}/{job['id']}"), await b.client.delete(f"{path}/{job['id']}")):
        assert answer.status_code == 404
        assert_matches(answer.json(), ERROR)
    assert (await b.client.get(job["result_url"])).status_code == 404


@pytest.mark.parametrize("path", VALID_BODIES)
async def test_a_running_job_is_not_ready_to_be_deleted(b: SandboxHarness, path: str) -> None:
    """DELETE of a job in work is a conflict."""
    b.sandbox.arm_fault("stuck")
    made = (await b.post_json(path, VALID_BODIES[path])).json()
    job_id = made["translations"][0]["id"] if "translations" in made else made["id"]
    answer = await b.client.delete(f"{path}/{job_id}")
    assert (answer.status_code, answer.json()["kind"]) == (409, "NotReadyError")


async def test_lists_come_in_pages_newest_first(b: SandboxHarness) -> None:
    """Pages follow each other without gap or repeat, and only the last has no token."""
    made = [(await b.post_json("/talks", {"script": HELLO_SCRIPT})).json()["id"] for _ in range(5)]
    seen, token, pages = [], "", 0
    while True:
        page = await b.get_json(f"/talks?limit=2&token={token}")
        seen += [one["id"] for one in page["talks"]]
        pages += 1
        if "token" not in page:
            break
        token = page["token"]
    assert (seen, pages) == (made[::-1], 3)


async def test_a_page_that_ends_the_list_has_no_token(b: SandboxHarness) -> None:
    """Exactly as many jobs as asked for is the whole list."""
    for _ in range(2):
        await b.post_json("/talks", {"script": HELLO_SCRIPT})
    assert "token" not in await b.get_json("/talks?limit=2")


async def test_a_bad_page_is_refused(b: SandboxHarness) -> None:
    """A limit or token that was never given out is a bad request."""
    for query in ("limit=0", "limit=x", "limit=1001", "token=%7E", "token=abc", "limit=" + "9" * 5000, BEYOND_BASICS):
        answer = await b.client.get(f"/talks?{query}")
        assert answer.status_code == 400, query
        assert_matches(answer.json(), ERROR)


async def test_a_job_of_one_kind_is_unknown_to_the_others(b: SandboxHarness) -> None:
    """An id only exists under its own generator."""
    job = await b.make_video("/talks", VALID_BODIES["/talks"])
    assert (await b.client.get(f"/clips/{job['id']}")).status_code == 404


async def test_the_spoken_text_never_comes_back(b: SandboxHarness) -> None:
    """Only the length of the script is shown."""
    job = await b.make_video("/talks", {"script": HELLO_SCRIPT, "name": "n"})
    assert "Hello there" not in str(job)
    assert job["script"]["length"] == len("Hello there")
    assert job["config"]["result_format"] == ".mp4"
    assert isinstance(job["duration"], int)
    assert not job["started_at"].endswith("Z")
    assert job["user"]["email"].endswith("@example.invalid")


async def test_where_user_data_comes_back(tmp_path: Path) -> None:
    """The 201 always echoes it; GET does where the schema declares it, elsewhere as the setting says."""
    async with sandbox_harness(tmp_path, echo_user_data=False) as b:
        for path, echoed in (("/talks", False), ("/expressives", True), ("/clips", False), ("/scenes", True)):
            answer = await b.post_json(path, VALID_BODIES[path] | {"user_data": "dt:7"})
            assert answer.json()["user_data"] == "dt:7"
            assert ((await b.get_json(f"{path}/{answer.json()['id']}")).get("user_data") == "dt:7") is echoed
    async with sandbox_harness(tmp_path / "other") as b:
        assert (await b.make_video("/talks", VALID_BODIES["/talks"] | {"user_data": "dt:7"}))["user_data"] == "dt:7"


async def test_several_languages_are_several_jobs_of_one_group(b: SandboxHarness) -> None:
    """Each language has its own id and name; codes and names mean the same."""
    body = {"source_url": FILM_SOURCE, "languages": ["French", "es", "pt-BR"]}
    made = (await b.post_json("/translations", body)).json()["translations"]
    assert [one["name"] for one in made] == ["holiday-french", "holiday-spanish", "holiday-portuguese"]
    assert all("language" not in one for one in made)
    for one in made:
        await b.wait_until_ended("/translations", one["id"])
    await b.make_video("/translations", {"source_url": FILM_SOURCE, "languages": ["German"]})
    party = made[0]["group_id"]
    assert len((await b.get_json(f"/translations?groupId={party}"))["translations"]) == 3
    group = await b.get_json(f"/translations/groups/{party}")
    assert_matches(group, TRANSLATION_GROUP)
    assert (group["status"], group["target_languages"]) == ("done", ["French", "Spanish", "Portuguese"])
    assert (await b.client.get("/translations/groups/grp_none")).status_code == 404


async def test_a_group_in_work_is_validating(b: SandboxHarness) -> None:
    """The group's status is drawn from its members'."""
    b.sandbox.arm_fault("stuck", path="/translations")
    made = (await b.post_json("/translations", {"source_url": FILM_SOURCE, "languages": ["fr"]})).json()["translations"]
    await b.wait_for_status(f"/translations/groups/{made[0]['group_id']}", "validating")


@pytest.mark.parametrize(("choice", "there"), [("expressives", "10"), ("videos", "01"), ("both", "11")])
async def test_v4_lives_where_the_option_says(tmp_path: Path, choice: str, there: str) -> None:
    """Of the two spellings of V4 only the chosen exist; the customer's needs no presenter."""
    async with sandbox_harness(tmp_path, v4_path=choice) as b:
        statuses = [(await b.client.get(path)).status_code for path in ("/expressives", "/videos")]
        assert "".join("1" if status == 200 else "0" for status in statuses) == there
        if choice != "expressives":
            job = await b.make_video("/videos", {"script": HELLO_SCRIPT, "presenter_id": AVATARS[1].id})
            assert_matches(job, SCHEMA_BY_PATH["/videos"])
            assert (await b.get_json("/videos"))["videos"][0]["id"] == job["id"]
            assert (await b.client.delete(f"/videos/{job['id']}")).json()["id"] == job["id"]
            await b.make_video("/videos", {"script": HELLO_SCRIPT})


def _basic_auth(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


VALID_AUTH = (_basic_auth("who:what"), "Basic who:what", "basic who:what", "Bearer token-of-ours")
INVALID_AUTH = (
    _basic_auth("who:what:"),
    _basic_auth("who:wrong"),
    "Basic %%%",
    "Bearer who:what",
    "Digest who:what",
    "Basic",
    "",
)


async def test_keys_are_taken_as_documented_and_no_others(tmp_path: Path) -> None:
    """The key goes as HTTP Basic or pasted raw; the bearer token only as Bearer."""
    async with (
        sandbox_harness(tmp_path, key="who:what", bearer="token-of-ours") as b,
        httpx.AsyncClient(base_url=b.url) as client,
    ):
        for header in VALID_AUTH:
            assert (await client.get("/credits", headers={"Authorization": header})).status_code == 200, header
        for header in INVALID_AUTH:
            answer = await client.get("/credits", headers={"Authorization": header})
            assert answer.status_code == 401, header
            assert answer.json() == {"kind": "AuthorizationError", "description": "user unauthenticated"}


async def test_a_wrong_verb_or_path_is_not_allowed(b: SandboxHarness) -> None:
    """D-ID says 405 to both."""
    for method, path in (("PUT", "/talks"), ("DELETE", "/talks"), ("GET", "/nowhere"), ("POST", "/")):
        answer = await b.client.request(method, path)
        assert (answer.status_code, answer.json()["kind"]) == (405, "MethodNotAllowedError")
