"""The console as a chat: one card per job, the video in it, and everything people do becomes a call of the desk."""

from pathlib import Path

import pytest

from bot.jobs.job import JobFilter
from bot.wiring.faces import portrait_paths
from tests.adapters.chats.console.console_harness import ConsoleHarness, console_harness
from tests.fakes.studio import FakeStudio

FACE = portrait_paths()["ada"]


async def test_a_command_becomes_a_card_and_the_card_the_video(b: ConsoleHarness) -> None:
    """One message from “on it” to the finished video, with the words for those who cannot see it."""
    ana = await b.open_page()
    answer = await ana.say_line("/didtalk Welcome aboard!")
    done = await ana.find_card("good")
    assert done["job"] == answer["jobs"][0]
    assert done["video"]["alt_text"].endswith("saying: Welcome aboard!")
    assert (done["asker"], done["mentions"]) == ("ana", "ana")
    assert len([each for each in (await ana.read_messages()).values() if each.get("job")]) == 1


async def test_the_same_click_twice_is_one_job(b: ConsoleHarness) -> None:
    """An answer that got lost makes the page send again; the person gets one video."""
    ana = await b.open_page()
    for _ in range(2):
        await ana.say_line("/didtalk Only once, please", idempotency_key="the-same-click")
        await ana.say_line("Only one message", idempotency_key="the-same-words")
    await ana.find_card("good")
    assert len(b.studio.charged_markers) == 1
    assert len([each for each in (await ana.read_messages()).values() if each.get("text") == "Only one message"]) == 1


async def test_lookups_are_private_and_said_once(b: ConsoleHarness) -> None:
    """Help is for whoever asked, and a repeated question shows one answer."""
    ana, ben = await b.open_page("ana"), await b.open_page("ben")
    for _ in range(2):
        await ana.say_line("/did help", idempotency_key="one-question")
    mine = [each for each in (await ana.read_messages()).values() if each["private"]]
    assert [each["card"]["title"] for each in mine] == ["didtalk makes talking videos in your chat"]
    assert not [each for each in (await ben.read_messages()).values() if each["private"]]
    assert (await ben.post_action("remove", message=mine[0]["id"])).status_code == 422


async def test_a_reaction_starts_a_job_in_the_thread(b: ConsoleHarness) -> None:
    """The clapper board on a picture with words makes it talk, beneath it; taking it back and again starts nothing."""
    ana = await b.open_page()
    face = (await ana.upload_file("face.png", FACE.read_bytes())).json()
    message = (await ana.say_line("Hello from a picture", files=[face["key"]]))["message"]
    for on in (True, False, True):
        assert (await ana.post_action("react", message=message["id"], emoji="🎬", on=on)).status_code == 200
    done = await ana.find_card("good", thread=message["id"])
    assert "Hello from a picture" in done["card"]["title"]
    assert len(b.studio.charged_markers) == 1
    assert (await ana.read_messages())[message["id"]]["reactions"] == {"🎬": ["ana"]}


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_a_card_leads_to_is_where_the_card_is(b: ConsoleHarness, in_thread: bool) -> None:
    """By a button and by a reaction, in the channel and in a thread."""
    ana = await b.open_page()
    thread = (await ana.say_line("Let us meet here"))["message"]["id"] if in_thread else ""
    await ana.say_line("/didtalk Welcome aboard!", thread=thread)
    card = await ana.find_card("good", thread=thread)
    await ana.post_action("press", message=card["id"], action="redo")
    await ana.post_action("react", message=card["id"], emoji="🔁", on=True)
    jobs = await b.app.jobs.list_jobs(JobFilter())
    assert [job.place.thread for job in jobs] == [thread] * 3


async def test_a_mention_in_a_thread_uses_what_the_thread_began_with(b: ConsoleHarness) -> None:
    """`@didtalk animate` under a picture animates that picture."""
    ana = await b.open_page()
    face = (await ana.upload_file("face.png", FACE.read_bytes())).json()
    root = (await ana.say_line("", files=[face["key"]]))["message"]["id"]
    await ana.say_line("@didtalk animate dance", thread=root)
    assert (await ana.find_card("good", thread=root))["card"]["title"] == "Animated photo: dance"


async def test_a_refused_mention_is_answered_where_only_the_person_sees_it(b: ConsoleHarness) -> None:
    """What cannot be done is said privately, beside the message, which stays."""
    ana, ben = await b.open_page("ana"), await b.open_page("ben")
    await ana.say_line("@didtalk translate klingon")
    said = await ana.find_message(private=True)
    assert said["text"].endswith(".")
    assert said["id"] not in await ben.read_messages()


async def test_buttons_cancel_redo_and_tell(tmp_path: Path) -> None:
    """Cancel stops a job, Redo asks for the same, Details tells; only the asker or an admin may cancel."""
    studio = FakeStudio()
    studio.finish_at_once = False
    async with console_harness(tmp_path, studio) as b:
        ana, ben = await b.open_page("ana"), await b.open_page("ben")
        await ana.say_line("/didtalk Stop me if you can")
        busy = await ana.find_card("busy")
        press = {"message": busy["id"], "job": busy["job"]}
        no = await ben.post_action("press", action="cancel", **press)
        assert (no.status_code, no.json()["error"]) == (
            422,
            "Only the requester or a moderator can cancel this.",
        )
        assert (await ana.post_action("press", action="cancel", **press)).status_code == 200
        assert (await ana.find_card("calm"))["card"]["lines"][0] == "Cancelled."
        assert (await ana.post_action("press", action="cancel", **press)).status_code == 200
        details = (await ana.post_action("press", action="details", **press)).json()["card"]
        assert "script: Stop me if you can" in details["lines"]
        await ana.post_action("press", action="redo", **press)
        assert (await ana.find_card("busy"))["job"] != busy["job"]


