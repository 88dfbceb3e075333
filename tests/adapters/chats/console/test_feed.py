"""The feed: a page that was away gets what it missed, once, and nothing that is not for it."""

import asyncio
from pathlib import Path

from tests.adapters.chats.console.console_harness import ConsoleHarness, ConsolePage, console_harness, read_events


async def test_a_page_hears_of_every_change_as_it_happens(b: ConsoleHarness) -> None:
    """New messages and new reactions come over the one stream."""
    ana = await b.open_page()
    message = None
    async for name, data in read_events(b.client, {}, **{"as": "ana", "since": str(ana.start_data["last"])}):
        if name == "hello":
            message = (await ana.say_line("Is this on?"))["message"]
            await ana.post_action("react", message=message["id"], emoji="👍", on=True)
        elif any(each.get("reactions") == {"👍": ["ana"]} for each in data):
            assert message
            assert data[-1]["id"] == message["id"]
            return


async def test_a_broken_line_is_taken_up_where_it_broke(b: ConsoleHarness) -> None:
    """With the number of the last event a page gets exactly what came after it."""
    ana = await b.open_page()
    await ana.say_line("one")
    number = ""
    async for name, _ in read_events(b.client, {}, **{"as": "ana", "since": "0"}):
        if name.startswith("messages"):
            number = name.partition("#")[2]
            break
    await ana.say_line("two")
    async for name, data in read_events(b.client, {"last-event-id": number}, **{"as": "ana", "since": "0"}):
        if name.startswith("messages"):
            assert [each["text"] for each in data] == ["two"]
            return


async def test_what_is_private_goes_to_nobody_else(b: ConsoleHarness) -> None:
    """Ben's stream has Ana's words, and not what was whispered to her."""
    ana = await b.open_page()
    await ana.say_line("/did help")
    await ana.say_line("For everybody")
    async for name, data in read_events(b.client, {}, **{"as": "ben", "since": str(ana.start_data["last"])}):
        if name.startswith("messages"):
            assert [each.get("text") for each in data] == ["For everybody"]
            return


async def test_messages_survive_a_restart_and_a_page_goes_on(tmp_path: Path) -> None:
    """What was said is in the database; after a restart a page asks for what came since, and misses nothing."""
    async with console_harness(tmp_path) as b:
        ana = await b.open_page()
        await ana.say_line("/didtalk Through thick and thin")
        done = await ana.find_card("good")
    async with console_harness(tmp_path) as b:
        again = await b.open_page()
        assert (await again.read_messages())[done["id"]]["video"] == done["video"]
        assert len([each for each in again.start_data["messages"] if each.get("text", "").startswith("Welcome")]) == 1
        async for name, data in read_events(b.client, {}, **{"as": "ana", "since": str(done["seq"])}):
            if name == "hello":
                assert data["lost"] is False
                await again.say_line("After the restart")
            elif name.startswith("messages"):
                assert [each["text"] for each in data] == ["After the restart"]
                return


async def test_a_page_of_another_database_is_told_to_begin_anew(b: ConsoleHarness) -> None:
    """A number from the future means that the page knows things we do not."""
    async for name, data in read_events(b.client, {}, **{"as": "ana", "since": "999999"}):
        assert (name, data["lost"]) == ("hello", True)
        return


async def test_older_messages_come_by_the_page(b: ConsoleHarness) -> None:
    """A long channel starts with its newest messages; the rest is a click away, threads with their beginnings."""
    ana: ConsolePage = await b.open_page()
    root = (await ana.say_line("The first of many"))["message"]["id"]
    for nth in range(205):
        await ana.say_line(f"number {nth}")
    await ana.say_line("A late reply", thread=root)
    fresh = await b.open_page()
    known = {each["id"]: each for each in fresh.start_data["messages"]}
    assert root in known
    older = (await ana.get_json("messages", channel="general", before=sorted(known)[1]))["messages"]
    assert {"number 0", "number 1"} <= {each.get("text") for each in older}


async def test_a_stream_ends_when_the_console_closes(b: ConsoleHarness) -> None:
    """Nobody is left hanging: the stream ends, and the page comes back by itself."""
    inside = b.console._context
    assert inside
    async with asyncio.timeout(5):
        async for name, _ in read_events(b.client, {}, **{"as": "ana", "since": "0"}):
            if name == "hello":
                inside.feed.close()
