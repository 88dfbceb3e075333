"""The console as a chat: one card per job, the video in it, and everything people do becomes a call of the desk."""

from pathlib import Path

from bot.jobs.job import Wanted
from bot.wiring.portraits import portraits
from tests.adapters.console.bench import Bench, bench
from tests.fakes.studio import FakeStudio

FACE = portraits()["ada"]


async def test_a_command_becomes_a_card_and_the_card_the_video(b: Bench) -> None:
    """One message from “on it” to the finished video, with the words for those who cannot see it."""
    ana = await b.page()
    answer = await ana.say("/didtalk Welcome aboard!")
    done = await ana.card("good")
    assert done["job"] == answer["jobs"][0]
    assert done["film"]["alt"].endswith("saying: Welcome aboard!")
    assert (done["asked_by"], done["calls"]) == ("ana", "ana")
    assert len([each for each in (await ana.leaves()).values() if each.get("job")]) == 1


async def test_the_same_click_twice_is_one_job(b: Bench) -> None:
    """An answer that got lost makes the page send again; the person gets one video."""
    ana = await b.page()
    for _ in range(2):
        await ana.say("/didtalk Only once, please", once="the-same-click")
        await ana.say("Only one message", once="the-same-words")
    await ana.card("good")
    assert len(b.studio.charged) == 1
    assert len([each for each in (await ana.leaves()).values() if each.get("text") == "Only one message"]) == 1


async def test_lookups_are_private_and_said_once(b: Bench) -> None:
    """Help is for whoever asked, and a repeated question shows one answer."""
    ana, ben = await b.page("ana"), await b.page("ben")
    for _ in range(2):
        await ana.say("/did help", once="one-question")
    mine = [each for each in (await ana.leaves()).values() if each["private"]]
    assert [each["card"]["title"] for each in mine] == ["didtalk makes talking videos in your chat"]
    assert not [each for each in (await ben.leaves()).values() if each["private"]]
    assert (await ben.post("remove", message=mine[0]["id"])).status_code == 422


async def test_a_reaction_starts_a_job_in_the_thread(b: Bench) -> None:
    """The clapper board on a picture with words makes it talk, beneath it; taking it back and again starts nothing."""
    ana = await b.page()
    face = (await ana.upload("face.png", FACE.read_bytes())).json()
    leaf = (await ana.say("Hello from a picture", files=[face["key"]]))["leaf"]
    for on in (True, False, True):
        assert (await ana.post("react", message=leaf["id"], emoji="🎬", on=on)).status_code == 200
    done = await ana.card("good", thread=leaf["id"])
    assert "Hello from a picture" in done["card"]["title"]
    assert len(b.studio.charged) == 1
    assert (await ana.leaves())[leaf["id"]]["reactions"] == {"🎬": ["ana"]}


async def test_a_mention_in_a_thread_uses_what_the_thread_began_with(b: Bench) -> None:
    """`@didtalk animate` under a picture animates that picture."""
    ana = await b.page()
    face = (await ana.upload("face.png", FACE.read_bytes())).json()
    root = (await ana.say("", files=[face["key"]]))["leaf"]["id"]
    await ana.say("@didtalk animate dance", thread=root)
    assert (await ana.card("good", thread=root))["card"]["title"] == "Animation: dance"


async def test_a_refused_mention_is_answered_where_only_the_person_sees_it(b: Bench) -> None:
    """What cannot be done is said privately, in the thread, and the message stays."""
    ana, ben = await b.page("ana"), await b.page("ben")
    root = (await ana.say("@didtalk translate klingon"))["leaf"]["id"]
    said = await ana.find(thread=root, private=True)
    assert said["text"].endswith(".")
    assert said["id"] not in await ben.leaves()


async def test_buttons_cancel_redo_and_tell(tmp_path: Path) -> None:
    """Cancel stops a job, Redo asks for the same, Details tells; only the asker or an admin may cancel."""
    studio = FakeStudio()
    studio.finish_at_once = False
    async with bench(tmp_path, studio) as b:
        ana, ben = await b.page("ana"), await b.page("ben")
        await ana.say("/didtalk Stop me if you can")
        busy = await ana.card("busy")
        press = {"message": busy["id"], "job": busy["job"]}
        no = await ben.post("press", act="cancel", **press)
        assert (no.status_code, no.json()["error"]) == (
            422,
            "Only whoever asked for it, or a moderator, can cancel this.",
        )
        assert (await ana.post("press", act="cancel", **press)).status_code == 200
        assert (await ana.card("calm"))["card"]["lines"][0] == "Cancelled."
        assert (await ana.post("press", act="cancel", **press)).status_code == 200
        details = (await ana.post("press", act="details", **press)).json()["card"]
        assert "script: Stop me if you can" in details["lines"]
        await ana.post("press", act="redo", **press)
        assert (await ana.card("busy"))["job"] != busy["job"]


