"""What a channel hears without asking, and what is whispered; and videos made smaller."""

import shutil
from pathlib import Path

import pytest

from adapters.media.transcode import Transcoder, choose_rates
from bot.errors import Refused
from bot.jobs.job import Place
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, running_bot
from tests.adapters.chats.discord.test_commands import text_of
from tests.fakes.clock import FastClock
from tests.fakes.discord import rules
from tests.fakes.discord.people import ANA, FakeDiscord
from tests.fakes.discord.server import CHANNEL_ID, DM_ID

NOTICE_PLACE = Place(platform="discord", workspace="500", channel=str(CHANNEL_ID))
DONE_CARD = Card(title="“Hello there”", lines=("Done.",))


async def test_a_notice_is_posted_once_and_known_again(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """By a mark that nobody sees."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        notice = Notice(key="done:1:600", place=NOTICE_PLACE, topic="done", subscriber="1")
        other = Notice(key="done:2:600", place=NOTICE_PLACE, topic="done", subscriber="1")
        assert await bot.chat.find_notice(notice) is None
        where = await bot.chat.post_notice(notice, DONE_CARD)
        assert await bot.chat.post_notice(notice, DONE_CARD) == where
        assert await bot.chat.find_notice(notice) == where
        assert await bot.chat.find_notice(other) is None
    assert len(discord.bot_messages()) == 1


async def test_a_notice_of_a_video_leads_to_it(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """Whoever hears that it is done wants to see it."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        facts = {"job": "j1", "job_place": NOTICE_PLACE, "video_message": "601/702"}
        notice = Notice(key="done:1:600", place=NOTICE_PLACE, topic="done", subscriber="1", **facts)
        await bot.chat.post_notice(notice, DONE_CARD)
    buttons = [each for each in rules.walk_components(discord.bot_messages()[0]["components"]) if each["type"] == 2]
    assert [each["url"] for each in buttons] == ["https://discord.com/channels/500/601/702"]


@pytest.mark.parametrize("trouble", ["forbidden", "gone"])
async def test_a_closed_channel_refuses_and_its_subscriber_is_told_directly(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path, trouble: str
) -> None:
    """So that the subscription is paused, and nobody knocks there for ever."""
    async with running_bot(discord, tmp_path, clock, studio) as bot:
        discord.channels[CHANNEL_ID].deleted = trouble == "gone"
        discord.channels[CHANNEL_ID].bot_permissions.discard("view" if trouble == "forbidden" else "")
        notice = Notice(key="done:1:600", place=NOTICE_PLACE, topic="done", subscriber="1")
        with pytest.raises(Refused, match="I can't post there any more"):
            await bot.chat.post_notice(notice, DONE_CARD)
        await bot.chat.send_privately(str(ANA), NOTICE_PLACE, "Paused: the channel is closed.")
        discord.closed_dms.add(ANA)
        with pytest.raises(Refused):
            await bot.chat.send_privately(str(ANA), NOTICE_PLACE, "Paused: the channel is closed.")
    assert "Paused" in text_of(discord.bot_messages(DM_ID)[0])


async def test_a_subscription_is_public_and_its_notices_come(
    discord: FakeDiscord, studio: FileTakingStudio, clock: FastClock, tmp_path: Path
) -> None:
    """It changes a shared channel, so everybody sees who did it."""
    async with running_bot(discord, tmp_path, clock, studio):
        answer = await discord.wait_for_response(await discord.run_command("did subscribe", topics="done failed"))
        assert not answer["data"].get("flags", 0) & 64
        listed = await discord.wait_for_response(await discord.run_command("did settings"))
        assert listed["data"]["flags"] & 64
    assert "Person 1" in text_of(discord.bot_messages()[0])


@pytest.mark.slow
async def test_a_video_is_made_small_enough_and_can_still_be_watched(tmp_path: Path) -> None:
    """Re-encoded in a process of its own; what nobody would want to watch is refused."""
    av = pytest.importorskip("av")
    source = tmp_path / "film.mp4"
    _write_noise_video(av, source, seconds=3, side=480)
    size = source.stat().st_size
    most = 250_000
    assert size > most
    smaller = await Transcoder()(source, most)
    assert smaller is not None
    assert smaller.stat().st_size <= most
    with av.open(str(smaller)) as film:
        assert {stream.codec_context.name for stream in film.streams} <= {"h264", "aac"}
        assert abs(film.duration / 1e6 - 3) < 0.5
    assert await Transcoder()(source, 20_000) is None
    shutil.copy(source, tmp_path / "broken.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"no film at all" * 100_000)
    assert await Transcoder()(tmp_path / "broken.mp4", most) is None


def test_a_longer_film_gets_a_smaller_picture() -> None:
    """Until none is left that is worth it."""
    ten = 10 * 1024 * 1024
    sides = [found[0] if (found := choose_rates(seconds, ten, 1920)) else None for seconds in (30, 120, 240, 360, 3600)]
    assert sides == [1280, 854, 640, 480, None]


def _write_noise_video(av: object, path: Path, seconds: int, side: int) -> None:
    """Noise, which no codec can make small."""
    import numpy as np
    from av import AudioFrame, VideoFrame
    from av import open as av_open

    chance = np.random.default_rng(1)
    with av_open(str(path), "w") as writer:
        drawn = writer.add_stream("libx264", rate=25, options={"crf": "18", "preset": "ultrafast"})
        drawn.width = drawn.height = side
        drawn.pix_fmt = "yuv420p"
        heard = writer.add_stream("aac", rate=44_100)
        for _ in range(seconds * 25):
            small = chance.integers(0, 255, (side // 8, side // 8, 3), dtype=np.uint8)
            frame = VideoFrame.from_ndarray(np.kron(small, np.ones((8, 8, 1), dtype=np.uint8)), format="rgb24")
            writer.mux(drawn.encode(frame))
        sound = AudioFrame.from_ndarray(np.zeros((1, 44_100 * seconds), dtype=np.float32), "fltp", "mono")
        sound.sample_rate = 44_100
        writer.mux(heard.encode(sound))
        writer.mux(drawn.encode(None))
        writer.mux(heard.encode(None))
