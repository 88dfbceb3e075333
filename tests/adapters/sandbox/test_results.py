"""Result links, catalogues and credits."""

import asyncio
from pathlib import Path

from adapters.sandbox.api.did.generators import languages
from adapters.sandbox.api.did.presenters import AVATARS, PRESENTERS
from adapters.sandbox.clock import DAY_SECONDS
from adapters.sandbox.render.order import RenderedVideo, RenderOrder, SpeechVoice
from tests.adapters.sandbox.did_schemas import AVATAR, CREDITS, ERROR, PRESENTER, VOICE, array_schema, assert_matches
from tests.adapters.sandbox.sandbox_harness import HELLO_SCRIPT, SandboxHarness, sandbox_harness

SPOKEN_TALK = {"script": HELLO_SCRIPT | {"subtitles": True}}


async def test_a_result_link_dies_after_a_day(b: SandboxHarness) -> None:
    """Twenty-four hours after the end the link answers 403 in XML; the list hands out the same dead link."""
    job = await b.make_video("/talks", SPOKEN_TALK)
    b.clock.jump(DAY_SECONDS - 1)
    assert (await b.client.get(job["result_url"])).status_code == 200
    b.clock.jump(2)
    dead = await b.client.get(job["result_url"])
    assert (dead.status_code, dead.headers["content-type"]) == (403, "application/xml")
    assert (await b.get_json("/talks"))["talks"][0]["result_url"] == job["result_url"]


async def test_v4_and_translations_sign_anew_when_asked_alone(b: SandboxHarness) -> None:
    """Their pages promise a fresh link on GET by id; the list still has the stored one."""
    job = await b.make_video("/expressives", SPOKEN_TALK | {"avatar_id": AVATARS[0].id})
    b.clock.jump(2 * DAY_SECONDS)
    alone = await b.get_json(f"/expressives/{job['id']}")
    assert (await b.client.get(alone["result_url"])).status_code == 200
    listed = (await b.get_json("/expressives"))["expressives"][0]
    assert (await b.client.get(listed["result_url"])).status_code == 403


async def test_a_link_cannot_be_bent(b: SandboxHarness) -> None:
    """Another job, role or time than the signed one is refused."""
    job, other = await b.make_video("/talks", SPOKEN_TALK), await b.make_video("/talks", SPOKEN_TALK)
    link = job["result_url"]
    for bent in (
        link.replace(job["id"], other["id"]),
        link.replace("/result/", "/source/"),
        link.replace("Expires=1", "Expires=2"),
        link.partition("?")[0],
        link + "0",
    ):
        assert (await b.client.get(bent)).status_code == 403
    assert (await b.client.get(link.replace("/result/", "/result/..%2F"))).status_code != 200


