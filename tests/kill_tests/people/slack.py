"""Ana in Slack: commands, buttons and files over signed HTTP, in a workspace that outlives the bot."""

import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.chats.slack.incoming.messages import job_of_message
from adapters.chats.slack.outgoing.replies import NOTICE_EVENT_TYPE
from tests.fakes.slack.server import BOT_USER_ID, TOKEN, SlackArgs, SlackServer
from tests.fakes.slack.user import SIGNING_SECRET, FakeSlackUser
from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.line_faults import ProxyFactory
from tests.kill_tests.people.person import Gesture, JobInChat

HOME_CHANNEL, NEWS_CHANNEL = "C1", "C2"


class SlackPerson:
    """A workspace with one person in it."""

    def __init__(self) -> None:
        self.slack = SlackServer()
        self._user = FakeSlackUser(self.slack, "", time.time)
        self._bot_urls = deque[str]()  # the addresses of all bots: behind one, as a balancer has them
        self._events_by_mark: dict[str, SlackArgs] = {}  # Slack sends the same event again until it is taken

    def repeats_gesture(self, gesture: Gesture) -> bool:
        """Events are sent again; a command that failed is typed anew."""
        return gesture.photo is not None

    @asynccontextmanager
    async def connect_chat(
        self, wire: CallRelay, between: ProxyFactory, ports: Sequence[int]
    ) -> AsyncIterator[Mapping[str, str]]:
        """The workspace, which calls us; all addresses it gives out lead over the wire."""
        self._bot_urls = deque(f"http://127.0.0.1:{port}" for port in ports)
        async with self.slack.running(), wire.running(self.slack.url), between(wire.url) as address, self._user.client:
            self.slack.url = address
            yield {"SLACK_API_URL": f"{address}/api", "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_BOT_TOKEN": TOKEN}

    async def bot_is_ready(self) -> bool:
        """Whether a bot answers; the next in turn that does is asked."""
        for _ in range(len(self._bot_urls)):
            self._bot_urls.rotate()
            if await self._is_healthy(self._bot_urls[0]):
                self._user.app_url = self._bot_urls[0]
                return True
        return False

    def on_restart(self) -> None:
        """Slack does not care."""

    async def ask(self, gesture: Gesture) -> bool:
        """Type a command; or mention the bot beside a photo."""
        if gesture.photo is not None:
            answer = await self._try_call(self._user.send_json, self._mention_event(gesture, gesture.photo))
            return answer is not None
        command, _, verb = gesture.command.partition(" ")
        answer = await self._try_call(
            self._user.run_command, f"{verb} {gesture.typed_text}".strip(), f"/{command}", HOME_CHANNEL
        )
        return answer is not None and "On it" in answer.text

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button of the card; Slack itself asks before it deletes."""
        act = act.removeprefix("confirm_")
        card = next(
            (each for each in self._card_messages() if job_of_message(each) == job and f"'didtalk:{act}'" in str(each)),
            None,
        )
        return card is not None and await self._try_call(self._user.press_button, card, act) is not None

    async def subscribe(self) -> bool:
        """Another channel."""
        return await self._try_call(self._user.run_command, "subscribe done failed", "/did", NEWS_CHANNEL) is not None

    async def read_chat(self) -> Mapping[str, JobInChat]:
        """What stands in the channels."""
        found: dict[str, JobInChat] = defaultdict(JobInChat)
        threads = {card["ts"]: job for card in self._card_messages() if (job := job_of_message(card))}
        by_name = {job[-6:]: job for job in threads.values()}
        for message in self._bot_messages():
            job = threads.get(message["ts"]) or threads.get(message.get("thread_ts", ""))
            if (message.get("metadata") or {}).get("event_type") == NOTICE_EVENT_TYPE:
                found[job_of_message(message) or ""].notices += 1
            elif job:
                found[job].card_texts.append(message.get("text", ""))
            for file in message.get("files", ()):
                # A video stands in the thread of its card or of the message that asked; its name tells the job.
                job = by_name.get(file["name"].rpartition(".")[0][-6:], "")
                found[job].videos += file["id"] in self.slack.files
        return found

    async def _is_healthy(self, app: str) -> bool:
        try:
            return (await self._user.client.get(f"{app}/healthz")).status_code == 200
        except httpx.HTTPError:
            return False

    def _mention_event(self, gesture: Gesture, photo: bytes) -> SlackArgs:
        if gesture.mark not in self._events_by_mark:
            file = self.slack.store_file("photo.png", photo, "image/png")
            words = f"<@{BOT_USER_ID}> say {gesture.typed_text}"
            message = self.slack.post_message(HOME_CHANNEL, words, user=self._user.user_id, files=(file,))
            self._events_by_mark[gesture.mark] = self._user.event_body(
                {**message, "type": "app_mention", "channel": HOME_CHANNEL}
            )
        return self._events_by_mark[gesture.mark]

    async def _try_call(self, call: Any, *given: Any) -> httpx.Response | None:
        try:
            answer: httpx.Response = await call(*given)
        except httpx.HTTPError:
            return None
        return answer if answer.status_code == 200 else None

    def _bot_messages(self) -> list[SlackArgs]:
        return [each for all_ in self.slack.messages.values() for each in all_ if each.get("user") == BOT_USER_ID]

    def _card_messages(self) -> list[SlackArgs]:
        return [
            each
            for each in self._bot_messages()
            if (each.get("metadata") or {}).get("event_type") not in (None, NOTICE_EVENT_TYPE)
        ]