async def test_a_deleted_job_leaves_nothing_to_act_on(b: ConsoleHarness) -> None:
    """After Delete the message is empty, and any button or reaction that comes late is told so."""
    ana = await b.open_page()
    await ana.say_line("/didtalk Soon to be gone")
    done = await ana.find_card("good")
    gone = {"message": done["id"], "job": done["job"]}
    deleted = await ana.post_action("press", action="confirm_delete", **gone)
    assert deleted.status_code == 200, deleted.text
    left = (await ana.read_messages())[done["id"]]
    assert left["deleted"]
    assert "card" not in left
    for late in (
        await ana.post_action("press", action="redo", **gone),
        await ana.post_action("react", message=done["id"], emoji="🔁", on=True),
        await ana.post_action("remove", message=done["id"]),
    ):
        assert late.status_code == 422
        assert "deleted" in late.json()["error"]
    video = await b.client.get(f"/console/files/file/{done['video']['key']}")
    assert video.status_code == 404


async def test_a_notice_reaches_a_subscribed_channel_once_and_leads_to_the_video(b: ConsoleHarness) -> None:
    """Another channel hears that it is done, who subscribed it, and where the video is."""
    ana = await b.open_page()
    told = await ana.say_line("/did subscribe done", channel="studio-news")
    assert not told["jobs"]
    await ana.say_line("/didtalk Big news")
    done = await ana.find_card("good", channel="general")
    notice = await ana.find_card("good", channel="studio-news")
    assert notice["linked_message"] == done["id"]
    assert any("Ana" in line or "ana" in line for line in notice["card"]["lines"])


async def test_a_form_asks_for_what_it_says_and_complains_at_the_field(b: ConsoleHarness) -> None:
    """Declared options come filled in; what is wrong is said where it is wrong, and nothing is recorded."""
    ana = await b.open_page()
    face = (await ana.upload_file("face.png", FACE.read_bytes())).json()
    message = (await ana.say_line("Words of a message", files=[face["key"]]))["message"]["id"]
    form = await ana.get_json("form", message=message, action="talk")
    had = {each["field"]: each["value"] for each in form["fields"] if each["value"] is not None}
    assert had["script"] == "Words of a message"
    assert had["image"]["address"] == f"shelf:{face['key']}"
    bad = await ana.post_action("ask", kind=form["kind"], values=had | {"logo_at": "here"}, message=message)
    assert bad.json()["field"] == "logo_at"
    good = await ana.post_action("ask", kind=form["kind"], values=had | {"voice": "Sara"}, message=message)
    assert good.json()["thread"] == message
    assert (await ana.find_card("good", thread=message))["job"] == good.json()["jobs"][0]
    assert len(await b.app.jobs.list_jobs(JobFilter(platform="console"))) == 1


async def test_edit_and_translate_begin_with_what_was_made(b: ConsoleHarness) -> None:
    """Edit & redo shows what was asked; Translate… has the video in it already."""
    ana = await b.open_page()
    await ana.say_line("/didtalk Once more with feeling --voice Sara --stitch")
    job = (await ana.find_card("good"))["job"]
    edit = {each["field"]: each["value"] for each in (await ana.get_json("form", job=job, action="edit"))["fields"]}
    assert (edit["script"], edit["voice"], edit["stitch"]) == ("Once more with feeling", "Sara", True)
    translate = await ana.get_json("form", job=job, action="translate")
    assert translate["kind"] == "translate"
    video = next(each["value"] for each in translate["fields"] if each["field"] == "video")
    asked = await ana.post_action(
        "ask", kind="translate", values={"video": video, "languages": "es, fr"}, channel="general"
    )
    assert len(asked.json()["jobs"]) == 2


async def test_only_files_that_were_left_here_can_be_used(b: ConsoleHarness) -> None:
    """A form cannot name a file of somebody's making up."""
    ana = await b.open_page()
    for at in ("shelf:../secret", "shelf:dt-none.mp4", "slack:F1", "file:/etc/passwd"):
        answer = await ana.post_action("ask", kind="animate", values={"image": {"address": at}}, channel="general")
        assert answer.status_code == 422
    assert (await ana.post_action("say", text="/did animate", channel="general", files=["nothing"])).status_code == 422


async def test_a_persons_own_defaults_hold_in_the_console_too(tmp_path: Path) -> None:
    """Said to Ana alone, and used for what she asks next by words and by a form."""
    async with console_harness(tmp_path) as b:
        ana = await b.open_page("ana")
        answer = await ana.say_line("/did settings mine --voice Sara --image ben")
        assert answer["card"]["lines"][:2] == ["Voice: Sara", "Image: ben"]
        ben = await b.open_page("ben")
        assert not any("Your defaults" in str(message) for message in (await ben.read_messages()).values())
        await ana.say_line("/didtalk Hello there")
        await ana.post_action("ask", kind="say", channel="general", values={"script": "Hello from a form"})
        made = [job.request.model_dump() for job in await b.app.jobs.list_jobs(JobFilter())]
        assert {(each["voice"], each["image"]["name"]) for each in made} == {("Sara", "ben")}
