"""Calls of Slack's Web API: one attempt each; retries belong to the durable queues."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import TokenRejected, error_from_code
from adapters.http.client import was_never_sent
from bot.errors import Refused, TryAgain, Unsure

API_TIMEOUT_SECONDS = 15.0
SLACK_HOSTS = re.compile(r"(?i)([a-z0-9-]+\.)*(slack|slack-files|slack-gov)\.com(:443)?")

JsonObject = dict[str, Any]


class SlackClient:
    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self.http = http
        self.base_url = base_url.rstrip("/")
        self.rejected_tokens: set[str] = set()  # those rejected at their last use

    def is_slack_url(self, url: str) -> bool:
        """Whether a URL is Slack's own, so that we may send it a token."""
        there, home_tab = urlsplit(url), urlsplit(self.base_url)
        if (there.scheme, there.netloc) == (home_tab.scheme, home_tab.netloc):
            return True
        return there.scheme == "https" and SLACK_HOSTS.fullmatch(there.netloc) is not None

    async def call(self, token: str, method: str, /, seconds: float = API_TIMEOUT_SECONDS, **params: Any) -> JsonObject:
        """The response of one method, or the error that it stands for."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = await self.send_request(
            f"{self.base_url}/{method}", headers=headers, data=_encode_form(params), seconds=seconds
        )
        try:
            result = _parse_response(response)
        except TokenRejected:
            if token:
                self.rejected_tokens.add(token)
            raise
        self.rejected_tokens.discard(token)
        return result

    async def respond(self, url: str, body: JsonObject) -> None:
        """Reply to a command or button through its response URL, which is valid for 30 minutes."""
        stand_in = self.base_url.startswith("http://")  # a fake Slack may use several ports
        if not (stand_in or self.is_slack_url(url)):
            raise Refused("That response URL is not Slack's, so no response was sent.")
        response = await self.send_request(url, json=body, seconds=API_TIMEOUT_SECONDS)
        if response.status_code >= 400:
            raise error_from_code(
                response.text[:60] if response.status_code < 500 else "internal_error", _retry_after(response)
            )

    async def send_request(self, url: str, seconds: float, **options: Any) -> httpx.Response:
        """One request with a deadline; TryAgain if it was never sent, Unsure if it may have arrived."""
        try:
            async with asyncio.timeout(seconds):
                return await self.http.post(url, **options)
        except TimeoutError as error:
            raise Unsure(texts.RESPONSE_LOST) from error
        except httpx.HTTPError as error:
            raise (
                TryAgain(texts.SLACK_UNREACHABLE, 5.0) if was_never_sent(error) else Unsure(texts.RESPONSE_LOST)
            ) from error


def _encode_form(params: dict[str, Any]) -> dict[str, str]:
    """All methods accept a form; not all accept JSON."""
    return {name: _encode_field(value) for name, value in params.items() if value is not None}


def _encode_field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)


def _parse_response(response: httpx.Response) -> JsonObject:
    if response.status_code == 429:
        raise error_from_code("ratelimited", _retry_after(response))
    try:
        result = response.json()
    except (ValueError, RecursionError) as error:
        raise Unsure(texts.RESPONSE_LOST) from error
    if not isinstance(result, dict) or response.status_code >= 500:
        raise Unsure(texts.RESPONSE_LOST)
    if not result.get("ok"):
        raise error_from_code(
            str(result.get("error", "unknown")), _retry_after(response), str(result.get("needed") or "")
        )
    return result


def _retry_after(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    return float(after) if after.isdecimal() else None
