"""The three promises, with every part but the engine played: nothing lost, nothing paid twice, nothing posted twice."""

import asyncio
from pathlib import Path

import pytest

from bot.chats.chat import VideoFiles
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, Trouble, TryAgain, Unsure, Unusable
from bot.jobs.job import Job, LedgerEntry, Stage
from bot.requests.media import Media, MediaKind, StoredVideo
from bot.studios.studio import Failed
from bot.wording.cards import Card, job_card
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness
from tests.fakes.chat import FakeChat
from tests.fakes.clock import ManualClock, advance_slowly
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import a_job
from tests.fakes.studio import FakeStudio


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path)


async def test_a_request_becomes_a_video_in_the_chat(bench: BotHarness) -> None:
    """Asked, made, kept, posted: once each, and the ledger tells the story."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert bench.studio.charged_markers == [job.marker]
    assert bench.chat.videos == [(job.id, b"a video of " + job.marker.encode())]
    assert [entry.event for entry in await bench.jobs.ledger_of(job.id)] == ["submitted", "made", "delivered"]
    assert job.asker_notified
    assert job.stored_video
    assert job.stored_video.seconds == 3.0


async def test_a_permission_withdrawn_after_the_yes_is_noticed_before_the_paid_call(bench: BotHarness) -> None:
    """A video that cannot be posted is not bought."""
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        bench.chat.fail_next("check_can_deliver", Refused("The app is missing the permission files:write."))
        failed = await bench.wait_for_stage(job, "failed")
    assert failed.reason == "The app is missing the permission files:write."
    assert bench.studio.charged_markers == []


@pytest.mark.parametrize(
    ("trouble", "offered"),
    [
        (Refused("“page.png” is not a picture."), None),  # our own check
        (Spoiled("D-ID's moderation does not allow this text."), None),
        (OutOfCredit("No credits left."), "heygen"),
        (Locked("Not in the plan."), "heygen"),
        (Unusable("No face was found."), "heygen"),
    ],
)
async def test_another_studio_is_offered_only_where_it_may_see_it_differently(
    bench: BotHarness, trouble: Trouble, offered: str | None
) -> None:
    """A file that is no picture is none anywhere, and a moderation is not to be passed by with a click."""
    bench.other_studios["heygen"] = FakeStudio("heygen", "HeyGen")
    bench.studio.fail_next("prepare", trouble)
    async with bench.running() as (_, desk):
        failed = await bench.wait_for_stage(await bench.ask_for_job(desk), "failed")
    assert failed.other_studio == offered


@pytest.mark.parametrize(("moderated", "offered"), [(True, None), (False, "heygen")])
async def test_a_moderated_video_is_offered_nowhere_else(
    bench: BotHarness, moderated: bool, offered: str | None
) -> None:
    """Also when the no comes while it is rendered."""
    bench.other_studios["heygen"] = FakeStudio("heygen", "HeyGen")
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "rendering")
        bench.studio.failures[job.ticket or ""] = Failed("D-ID stopped this.", moderated)
        failed = await bench.wait_for_stage(job, "failed")
    assert failed.other_studio == offered


@pytest.mark.parametrize(("shortest", "offered"), [(None, True), (2.0, True), (10.0, False)])
async def test_translate_is_offered_only_for_videos_long_enough(
    bench: BotHarness, shortest: float | None, offered: bool
) -> None:
    """A video of three seconds was refused after the yes, in public."""
    bench.studio.min_translation_seconds = shortest
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert ("Translate…" in [button.label for button in job_card(job, 0.0).buttons]) is offered


async def test_the_same_gesture_twice_is_one_job(bench: BotHarness) -> None:
    """A chat may send an event again; the person gets one video."""
    async with bench.running() as (_, desk):
        first = await bench.ask_for_job(desk, once="Ev1")
        again = await bench.ask_for_job(desk, once="Ev1")
        await bench.wait_for_stage(first, "delivered")
    assert again.id == first.id
    assert len(bench.studio.charged_markers) == 1


async def test_several_languages_are_several_jobs_of_one_group(bench: BotHarness) -> None:
    """Each language has its own video and its own fate."""
    clip = Media(kind=MediaKind.VIDEO, address="shelf:clip.mp4", name="clip.mp4")
    async with bench.running() as (_, desk):
        answer = await desk.run_command(ANA, GENERAL, "/did translate es fr", [clip])
        assert [job.request.languages for job in answer.jobs] == [("Spanish",), ("French",)]  # type: ignore[union-attr]
        assert len({job.group for job in answer.jobs}) == 1
        for job in answer.jobs:
            await bench.wait_for_stage(job, "delivered")
    assert len(bench.chat.videos) == 2


async def test_a_lost_answer_is_looked_up_and_never_paid_again(bench: BotHarness) -> None:
    """The studio took the job but we never heard: the ticket is found, and nothing is submitted again."""
    bench.studio.lost_responses = 1
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert bench.studio.charged_markers == [job.marker]
    assert bench.studio.calls.count("submit") == 1


async def test_only_a_proven_absence_is_tried_again(bench: BotHarness) -> None:
    """A call that never arrived is repeated, but not before it can no longer arrive."""
    bench.studio.fail_next("submit", Unsure("No answer."))
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(25)
        assert bench.studio.calls.count("submit") == 1
        await bench.wait_for_stage(job, "delivered")
    assert bench.studio.calls.count("submit") == 2
    assert len(bench.studio.charged_markers) == 1


async def test_a_doubt_ends_at_the_first_moment_it_can(bench: BotHarness) -> None:
    """Pauses between looks grow, but never past the moment from which an absence proves something."""
    bench.settle_seconds = 10.0
    bench.studio.fail_next("submit", Unsure("No answer."))
    bench.studio.fail_next("find", *[Unsure("Cannot tell.")] * 2)
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(9)
        found = await bench.jobs.get(job.id)
    assert found
    assert found.due_at
    assert found.doubtful_at
    assert bench.studio.calls.count("find") == 2
    assert found.due_at - found.doubtful_at == 10.0


@pytest.mark.slow
async def test_jobs_in_doubt_keep_nobody_waiting(bench: BotHarness) -> None:
    """After a bad day many jobs are looked for, and looking is slow; a few at once, while all others go on."""
    bench.studio.recover_gate = asyncio.Event()
    doubtful = [a_job(stage=Stage.SUBMITTING, place=GENERAL, due_at=0.0, doubtful_at=1.0) for _ in range(40)]
    await bench.jobs.add(doubtful)
    async with bench.running() as (_, desk):
        await bench.clock.advance(5)
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        assert bench.studio.calls.count("find") == 4
        bench.studio.tickets |= {job.marker: "t0" for job in doubtful}
        bench.studio.finished_tickets.add("t0")
        bench.studio.recover_gate.set()
        for job in doubtful:
            await bench.wait_for_stage(job, "delivered")
    assert len(bench.studio.charged_markers) == 1


@pytest.mark.slow
async def test_doubt_is_never_resolved_by_paying(bench: BotHarness) -> None:
    """A studio that cannot say whether it took the job is asked for days, and then the job ends with that reason."""
    bench.studio.fail_next("submit", Unsure("No answer."))
    bench.studio.fail_next("find", *[Unsure("Cannot tell.")] * 2000)
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(6 * 3600)  # asked often enough …
        bench.clock.jump(3 * 86400)  # … and long enough
        ended = await bench.wait_for_stage(job, "failed")
    assert bench.studio.charged_markers == []
    assert ended.reason == "D-ID never confirmed this request, so it was not sent again."


async def test_killed_while_submitting_it_looks_before_it_pays(bench: BotHarness) -> None:
    """The process dies after the studio accepted and before the ticket is written."""
    bench.studio.submit_gate = asyncio.Event()
    async with bench.running(crash=True) as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(1)
        found = await bench.jobs.get(job.id)
        assert found
        assert found.stage is Stage.SUBMITTING
        bench.studio.tickets[job.marker] = "t9"  # it arrived after all
        bench.studio.finished_tickets.add("t9")
        bench.studio.charged_markers.append(job.marker)
    bench.studio.submit_gate = None
    async with bench.running():
        await bench.wait_for_stage(job, "delivered")
    assert bench.studio.charged_markers == [job.marker]


async def test_killed_while_delivering_it_looks_before_it_posts(bench: BotHarness) -> None:
    """The video was posted but the answer was lost: it is found, not posted again."""
    bench.chat.lost_responses = 1
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert len(bench.chat.videos) == 1
    assert job.video_message == "v1"


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Refused("The picture shows no face."), "The picture shows no face."),
        (Spoiled("The words were turned down."), "The words were turned down."),
        (OutOfCredit("The account is empty."), "The account is empty."),
        (Locked("The key is wrong."), "The key is wrong."),
    ],
)
async def test_a_refusal_reaches_the_person_and_spends_nothing(
    bench: BotHarness, trouble: Trouble, reason: str
) -> None:
    """What cannot be made ends with its reason in the chat."""
    bench.studio.fail_next("submit", trouble)
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "failed")
    assert job.reason == reason
    assert job.asker_notified
    assert bench.chat.messages["m1"][-1] == f"“Hello there”\n{reason}\nYou weren't charged."


async def test_a_busy_studio_is_asked_again_after_the_pause_it_wants(bench: BotHarness) -> None:
    """`Retry-After` is honoured, and the card says why nothing happens."""
    bench.studio.fail_next("submit", TryAgain("D-ID is busy.", retry_after=120))
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(110)
        assert bench.studio.calls.count("submit") == 1
        assert bench.chat.messages["m1"][-1].endswith("D-ID is busy. Trying again.")
        await bench.wait_for_stage(job, "delivered")
    assert len(bench.studio.charged_markers) == 1


async def test_trouble_that_is_over_soon_is_soon_forgotten(bench: BotHarness) -> None:
    """Many tries in little time, as crashes and a silent studio make them, lead to no pause of minutes."""
    bench.studio.fail_next("submit", *[TryAgain("D-ID asked for a pause.", retry_after=1)] * 8)
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered", seconds=200)
    assert bench.studio.calls.count("submit") == 9
    assert len(bench.studio.charged_markers) == 1
    assert job.asker_notified


async def test_a_doubt_of_a_minute_is_settled_within_another(bench: BotHarness) -> None:
    """However often the list could not be read, what was lost is looked for again soon after it can be."""
    bench.studio.lost_responses = 1
    bench.studio.fail_next("find", *[Unsure("No answer.")] * 6)
    async with bench.running() as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered", seconds=200)
    assert len(bench.studio.charged_markers) == 1


async def test_a_studio_that_is_down_for_an_hour_loses_nothing(bench: BotHarness) -> None:
    """Looks that fail say nothing of the jobs."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(5)
        bench.studio.fail_next("look", *[TryAgain("D-ID cannot be reached.")] * 20)
        bench.studio.finished_tickets.update(bench.studio.tickets.values())
        await bench.wait_for_stage(job, "delivered", seconds=7200)
    assert len(bench.studio.charged_markers) == 1