async def test_results_can_be_fetched_in_parts(b: SandboxHarness) -> None:
    """Ranges and HEAD work as with any object store."""
    link = (await b.make_video("/talks", SPOKEN_TALK))["result_url"]
    whole = (await b.client.get(link)).content
    part = await b.client.get(link, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    head = await b.client.head(link)
    assert int(head.headers["content-length"]) == len(whole)


async def test_captions_lie_beside_the_film(b: SandboxHarness) -> None:
    """A talk's captions have the film's address with another suffix; V4 names them."""
    talk = await b.make_video("/talks", SPOKEN_TALK)
    assert "subtitles_url" not in talk
    assert "-->" in (await b.client.get(talk["result_url"].replace(".mp4?", ".srt?"))).text
    v4 = await b.make_video("/expressives", SPOKEN_TALK | {"avatar_id": AVATARS[0].id})
    assert "-->" in (await b.client.get(v4["subtitles_url"])).text
    plain = await b.make_video("/talks", {"script": HELLO_SCRIPT})
    assert (await b.client.get(plain["result_url"].replace(".mp4?", ".srt?"))).status_code == 404


async def test_links_follow_the_host_that_asks(b: SandboxHarness) -> None:
    """The result lies where the caller reaches the sandbox, so a restart on another port changes nothing."""
    job = await b.make_video("/talks", SPOKEN_TALK)
    seen = (await b.client.get(f"/talks/{job['id']}", headers={"Host": "sandbox.invalid:81"})).json()
    assert seen["result_url"].startswith("http://sandbox.invalid:81/files/")


async def test_credits_fall_with_each_job(b: SandboxHarness) -> None:
    """Talks cost by length, an animation one, a translation four for each language; refusals nothing."""
    await b.post_json("/talks", {"script": HELLO_SCRIPT | {"input": "x" * 226}, "user_data": "dt:1", "name": "n"})
    await b.post_json("/talks", {"script": HELLO_SCRIPT, "config": {"pad_audio": 15}})
    await b.post_json("/animations", {})
    await b.post_json("/translations", {"source_url": "https://a.invalid/v.mp4", "languages": ["fr", "de"]})
    await b.post_json("/talks", {})
    charges = await b.sandbox.ledger()
    assert [charge.credits for charge in charges] == [2, 2, 1, 4, 4]
    assert (charges[0].user_data, charges[0].name, charges[0].kind) == ("dt:1", "n", "talk")
    left = await b.get_json("/credits")
    assert_matches(left, CREDITS)
    assert (left["remaining"], left["total"]) == (1000 - 13, 1000)
    assert (await b.get_json("/sandbox/ledger"))["spent"] == 13


async def test_an_empty_purse_buys_nothing(tmp_path: Path) -> None:
    """The last credit is spent once; then 402, no job and no charge, not even for one of two languages."""
    async with sandbox_harness(tmp_path, credits=5) as b:
        both = {"source_url": "https://a.invalid/v.mp4", "languages": ["fr", "de"]}
        assert (await b.post_json("/translations", both)).status_code == 402
        assert (await b.get_json("/translations"))["translations"] == []
        for _ in range(5):
            assert (await b.post_json("/animations", {})).status_code == 201
        refused = await b.post_json("/animations", {})
        assert refused.status_code == 402
        assert_matches(refused.json(), ERROR)
        assert refused.json()["kind"] == "InsufficientCreditsError"
        assert len((await b.get_json("/animations"))["animations"]) == len(await b.sandbox.ledger()) == 5
    async with sandbox_harness(tmp_path / "none", credits=0) as b:
        assert (await b.client.get("/credits")).status_code == 404


async def test_calls_are_counted_by_path_template(b: SandboxHarness) -> None:
    """How often a bot asked is told by method and path, ids left out."""
    await b.make_video("/talks", SPOKEN_TALK)
    await b.client.get("/talks/tlk_none")
    calls = b.sandbox.context.call_counts
    assert calls["POST", "/talks"] == 1
    assert calls["GET", "/talks/{id}"] >= 2
    told = {(one["method"], one["path"]): one["count"] for one in await b.get_json("/sandbox/calls")}
    assert told["POST", "/talks"] == 1


async def test_voices_are_found_by_provider_and_id(b: SandboxHarness) -> None:
    """Every provider has some, every language of translation has one, ids are unique."""
    voices = await b.get_json("/tts/voices")
    assert_matches(voices, array_schema(VOICE))
    assert len(voices) >= 60
    assert len({voice["id"] for voice in voices if voice["provider"] != "amazon"}) + 24 >= len(voices)
    assert {tongue["language"] for voice in voices for tongue in voice["languages"]} >= set(languages())
    amazon = await b.get_json("/tts/voices?provider=amazon")
    assert {voice["provider"] for voice in amazon} == {"amazon"}
    one = await b.get_json("/tts/voices?provider=microsoft&id=en-US-JennyNeural")
    assert [voice["name"] for voice in one] == ["Jenny"]
    assert (await b.client.get("/tts/voices?provider=playht")).status_code == 400


async def test_people_are_listed(b: SandboxHarness) -> None:
    """Avatars with their sentiments, presenters in pages with their drivers, instant avatars."""
    avatars = (await b.get_json("/expressives/avatars"))["avatars"]
    assert_matches(avatars, array_schema(AVATAR))
    assert all(len(avatar["sentiments"]) == 5 for avatar in avatars)
    assert (await b.get_json(f"/expressives/avatars/{avatars[0]['id']}"))["id"] == avatars[0]["id"]
    first = await b.get_json("/clips/presenters?limit=3")
    rest = await b.get_json(f"/clips/presenters?limit=3&token={first['token']}")
    assert_matches(first["presenters"], array_schema(PRESENTER))
    assert [p["presenter_id"] for p in first["presenters"] + rest["presenters"]] == [p.id for p in PRESENTERS]
    assert "token" not in rest
    path = f"/clips/presenters/{PRESENTERS[0].id}"
    assert (await b.get_json(path))["presenters"][0]["name"] == PRESENTERS[0].name
    assert len((await b.get_json(f"{path}/drivers"))["clips_drivers"]) == 2
    assert len((await b.get_json("/scenes/avatars"))["avatars"]) == 2
    for path in ("/expressives/avatars/nobody", "/clips/presenters/nobody", "/clips/presenters/nobody/drivers"):
        assert (await b.client.get(path)).status_code == 404


class SamplingRenderer:
    """A renderer that can let a voice be heard."""

    async def render(self, order: RenderOrder) -> RenderedVideo:
        raise NotImplementedError

    async def render_sample(self, voice: SpeechVoice, text: str, out: Path) -> None:
        await asyncio.to_thread(out.write_bytes, b"RIFF" + voice.language.encode())


async def test_voices_can_be_heard_if_the_renderer_speaks(b: SandboxHarness, tmp_path: Path) -> None:
    """The preview is made when first asked for, for known voices only."""
    assert (await b.client.get("/sandbox/voices/Amy.wav")).status_code == 404
    async with sandbox_harness(tmp_path / "singing", renderer=SamplingRenderer()) as singing:
        listed = await singing.get_json("/tts/voices?id=Bianca")
        heard = await singing.client.get(listed[0]["languages"][0]["previewUrl"])
        assert heard.content == b"RIFFit-IT"
        assert (await singing.client.get("/sandbox/voices/Nobody.wav")).status_code == 404
