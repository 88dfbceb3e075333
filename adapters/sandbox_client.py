"""Controls the sandbox's faults over HTTP."""

from typing import Any

import httpx

from bot.errors import Refused, TryAgain

SANDBOX_TIMEOUT_SECONDS = 5.0


class SandboxClient:
    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = f"{url}/sandbox/faults"
        user, _, password = key.partition(":")
        self._auth = (user, password)

    async def list_faults(self) -> dict[str, Any]:
        """The known faults, and those that are set."""
        return await self._call("GET")

    async def arm_fault(self, fault: str, value: str, times: int) -> dict[str, Any]:
        """Set a fault for the next `times` calls; clear all when none is named."""
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
            raise TryAgain("The sandbox isn't responding right now.") from error
        if response.status_code >= 400:
            raise Refused(str(response.json().get("description", "Unknown fault.")), "fault")
        return dict(response.json()) if response.content else {}