async def test_a_job_that_the_studio_spoils_ends_with_the_reason(bench: BotHarness) -> None:
    """Moderation may strike after acceptance."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(1)
        bench.studio.failures["t1"] = Failed("D-ID found no face in the picture.")
        ended = await bench.wait_for_stage(job, "failed")
    assert ended.reason == "D-ID found no face in the picture."
    assert "D-ID may have charged for this one." in bench.chat.messages["m1"][-1]


async def test_a_hook_is_looked_at_at_once(bench: BotHarness) -> None:
    """A nudge does not wait for the next look."""
    bench.studio.finish_at_once = False
    async with bench.running() as (engine, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(60)
        bench.studio.finished_tickets.update(bench.studio.tickets.values())
        before = bench.clock.now()
        await engine.nudge(job.id)
        await bench.wait_for_stage(job, "delivered", seconds=1)
        assert bench.clock.now() - before <= 0.5


async def test_a_forged_hook_changes_nothing(bench: BotHarness) -> None:
    """A hook is a nudge: the studio is asked, and says what is true."""
    bench.studio.finish_at_once = False
    async with bench.running() as (engine, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(30)
        await engine.nudge(job.id)
        await engine.nudge("nobody")
        await bench.clock.advance(1)
        found = await bench.jobs.get(job.id)
    assert found
    assert found.stage is Stage.RENDERING


@pytest.mark.slow
async def test_late_is_not_failed(bench: BotHarness) -> None:
    """Past the usual time the card says so, and watching goes on for days."""
    bench.studio.finish_at_once = False
    for n in range(4):
        async with bench.running() as (_, desk):
            job = await bench.ask_for_job(desk, once=f"e{n}")
            await bench.clock.advance(20)
            bench.studio.finished_tickets.update(bench.studio.tickets.values())
            await bench.wait_for_stage(job, "delivered")
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(5)
        said = bench.chat.messages[(await bench.jobs.get(job.id)).card_message or ""]  # type: ignore[union-attr]
        assert "usually about 20 seconds" in said[-1]
        await bench.clock.advance(3600)
        assert "taking longer than usual" in said[-1]
        assert len(said) <= 4  # only what is new is said
        bench.clock.jump(2 * 86400)
        await bench.clock.advance(60)
        bench.studio.finished_tickets.update(bench.studio.tickets.values())
        await bench.wait_for_stage(job, "delivered", seconds=7200)


async def test_no_time_is_promised_without_history(bench: BotHarness) -> None:
    """The first video ever has no estimate."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        await bench.ask_for_job(desk)
        await bench.clock.advance(5)
    assert bench.chat.messages["m1"][-1] == "“Hello there”\nD-ID is making your video."


