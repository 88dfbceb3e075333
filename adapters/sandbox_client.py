"""The sandbox's bad days, asked for over its own address."""

from typing import Any

import httpx

from bot.errors import Refused, TryAgain

SANDBOX_TIMEOUT_SECONDS = 5.0


class SandboxClient:
    """Sets faults in a sandbox."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = f"{url}/sandbox/faults"
        user, _, password = key.partition(":")
        self._auth = (user, password)

    async def list_faults(self) -> dict[str, Any]:
        """What can go wrong, and what is set to go wrong next."""
        return await self._call("GET")

    async def arm_fault(self, fault: str, value: str, times: int) -> dict[str, Any]:
        """Set a fault for the next so many calls; none at all when no fault is named."""
        if not fault:
            await self._call("DELETE")
        else:
            await self._call("POST", {"fault": fault, "times": times} | ({"value": value} if value else {}))
        return await self.list_faults()

    async def _call(self, method: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = await self._client.request(
                method, self._url, json=payload, auth=self._auth, timeout=SANDBOX_TIMEOUT_SECONDS
            )
        except httpx.HTTPError as error:
            raise TryAgain("The sandbox does not answer at the moment.") from error
        if response.status_code >= 400:
            raise Refused(str(response.json().get("description", "The sandbox does not know this fault.")), "fault")
        return dict(response.json()) if response.content else {}
