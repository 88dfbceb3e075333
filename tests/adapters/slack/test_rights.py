"""Whoever may ask for no more is told so, whichever way they ask in Slack."""

from typing import Any

from bot.jobs.job import Wanted
from tests.adapters.slack.conftest import Walk, eventually, finished, until
from tests.adapters.slack.test_walks import photo
from tests.fakes.slack_server import SlackServer

FULL = "You have asked for 1 video within a day"


async def test_a_full_limit_holds_for_command_reaction_mention_button_and_form(walk: Walk, slack: SlackServer) -> None:
    """One job is all there is, each further gesture is answered to the person alone; another person may still ask."""
    walk.settings = {"user_limits": "day=1"}
    message = slack.say("C1", "Hello you", user="U9", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
    async with walk.running() as (app, ana):

        def told() -> int:
            whispers = [*slack.of("chat.postEphemeral"), *slack.responses]
            return len([each for each in whispers if FULL in str(each)])

        await ana.react("C1", message["ts"], "clapper")
        (job,) = await finished(app)
        assert FULL in (await ana.command("Hello there")).json()["text"]
        await until(lambda: "AI-generated" in slack.cards()[0]["text"])
        await ana.react("C1", message["ts"], "man_dancing")
        await until(lambda: told() == 1)
        await ana.mention("say Hello there")
        await until(lambda: told() == 2)
        await ana.press(slack.cards()[0], "redo")
        await until(lambda: told() == 3)
        body = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
        await ana.interact(body)
        answer = await ana.submit(slack.views[-1], script="Happy birthday")
        await until(lambda: FULL in answer.text or told() == 4)
        assert await app.jobs.pick(Wanted()) == [job]
        ana.user = "U2"
        assert "On it" in (await ana.command("Hello there")).json()["text"]


async def test_where_no_videos_are_made_no_gesture_makes_one(walk: Walk, slack: SlackServer) -> None:
    """A channel that is not on the list is told so; one that is goes on."""
    walk.settings = {"channels": "slack:C2"}
    message = slack.say("C1", "", user="U9", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
    async with walk.running() as (app, ana):
        assert "in this channel" in (await ana.command("Hello there")).json()["text"]
        await ana.react("C1", message["ts"], "clapper")
        await until(lambda: any("in this channel" in str(each) for each in slack.of("chat.postEphemeral")))
        assert await app.jobs.pick(Wanted()) == []
        assert "On it" in (await ana.command("Hello there", channel="C2")).json()["text"]

        async def kept() -> bool:
            return len(await app.jobs.pick(Wanted())) == 1

        await eventually(kept)


async def test_whoever_may_not_ask_is_told_before_a_form_is_shown(walk: Walk, slack: SlackServer) -> None:
    """Command, Home button, shortcut, message action, edit and translate: a sentence instead of a form to fill in."""
    async with walk.running() as (app, ana):
        await ana.command("Hello there")
        await finished(app)
        await until(lambda: "AI-generated" in slack.cards()[0]["text"])
        card = slack.cards()[0]
    walk.settings = {"not_askers": "slack:U1", "contact": "Ask Mia on the second floor."}
    refusal = "You may not ask for videos here. Ask Mia on the second floor."
    message = slack.say("C1", "Hello you", user="U9", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
    async with walk.running() as (_, ana):
        for typed in ("", "animate", "animate dance"):
            command = "/did" if typed else "/didtalk"
            assert (await ana.command(typed, command)).json() == {"response_type": "ephemeral", "text": refusal}

        url = {"response_url": f"{slack.url}/respond"}
        asked: list[dict[str, Any]] = [
            {"type": "block_actions", "actions": [{"action_id": "didtalk_new:talk", "action_ts": "1"}], **url},
            {"type": "block_actions", "actions": [{"action_id": "didtalk_taste", "action_ts": "2"}], **url},
            {"type": "shortcut", "callback_id": "didtalk_new", **url},
            {
                "type": "message_action",
                "callback_id": "didtalk_talk",
                "message": message,
                "channel": {"id": "C1"},
                **url,
            },
        ]
        for count, body in enumerate(asked, 1):
            assert (await ana.interact(body)).status_code == 200
            await until(lambda n=count: len(slack.responses) == n)  # type: ignore[misc]
        for count, act in enumerate(("edit", "translate"), len(asked) + 1):
            await ana.press(card, act)
            await until(lambda n=count: len(slack.responses) == n)  # type: ignore[misc]
        assert {each["text"] for each in slack.responses} == {refusal}
        assert slack.views == []


async def test_where_videos_are_switched_off_no_form_is_shown_and_home_shows_one_that_asks_where(
    walk: Walk, slack: SlackServer
) -> None:
    """What is wrong is the channel, so a form that still asks for the channel is shown, and refuses that one then."""
    slack.users["U1"]["is_admin"] = True
    async with walk.running() as (_, ana):
        await ana.command("settings videos=off", "/did")
        assert "switched videos off" in (await ana.command("")).json()["text"]
        assert slack.views == []
        button = {"action_id": "didtalk_new:talk", "action_ts": "1"}
        await ana.interact({"type": "block_actions", "actions": [button]})
        answer = await ana.submit(slack.views[-1], script="Hello there", where="C1")
        assert "switched videos off" in answer.text