async def test_a_look_that_failed_proves_nothing_of_the_post(bench: BotHarness) -> None:
    """The answer to a post is lost, and so is the look for it, for now: it is looked for again before all else."""
    bench.chat.lost_responses = 1
    bench.chat.fail_next("find", TryAgain("The chat asks for a pause."))
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert [each for each, _ in bench.chat.videos] == [job.id]


async def test_cancelled_while_rendering_nothing_is_posted_and_the_copy_is_deleted(bench: BotHarness) -> None:
    """The studio cannot be stopped, but what it made is not shown and not kept."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(5)
        await desk.press_button(ANA, GENERAL, "cancel", job.id)
        await bench.clock.advance(1)
        bench.studio.finished_tickets.update(bench.studio.tickets.values())
        await bench.clock.advance(60)
        found = await bench.jobs.get(job.id)
    assert found
    assert (found.stage, found.asker_notified) == (Stage.CANCELLED, True)
    assert bench.chat.videos == []
    assert bench.studio.deleted_tickets == ["t1"]


async def test_a_cancelled_job_is_said_once_however_long_its_copy_takes_to_go(bench: BotHarness) -> None:
    """Its card is not written anew with every try to delete what the studio still makes."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(5)
        await desk.press_button(ANA, GENERAL, "cancel", job.id)
        for _ in range(30):
            await bench.clock.advance(2)
    assert bench.studio.calls.count("delete") > 1
    (said,) = bench.chat.messages.values()
    assert [each for each in said if "Cancelled." in each] == [said[-1]]


