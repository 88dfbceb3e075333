"""The whole app in a process of its own, to be killed:
`python -m tests.adapters.chats.slack.slack_process <folder> <slack>`.
"""

import asyncio
import sys

from pydantic import SecretStr

from adapters.chats.slack.chat import Slack
from bot.app import open_app
from bot.settings import Settings, SlackSettings
from tests.fakes.clock import FastClock
from tests.fakes.http_server import serve_app
from tests.fakes.slack.server import TOKEN
from tests.fakes.slack.user import SIGNING_SECRET
from tests.fakes.studio import FakeStudio


async def main(folder: str, slack: str) -> None:
    """Until killed."""
    chat = Slack(
        SlackSettings(signing_secret=SecretStr(SIGNING_SECRET), bot_token=SecretStr(TOKEN), api_url=f"{slack}/api")
    )
    settings = Settings(_env_file=None, data_dir=folder)
    async with (
        open_app(settings, chats=[chat], clock=FastClock(), studios={"did": FakeStudio()}) as app,
        serve_app(app.web) as (_, url),
    ):
        print(url, flush=True)  # noqa: T201 - this is what the test waits for
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
