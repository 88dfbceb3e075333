"""Calls of Slack's Web API: one attempt each, and an error that says what to do next.

Nothing is tried again in here: who must answer within three seconds cannot wait, and who can wait has a durable place
to do it from.
"""

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Out, fault
from adapters.http.client import unsent
from bot.errors import Refused, TryAgain, Unsure

SECONDS = 15.0
HOSTS = re.compile(r"(?i)([a-z0-9-]+\.)*(slack|slack-files|slack-gov)\.com(:443)?")

Reply = dict[str, Any]


class Wire:
    """Speaks to Slack with whichever token it is given."""

    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self.client = client
        self.base = base.rstrip("/")
        self.dead: set[str] = set()  # tokens that Slack refused when they were last used

    def ours(self, url: str) -> bool:
        """Whether an address is Slack's own: what is sent there may open doors."""
        there, home = urlsplit(url), urlsplit(self.base)
        if (there.scheme, there.netloc) == (home.scheme, home.netloc):
            return True
        return there.scheme == "https" and HOSTS.fullmatch(there.netloc) is not None

    async def call(self, token: str, method: str, /, seconds: float = SECONDS, **given: Any) -> Reply:
        """One method's answer, if it is a good one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.post(f"{self.base}/{method}", headers=headers, data=_form(given), seconds=seconds)
        try:
            reply = _read(answer)
        except Out:
            if token:
                self.dead.add(token)
            raise
        self.dead.discard(token)
        return reply

    async def respond(self, url: str, body: Reply) -> None:
        """Answer through the address a command or a tap came with; it is good for half an hour."""
        stand_in = self.base.startswith("http://")  # a server in Slack's place may lie at several ports
        if not (stand_in or self.ours(url)):
            raise Refused("That is no address of Slack's, so nothing was answered there.")
        answer = await self.post(url, json=body, seconds=SECONDS)
        if answer.status_code >= 400:
            raise fault(answer.text[:60] if answer.status_code < 500 else "internal_error", _after(answer))

    async def post(self, url: str, seconds: float, **how: Any) -> httpx.Response:
        """One request with a deadline; what went wrong says whether it can have arrived."""
        try:
            async with asyncio.timeout(seconds):
                return await self.client.post(url, **how)
        except TimeoutError as error:
            raise Unsure(texts.LOST) from error
        except httpx.HTTPError as error:
            raise (TryAgain("Slack cannot be reached.", 5.0) if unsent(error) else Unsure(texts.LOST)) from error


def _form(given: dict[str, Any]) -> dict[str, str]:
    """Every method takes a form; not every one takes JSON."""
    return {name: _field(value) for name, value in given.items() if value is not None}


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)


def _read(answer: httpx.Response) -> Reply:
    if answer.status_code == 429:
        raise fault("ratelimited", _after(answer))
    try:
        reply = answer.json()
    except (ValueError, RecursionError) as error:
        raise Unsure(texts.LOST) from error
    if not isinstance(reply, dict) or answer.status_code >= 500:
        raise Unsure(texts.LOST)
    if not reply.get("ok"):
        raise fault(str(reply.get("error", "unknown")), _after(answer), str(reply.get("needed") or ""))
    return reply


def _after(answer: httpx.Response) -> float | None:
    after = answer.headers.get("retry-after", "")
    return float(after) if after.isdecimal() else None