async def test_what_is_over_cannot_be_stopped_and_says_so(bench: BotHarness) -> None:
    """With what to do instead; naming no job means one that still goes on."""
    async with bench.running() as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk, "An older one"), "delivered")
        bench.studio.finish_at_once = False
        slow = await bench.wait_for_stage(await bench.ask_for_job(desk, "A slow one"), "rendering")
        bench.studio.finish_at_once = True
        done = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        with pytest.raises(Refused, match=r"Nothing is running\. To remove your last video, use /did delete"):
            await desk.press_button(ANA, GENERAL, "cancel", done.id)
        (stopped,) = (await desk.press_button(ANA, GENERAL, "cancel", "")).jobs
        assert (stopped.id, stopped.stage) == (slow.id, Stage.CANCELLED)


@pytest.mark.parametrize("trouble", [TryAgain("Busy."), Unsure("Lost."), Refused("No.")])
async def test_a_card_that_failed_at_first_is_there_before_the_video(bench: BotHarness, trouble: Trouble) -> None:
    """Chats put the video where the card is; where no card may be, the video comes all the same."""
    bench.chat.fail_next("show", *[trouble] * (9 if isinstance(trouble, Refused) else 2))
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert [each for each, _ in bench.chat.videos] == [job.id]
    assert (job.card_message is None) == isinstance(trouble, Refused)


