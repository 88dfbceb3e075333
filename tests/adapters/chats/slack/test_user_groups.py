"""User groups are what rules call roles in Slack: looked up only for them, and never guessed."""

from typing import Any

import pytest

from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs
from tests.fakes.slack.server import SlackServer

MAY_NOT_SENTENCE = "You can't request videos here."
UNSURE_SENTENCE = "I can't look up your groups right now"


async def test_who_is_in_a_named_group_may_ask_and_others_may_not(walk: SlackHarness, slack: SlackServer) -> None:
    """Listed once for many who ask, and again after a few minutes."""
    walk.settings = {"askers": "slack:S0ASK1"}
    slack.groups = {"S0ASK1": ["U1", "U3"], "S0OTHER2": ["U2"]}
    async with walk.running() as (app, ana):
        assert "On it" in (await ana.run_command("Hello there")).text
        ana.user_id = "U2"
        assert MAY_NOT_SENTENCE in (await ana.run_command("Hello there")).text
        assert MAY_NOT_SENTENCE in (await ana.run_command("")).text
        assert slack.views == []
        assert len(slack.calls_of("usergroups.list")) == 1
        slack.groups["S0ASK1"].append("U2")
        walk.clock.offset_seconds += 301
        assert "On it" in (await ana.run_command("Hello there")).text
        assert len(slack.calls_of("usergroups.list")) == 2
        await wait_for_jobs(app, count=2)


async def test_a_group_that_may_not_and_one_that_moderates(walk: SlackHarness, slack: SlackServer) -> None:
    """The same names serve all three rules."""
    walk.settings = {"not_askers": "S0BAD1", "moderators": "slack:T1:S0MOD1"}
    slack.groups = {"S0BAD1": ["U2"], "S0MOD1": ["U1"]}
    async with walk.running() as (_, ana):
        assert "changed the settings" in (await ana.run_command("settings who=moderators", "/did")).text
        assert "On it" in (await ana.run_command("Hello there")).text
        ana.user_id = "U2"
        assert MAY_NOT_SENTENCE in (await ana.run_command("Hello there", channel="C2")).text
        ana.user_id = "U3"
        assert "Only moderators" in (await ana.run_command("Hello there")).text


@pytest.mark.parametrize("names", ["", "U1 discord:1180 slack:U7", "slack:T2:S0ASK1 U1"])
async def test_nobody_is_looked_up_while_no_rule_names_a_group(
    walk: SlackHarness, slack: SlackServer, names: str
) -> None:
    """So the permission is optional, and asking costs nothing."""
    walk.settings = {"askers": names}
    async with walk.running() as (_, ana):
        assert "On it" in (await ana.run_command("Hello there")).text
        assert "On it" in (await ana.run_command("Hello again")).text
    assert slack.calls_of("usergroups.list") == []


@pytest.mark.parametrize("rule", ["askers", "not_askers"])
@pytest.mark.parametrize(
    ("fault", "known"), [("missing_scope", 1), ("plan_upgrade_required", 1), (429, 0), ("hang_up", 0)]
)
async def test_where_groups_cannot_be_read_people_are_refused_and_not_guessed(
    walk: SlackHarness, slack: SlackServer, capsys: Any, rule: str, fault: Any, known: int
) -> None:
    """Whoever is named by their own id may ask all the same where that is enough; the log says once what to do."""
    walk.settings = {rule: "S0ASK1" + (" U3" if rule == "askers" else "")}
    slack.groups = {"S0ASK1": []}
    slack.fail_next("usergroups.list", *[fault] * 9)
    async with walk.running() as (_, ana):
        for _ in range(2):
            assert UNSURE_SENTENCE in (await ana.run_command("Hello there")).text
        assert len(slack.calls_of("usergroups.list")) == 1 or not known  # trouble is looked at again soon
        walk.clock.offset_seconds += 400
        assert UNSURE_SENTENCE in (await ana.run_command("Hello there")).text
        assert len(slack.calls_of("usergroups.list")) > 1
        ana.user_id = "U3"
        answer = (await ana.run_command("Hello there")).text
        assert ("On it" if rule == "askers" else UNSURE_SENTENCE) in answer
    said = capsys.readouterr().out
    assert said.count("Add the permission usergroups:read") == known
    print(said)  # noqa: T201 - looked through for secrets afterwards


async def test_what_was_read_a_while_ago_counts_while_slack_is_away(walk: SlackHarness, slack: SlackServer) -> None:
    """For an hour; then nobody can tell any more."""
    walk.settings = {"askers": "S0ASK1"}
    slack.groups = {"S0ASK1": ["U1"]}
    async with walk.running() as (_, ana):
        assert "On it" in (await ana.run_command("Hello there")).text
        slack.fail_next("usergroups.list", *[503] * 9)
        walk.clock.offset_seconds += 400
        assert "On it" in (await ana.run_command("Hello there")).text
        walk.clock.offset_seconds += 3600
        assert UNSURE_SENTENCE in (await ana.run_command("Hello there")).text
        slack.faults.clear()
        walk.clock.offset_seconds += 60
        assert "On it" in (await ana.run_command("Hello there")).text
