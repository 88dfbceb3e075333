"""What happens to a hook on its way."""

import httpx

from adapters.sandbox.context import OutgoingWebhook
from adapters.sandbox.webhook_sender import _post_webhook


class DyingTransport(httpx.AsyncBaseTransport):
    """A line whose other end dies while it is connected: the client trips over what is not there any more."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AttributeError("'NoneType' object has no attribute 'getpeername'")


async def test_a_receiver_that_dies_while_it_is_called_stops_no_postman() -> None:
    """The hook did not arrive, and is tried again like any other; the sandbox works on."""
    async with httpx.AsyncClient(transport=DyingTransport()) as client:
        letter = OutgoingWebhook("http://127.0.0.1:9/hooks/did/invented", b"{}", {})
        assert not await _post_webhook(client, letter, letter.url)