async def test_cancelled_in_the_middle_of_the_paid_call_its_ticket_is_still_written_down(bench: BotHarness) -> None:
    """What was paid for is known, whatever became of the job."""
    bench.studio.submit_gate = asyncio.Event()
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(1)
        await desk.press_button(ANA, GENERAL, "cancel", job.id)
        bench.studio.submit_gate.set()
        await bench.clock.advance(5)
        found = await bench.jobs.get(job.id)
    assert found
    assert (found.stage, found.ticket) == (Stage.CANCELLED, "t1")
    assert bench.chat.videos == []


async def test_only_the_asker_or_a_moderator_cancels(bench: BotHarness) -> None:
    """Somebody else's job is not yours to stop."""
    bench.studio.finish_at_once = False
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        with pytest.raises(Refused, match="Only the requester or a moderator"):
            await desk.press_button(BEN, GENERAL, "cancel", job.id)
        await desk.press_button(BEN.model_copy(update={"moderator": True}), GENERAL, "cancel", job.id)


async def test_a_step_that_breaks_unexpectedly_is_taken_up_again(bench: BotHarness) -> None:
    """A fault of ours delays one job and stops no other."""
    bench.studio.fail_next("prepare", ValueError("a fault of ours"))
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert len(bench.studio.charged_markers) == 1
    assert job.asker_notified


async def test_a_chat_that_is_away_is_posted_to_later(bench: BotHarness) -> None:
    """A card that cannot be shown holds nothing up; a video that cannot be posted waits."""
    bench.chat.fail_next("show", *[TryAgain("The chat is away.")] * 3)
    bench.chat.fail_next("deliver", *[TryAgain("The chat is away.")] * 5)
    async with bench.running() as (_, desk):
        await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    assert len(bench.chat.videos) == 1


async def test_a_typed_redo_that_is_repeated_is_one_job(bench: BotHarness) -> None:
    """A chat that says the same command twice, or a script that was killed, pays for one more and not for two."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        answers = [
            await desk.run_command(ANA, GENERAL, f"/did redo {job.id}", idempotency_key="command 7") for _ in range(2)
        ]
        assert [job.id for job in answers[0].jobs] == [job.id for job in answers[1].jobs]
        await bench.wait_for_stage(answers[0].jobs[0], "delivered")
    assert len(bench.studio.charged_markers) == 2


async def test_redo_asks_for_the_same_once_more(bench: BotHarness) -> None:
    """A second video, with a trace of the first."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        answer = await desk.redo_job(ANA, GENERAL, job.id)
        await bench.wait_for_stage(answer.jobs[0], "delivered")
    assert answer.jobs[0].redo_of == job.id
    assert len(bench.studio.charged_markers) == 2