async def test_a_deleted_job_leaves_nothing_to_act_on(b: Bench) -> None:
    """After Delete the message is empty, and any button or reaction that comes late is told so."""
    ana = await b.page()
    await ana.say("/didtalk Soon to be gone")
    done = await ana.card("good")
    gone = {"message": done["id"], "job": done["job"]}
    assert (await ana.post("press", act="delete", **gone)).status_code == 200
    left = (await ana.leaves())[done["id"]]
    assert left["gone"]
    assert "card" not in left
    for late in (
        await ana.post("press", act="redo", **gone),
        await ana.post("react", message=done["id"], emoji="🔁", on=True),
        await ana.post("remove", message=done["id"]),
    ):
        assert late.status_code == 422
        assert "deleted" in late.json()["error"]
    film = await b.client.get(f"/console/files/file/{done['film']['key']}")
    assert film.status_code == 404


async def test_a_notice_reaches_a_subscribed_channel_once_and_leads_to_the_video(b: Bench) -> None:
    """Another channel hears that it is done, who subscribed it, and where the video is."""
    ana = await b.page()
    told = await ana.say("/did subscribe done", channel="studio-news")
    assert not told["jobs"]
    await ana.say("/didtalk Big news")
    done = await ana.card("good", channel="general")
    notice = await ana.card("good", channel="studio-news")
    assert notice["points"] == done["id"]
    assert any("Ana" in line or "ana" in line for line in notice["card"]["lines"])


async def test_a_form_asks_for_what_it_says_and_complains_at_the_field(b: Bench) -> None:
    """Declared options come filled in; what is wrong is said where it is wrong, and nothing is recorded."""
    ana = await b.page()
    face = (await ana.upload("face.png", FACE.read_bytes())).json()
    leaf = (await ana.say("Words of a message", files=[face["key"]]))["leaf"]["id"]
    form = await ana.get("form", message=leaf, action="talk")
    had = {each["field"]: each["value"] for each in form["fields"] if each["value"] is not None}
    assert had["script"] == "Words of a message"
    assert had["image"]["at"] == f"shelf:{face['key']}"
    bad = await ana.post("ask", kind=form["kind"], values=had | {"logo_at": "here"}, message=leaf)
    assert bad.json()["field"] == "logo_at"
    good = await ana.post("ask", kind=form["kind"], values=had | {"voice": "Sara"}, message=leaf)
    assert good.json()["thread"] == leaf
    assert (await ana.card("good", thread=leaf))["job"] == good.json()["jobs"][0]
    assert len(await b.app.jobs.pick(Wanted(platform="console"))) == 1


async def test_edit_and_translate_begin_with_what_was_made(b: Bench) -> None:
    """Edit & redo shows what was asked; Translate… has the video in it already."""
    ana = await b.page()
    await ana.say("/didtalk Once more with feeling --voice Sara --stitch")
    job = (await ana.card("good"))["job"]
    edit = {each["field"]: each["value"] for each in (await ana.get("form", job=job, act="edit"))["fields"]}
    assert (edit["script"], edit["voice"], edit["stitch"]) == ("Once more with feeling", "Sara", True)
    translate = await ana.get("form", job=job, act="translate")
    assert translate["kind"] == "translate"
    video = next(each["value"] for each in translate["fields"] if each["field"] == "video")
    asked = await ana.post("ask", kind="translate", values={"video": video, "languages": "es, fr"}, channel="general")
    assert len(asked.json()["jobs"]) == 2


async def test_only_files_that_were_left_here_can_be_used(b: Bench) -> None:
    """A form cannot name a file of somebody's making up."""
    ana = await b.page()
    for at in ("shelf:../secret", "shelf:dt-none.mp4", "slack:F1", "file:/etc/passwd"):
        answer = await ana.post("ask", kind="animate", values={"image": {"at": at}}, channel="general")
        assert answer.status_code == 422
    assert (await ana.post("say", text="/did animate", channel="general", files=["nothing"])).status_code == 422


async def test_a_persons_own_defaults_hold_in_the_console_too(tmp_path: Path) -> None:
    """Said to Ana alone, and used for what she asks next by words and by a form."""
    async with bench(tmp_path) as b:
        ana = await b.page("ana")
        answer = await ana.say("/did settings mine --voice Sara --image ben")
        assert answer["card"]["lines"][:2] == ["Voice: Sara", "Image: ben"]
        ben = await b.page("ben")
        assert not any("Your defaults" in str(leaf) for leaf in (await ben.leaves()).values())
        await ana.say("/didtalk Hello there")
        await ana.post("ask", kind="say", channel="general", values={"script": "Hello from a form"})
        made = [job.request.model_dump() for job in await b.app.jobs.pick(Wanted())]
        assert {(each["voice"], each["image"]["name"]) for each in made} == {("Sara", "ben")}
