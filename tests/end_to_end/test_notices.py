"""A notice through everything that is wired: the desk, the database, the engine, the notifier."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.app import App, open_app
from bot.settings import Settings
from tests.bot.bot_harness import ANA, BEN, GENERAL
from tests.fakes.chat import FakeChat
from tests.fakes.studio import FakeStudio

NEWS = GENERAL.model_copy(update={"channel": "news"})


async def _wait_until(done: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await done():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not within ten seconds")


async def _wait_for_notices(chat: FakeChat, count: int) -> list[str]:
    async def have_come() -> bool:
        return len(chat.notices) >= count

    await _wait_until(have_come)
    return [words.partition("\n")[0] for *_, words in chat.notices]


async def _ask_and_wait(app: App) -> None:
    answer = await app.desk.run_command(ANA, GENERAL, "Hello there")

    async def is_notified() -> bool:
        job = await app.jobs.get(answer.jobs[0].id)
        return job is not None and job.asker_notified

    await _wait_until(is_notified)


async def test_a_subscribed_channel_hears_across_a_restart(tmp_path: Path) -> None:
    """What is subscribed today is heard by the process of tomorrow; credits are watched from its start."""
    settings = Settings(data_dir=tmp_path, _env_file=None)
    chat, studio = FakeChat(), FakeStudio()
    async with open_app(settings, chats=[chat], studios={"did": studio}) as app:
        await app.desk.run_command(BEN, NEWS, "/did subscribe done credits:<10")
        await _ask_and_wait(app)
        assert await _wait_for_notices(chat, 1) == ["“Hello there”"]
    async with open_app(settings, chats=[chat], studios={"did": studio}) as app:
        assert await _wait_for_notices(chat, 2) == ["“Hello there”", "Credits"]
        settings_card = await app.desk.run_command(BEN, NEWS, "/did settings")
        assert settings_card.card.lines[0].startswith("Subscribed to credits:<10 by @Ben on ")
    assert len(chat.notices) == 2
