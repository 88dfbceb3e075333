"""Ana in Slack: commands, buttons and files over signed HTTP, in a workspace that outlives the bot."""

import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.chats.slack.outgoing.job_message import job_of
from adapters.chats.slack.outgoing.notices import EVENT as NOTICE
from tests.chaos.people.person import Gesture, Seen
from tests.chaos.trouble import Between
from tests.chaos.wire import Wire
from tests.fakes.slack_person import SECRET, Person
from tests.fakes.slack_server import BOT_USER, TOKEN, Args, SlackServer

HOME, NEWS = "C1", "C2"


class SlackPerson:
    """A workspace with one person in it."""

    def __init__(self) -> None:
        self.slack = SlackServer()
        self._ana = Person(self.slack, "", time.time)
        self._apps = deque[str]()  # the addresses of all bots: behind one, as a balancer has them
        self._events: dict[str, Args] = {}  # Slack sends the same event again until it is taken

    def repeats(self, gesture: Gesture) -> bool:
        """Events are sent again; a command that failed is typed anew."""
        return gesture.photo is not None

    @asynccontextmanager
    async def here(self, wire: Wire, between: Between, ports: Sequence[int]) -> AsyncIterator[Mapping[str, str]]:
        """The workspace, which calls us; all addresses it gives out lead over the wire."""
        self._apps = deque(f"http://127.0.0.1:{port}" for port in ports)
        async with self.slack.served(), wire.up(self.slack.url), between(wire.url) as address, self._ana.client:
            self.slack.url = address
            yield {"SLACK_API_URL": f"{address}/api", "SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": TOKEN}

    async def there(self) -> bool:
        """Whether a bot answers; the next in turn that does is asked."""
        for _ in range(len(self._apps)):
            self._apps.rotate()
            if await self._healthy(self._apps[0]):
                self._ana.app = self._apps[0]
                return True
        return False

    def restarted(self) -> None:
        """Slack does not care."""

    async def ask(self, gesture: Gesture) -> bool:
        """Type a command; or mention the bot beside a photo."""
        if gesture.photo is not None:
            answer = await self._safely(self._ana.send, self._event(gesture, gesture.photo))
            return answer is not None
        command, _, verb = gesture.command.partition(" ")
        answer = await self._safely(self._ana.command, f"{verb} {gesture.text}".strip(), f"/{command}", HOME)
        return answer is not None and "On it" in answer.text

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button of the card."""
        card = next((each for each in self._cards() if job_of(each) == job and f"'didtalk:{act}'" in str(each)), None)
        return card is not None and await self._safely(self._ana.press, card, act) is not None

    async def subscribe(self) -> bool:
        """Another channel."""
        return await self._safely(self._ana.command, "subscribe done failed", "/did", NEWS) is not None

    async def seen(self) -> Mapping[str, Seen]:
        """What stands in the channels."""
        found: dict[str, Seen] = defaultdict(Seen)
        threads = {card["ts"]: job for card in self._cards() if (job := job_of(card))}
        by_name = {job[-6:]: job for job in threads.values()}
        for message in self._ours():
            job = threads.get(message["ts"]) or threads.get(message.get("thread_ts", ""))
            if (message.get("metadata") or {}).get("event_type") == NOTICE:
                found[job_of(message) or ""].notices += 1
            elif job:
                found[job].said.append(message.get("text", ""))
            for file in message.get("files", ()):
                # A video stands in the thread of its card or of the message that asked; its name tells the job.
                job = by_name.get(file["name"].rpartition(".")[0][-6:], "")
                found[job].videos += file["id"] in self.slack.files
        return found

    async def _healthy(self, app: str) -> bool:
        try:
            return (await self._ana.client.get(f"{app}/healthz")).status_code == 200
        except httpx.HTTPError:
            return False

    def _event(self, gesture: Gesture, photo: bytes) -> Args:
        if gesture.mark not in self._events:
            file = self.slack.store("photo.png", photo, "image/png")
            words = f"<@{BOT_USER}> say {gesture.text}"
            message = self.slack.say(HOME, words, user=self._ana.user, files=(file,))
            self._events[gesture.mark] = self._ana.happened({**message, "type": "app_mention", "channel": HOME})
        return self._events[gesture.mark]

    async def _safely(self, call: Any, *given: Any) -> httpx.Response | None:
        try:
            answer: httpx.Response = await call(*given)
        except httpx.HTTPError:
            return None
        return answer if answer.status_code == 200 else None

    def _ours(self) -> list[Args]:
        return [each for all_ in self.slack.messages.values() for each in all_ if each.get("user") == BOT_USER]

    def _cards(self) -> list[Args]:
        return [each for each in self._ours() if (each.get("metadata") or {}).get("event_type") not in (None, NOTICE)]
