"""Who a request comes for, as Bolt wants to know it: from our own table, without asking Slack each time."""

from logging import Logger
from typing import Any

from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.authorization.authorize_result import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext

from adapters.chats.slack.api.workspaces import SlackWorkspaces

INSTALLATION_KEY = "didtalk_installation"  # under which name listeners find it


class SlackAuthorize(AsyncAuthorize):
    """Lets in whoever we are installed for."""

    def __init__(self, workspaces: SlackWorkspaces, logger: Logger) -> None:
        self.logger = logger
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: Any,
    ) -> AuthorizeResult | None:
        """The installation of a workspace, if there is one."""
        installation = await self._workspaces.find_installation(team_id or "", enterprise_id or "")
        if installation is None:
            return None
        context[INSTALLATION_KEY] = installation
        return AuthorizeResult(
            enterprise_id=installation.enterprise or enterprise_id,
            team_id=installation.workspace,
            bot_id=installation.bot_id or None,
            bot_user_id=installation.bot_user or None,
            bot_token=installation.token,
        )
