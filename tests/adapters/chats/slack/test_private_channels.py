"""What is asked where only the invited read is told nowhere else, by whichever gesture it was asked."""

import pytest

from bot.app import App
from bot.jobs.job import Job
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import SlackServer


async def only_job(app: App) -> Job:
    """The one job, when it is delivered."""
    (job,) = await wait_for_jobs(app)
    return job


@pytest.mark.slow
@pytest.mark.parametrize(
    ("channel", "name", "closed", "private"),
    [
        ("C1", "general", False, False),
        ("C1", "privategroup", True, False),
        ("C1", "mpdm-ana--bo--cy-1", True, False),
        ("G1", "", True, False),
        ("D1", "directmessage", False, True),
    ],
)
async def test_a_command_says_by_its_channels_name_who_reads_it(
    walk: SlackHarness, channel: str, name: str, closed: bool, private: bool
) -> None:
    """Slack calls every private channel by one name."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!", channel=channel, channel_name=name)
        job = await only_job(app)
        assert (job.place.invite_only, job.place.private) == (closed, private)


@pytest.mark.parametrize(
    ("private", "declined", "closed"), [(False, False, False), (True, False, True), (False, True, True)]
)
async def test_a_mention_and_a_reaction_ask_slack_who_reads_them(
    walk: SlackHarness, slack: SlackServer, private: bool, declined: bool, closed: bool
) -> None:
    """Once for a channel; where that may not be asked it counts as closed."""
    slack.private_channels = {"C1"} if private else set()
    slack.declined_methods = {"conversations.info"} if declined else set()
    async with walk.running() as (app, ana):
        await ana.mention_bot("animate", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),))
        message = slack.post_message("C1", "Hello there")
        await ana.add_reaction("C1", message["ts"], "clapper")
        jobs = await wait_for_jobs(app, count=2)
        assert {job.place.invite_only for job in jobs} == {closed}
        assert len([1 for _, method, _ in slack.calls if method == "conversations.info"]) == 1


async def test_a_private_channels_job_reaches_no_other_channel(walk: SlackHarness, slack: SlackServer) -> None:
    """Although another channel wants to hear of everything."""
    async with walk.running() as (app, ana):
        await ana.run_command("subscribe done", "/did", channel="C9")
        await ana.run_command("A secret", channel="C1", channel_name="privategroup")
        await wait_for_jobs(app)
        await ana.run_command("No secret", channel="C2", channel_name="general")
        await wait_for_jobs(app, count=2)
        await wait_until(lambda: slack.messages["C9"])
        assert ["No secret" in each["text"] for each in slack.messages["C9"]] == [True]


async def test_a_form_without_a_place_asks_too(walk: SlackHarness, slack: SlackServer) -> None:
    """The channel that was chosen in it may be a private one."""
    slack.private_channels = {"C7"}
    async with walk.running() as (app, ana):
        await ana.send_interaction({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit_form(slack.views[0], script="To the channel", where="C7")
        assert (await only_job(app)).place.invite_only