async def test_delete_removes_every_copy(bench: BotHarness) -> None:
    """At the studio, on the shelf and in the chat."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
    assert bench.studio.deleted_tickets == ["t1"]
    assert bench.chat.videos == []
    assert not list(bench.folder.glob("dt-*"))


@pytest.mark.slow
async def test_many_jobs_are_looked_at_together(bench: BotHarness) -> None:
    """300 jobs at once need far fewer looks than jobs."""
    async with bench.running() as (_, desk):
        jobs = [await bench.ask_for_job(desk, once=f"e{n}") for n in range(300)]
        for job in jobs:
            await bench.wait_for_stage(job, "delivered")
    assert len(bench.studio.charged_markers) == 300
    assert len(bench.chat.videos) == 300
    assert bench.studio.calls.count("look") <= 30


class CountingStudio(FakeStudio):
    """Counts how many videos are fetched at once."""

    def __init__(self) -> None:
        super().__init__()
        self.fetching = self.most_fetching = 0

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """The video, while others may be on their way."""
        self.fetching += 1
        self.most_fetching = max(self.most_fetching, self.fetching)
        try:
            return await super().fetch(job, video, captions)
        finally:
            self.fetching -= 1


@pytest.mark.slow
async def test_hundreds_finished_at_once_are_brought_home_a_few_at_a_time(tmp_path: Path) -> None:
    """Whoever asks for something meanwhile gets a turn."""
    studio = CountingStudio()
    studio.finish_at_once = False
    bench = BotHarness(tmp_path, studio=studio)
    async with bench.running() as (_, desk):
        jobs = [await bench.ask_for_job(desk, once=f"e{n}") for n in range(300)]
        for job in jobs:
            await bench.wait_for_stage(job, "rendering")
        studio.finished_tickets |= set(studio.tickets.values())
        for job in jobs:
            await bench.wait_for_stage(job, "delivered")
    assert len(bench.chat.videos) == 300
    assert studio.most_fetching <= 64


async def test_few_jobs_are_ever_in_doubt(bench: BotHarness) -> None:
    """Paid calls wait for their turn before they are written down as begun, so a crash leaves few to look up."""
    bench.studio.submit_gate = asyncio.Event()
    async with bench.running(crash=True) as (_, desk):
        jobs = [await bench.ask_for_job(desk, once=f"e{n}") for n in range(20)]
        await bench.clock.advance(5)
        stages = [job.stage for job in bench.jobs.stored_jobs.values()]
    assert stages.count(Stage.SUBMITTING) == 4
    assert len(jobs) == 20


async def test_a_video_that_lies_on_another_shelf_is_fetched_again(bench: BotHarness) -> None:
    """Another process fetched it and died; its file is not here, and the studio still has it."""
    bench.chat.fail_next("deliver", TryAgain("Not just now.", 60))
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "kept")
        assert job.stored_video
        (bench.folder / job.stored_video.video).unlink()
        await bench.wait_for_stage(job, "delivered")
    assert bench.studio.calls.count("fetch") == 2
    assert bench.studio.charged_markers == [job.marker]
    assert len(bench.chat.videos) == 1


async def test_an_engine_that_stops_lets_go_of_what_it_cannot_finish(bench: BotHarness) -> None:
    """A paid call and a look that hang are cut off; the next engine need not wait until their holds run out."""
    bench.studio.submit_gate = asyncio.Event()
    engine, desk = bench.new_engine()
    work = asyncio.create_task(engine.run())
    job = await bench.ask_for_job(desk)
    while "submit" not in bench.studio.calls:
        await bench.clock.advance(0.1)
    engine.stop()
    await asyncio.sleep(0)
    work.cancel()
    await asyncio.wait((work,))
    found = await bench.jobs.get(job.id)
    assert found
    assert (found.stage, found.owner) == (Stage.SUBMITTING, None)
    assert (found.due_at or 0) <= bench.clock.now() + 5


async def test_jobs_that_were_being_looked_at_are_let_go_of(bench: BotHarness) -> None:
    """The studio hangs while it is asked how a job stands, and somebody stops us."""
    bench.studio.finish_at_once = False
    bench.studio.status_gate = asyncio.Event()
    engine, desk = bench.new_engine()
    work = asyncio.create_task(engine.run())
    job = await bench.ask_for_job(desk)
    while "look" not in bench.studio.calls:
        await bench.clock.advance(0.5)
    engine.stop()
    await asyncio.sleep(0)
    work.cancel()
    await asyncio.wait((work,))
    found = await bench.jobs.get(job.id)
    assert found
    assert (found.stage, found.owner, found.due_at) == (Stage.RENDERING, None, bench.clock.now())


class SleepyJobs(MemoryJobs):
    """A store after whose answer the whole machine sleeps for a minute, once."""

    def __init__(self, clock: ManualClock, stage: Stage) -> None:
        super().__init__()
        self._clock = clock
        self._sleep_at_stage: Stage | None = stage
        self.moved_stages: list[Job] = []

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """Written; and then nothing runs for a minute."""
        moved = await super().move(old, new, entry, keep_lease=keep_lease)
        self.moved_stages += [moved] if moved else []
        if new.stage is self._sleep_at_stage:
            self._sleep_at_stage = None
            self._clock.jump(60)
        return moved


@pytest.mark.parametrize("stage", [Stage.SUBMITTING, Stage.DELIVERING])
async def test_who_overslept_its_hold_neither_pays_nor_posts_under_it(bench: BotHarness, stage: Stage) -> None:
    """A machine that slept between the write and the act may find that another went on: it asks the store first."""
    bench.jobs = store = SleepyJobs(bench.clock, stage)
    bench.chat = chat = CallOrderChat()
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
    if stage is Stage.SUBMITTING:
        stages = [each.stage for each in store.moved_stages]
        assert stages.count(Stage.SUBMITTING) == 2  # given back unsent, and begun anew under a fresh hold
    else:
        assert (chat.calls[0], chat.calls.count("deliver")) == ("seek", 1)
    assert bench.studio.charged_markers == [job.marker]
    assert len(chat.videos) == 1


class LateJobs(MemoryJobs):
    """A store whose first claim is answered when the hold has run out already."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.claim_count: list[Job] = []

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        """Done at once, and answered late."""
        claimed = await super().claim(queue, owner, now, until, limit)
        if claimed and not self.claim_count:
            self._clock.jump(60)
        self.claim_count += claimed
        return claimed


