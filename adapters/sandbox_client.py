"""The sandbox's bad days, asked for over its own address."""

from typing import Any

import httpx

from bot.errors import Refused, TryAgain

PATIENCE = 5.0


class SandboxRehearsal:
    """Sets faults in a sandbox."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = f"{url}/sandbox/faults"
        user, _, password = key.partition(":")
        self._auth = (user, password)

    async def faults(self) -> dict[str, Any]:
        """What can go wrong, and what is set to go wrong next."""
        return await self._call("GET")

    async def arm(self, fault: str, value: str, times: int) -> dict[str, Any]:
        """Set a fault for the next so many calls; none at all when no fault is named."""
        if not fault:
            await self._call("DELETE")
        else:
            await self._call("POST", {"fault": fault, "times": times} | ({"value": value} if value else {}))
        return await self.faults()

    async def _call(self, method: str, wish: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, self._url, json=wish, auth=self._auth, timeout=PATIENCE)
        except httpx.HTTPError as error:
            raise TryAgain("The sandbox does not answer at the moment.") from error
        if answer.status_code >= 400:
            raise Refused(str(answer.json().get("description", "The sandbox does not know this fault.")), "fault")
        return dict(answer.json()) if answer.content else {}
