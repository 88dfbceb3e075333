"""What is asked where only the invited read is told nowhere else, by whichever gesture it was asked."""

import pytest

from bot.app import App
from bot.jobs.job import Job
from tests.adapters.slack.conftest import Walk, finished, until
from tests.adapters.slack.test_walks import photo
from tests.fakes.slack_server import SlackServer


async def only(app: App) -> Job:
    """The one job, when it is delivered."""
    (job,) = await finished(app)
    return job


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
    walk: Walk, channel: str, name: str, closed: bool, private: bool
) -> None:
    """Slack calls every private channel by one name."""
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!", channel=channel, channel_name=name)
        job = await only(app)
        assert (job.place.closed, job.place.private) == (closed, private)


@pytest.mark.parametrize(
    ("private", "declined", "closed"), [(False, False, False), (True, False, True), (False, True, True)]
)
async def test_a_mention_and_a_reaction_ask_slack_who_reads_them(
    walk: Walk, slack: SlackServer, private: bool, declined: bool, closed: bool
) -> None:
    """Once for a channel; where that may not be asked it counts as closed."""
    slack.private = {"C1"} if private else set()
    slack.no_scope = {"conversations.info"} if declined else set()
    async with walk.running() as (app, ana):
        await ana.mention("animate", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
        message = slack.say("C1", "Hello there")
        await ana.react("C1", message["ts"], "clapper")
        jobs = await finished(app, count=2)
        assert {job.place.closed for job in jobs} == {closed}
        assert len([1 for _, method, _ in slack.calls if method == "conversations.info"]) == 1


async def test_a_private_channels_job_reaches_no_other_channel(walk: Walk, slack: SlackServer) -> None:
    """Although another channel wants to hear of everything."""
    async with walk.running() as (app, ana):
        await ana.command("subscribe done", "/did", channel="C9")
        await ana.command("A secret", channel="C1", channel_name="privategroup")
        await finished(app)
        await ana.command("No secret", channel="C2", channel_name="general")
        await finished(app, count=2)
        await until(lambda: slack.messages["C9"])
        assert ["No secret" in each["text"] for each in slack.messages["C9"]] == [True]


async def test_a_form_without_a_place_asks_too(walk: Walk, slack: SlackServer) -> None:
    """The channel that was chosen in it may be a private one."""
    slack.private = {"C7"}
    async with walk.running() as (app, ana):
        await ana.interact({"type": "shortcut", "callback_id": "didtalk_new"})
        await ana.submit(slack.views[0], script="To the channel", where="C7")
        assert (await only(app)).place.closed