class SlowFindChat(FakeChat):
    """A chat that takes a second to say what it saw."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    async def find_delivery(self, job: Job) -> str | None:
        """What was there when it began to look."""
        found = await super().find_delivery(job)
        await self._clock.sleep(1)
        return found


async def test_a_job_that_its_own_process_claims_again_stays_in_one_hand(bench: BotHarness) -> None:
    """Our hold ran out unnoticed, and we took the job once more: two hands would both find nothing, and both post."""
    bench.jobs = store = LateJobs(bench.clock)
    bench.chat = chat = SlowFindChat(bench.clock)
    (bench.folder / "film.mp4").write_bytes(b"a film")
    await store.add(
        [a_job(stage=Stage.DELIVERING, place=GENERAL, due_at=0.0, stored_video=StoredVideo(video="film.mp4", size=6))]
    )
    async with bench.running():
        await advance_slowly(bench.clock, 10)
    assert [job.stage for job in store.claim_count] == [Stage.DELIVERING] * 2
    assert len(chat.videos) == 1
    assert [job.stage for job in store.stored_jobs.values()] == [Stage.DELIVERED]


class CallOrderChat(FakeChat):
    """A chat that remembers in which order it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    async def find_delivery(self, job: Job) -> str | None:
        """Remembered."""
        self.calls.append("seek")
        return await super().find_delivery(job)

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        """Remembered."""
        self.calls.append("deliver")
        return await super().deliver(job, card, files)
