"""Workspaces that installed the bot, each with the token that lets us speak there."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class Installation(BaseModel):
    """One workspace, or one whole organisation, that lets us in."""

    model_config = ConfigDict(frozen=True, extra="allow")

    platform: str
    workspace: str
    team: str = Field(default="", exclude=True)  # the workspace of an organisation that a gesture came from
    token: str = Field(repr=False)
    name: str = ""
    enterprise: str = ""
    bot_id: str = ""
    bot_user: str = ""
    app_id: str = ""
    scopes: tuple[str, ...] = ()
    installed_by: str = ""  # who installed it
    installed_at: float = 0.0
    refresh_token: str = Field(
        default="", repr=False
    )  # for tokens that are changed regularly, which a workspace may demand
    expires_at: float | None = None


class Installations(Protocol):
    """Keeps installations; tokens are never readable where they lie."""

    async def save(self, installation: Installation) -> None:
        """Keep one, in place of the workspace's earlier one."""
        ...

    async def get(self, platform: str, workspace: str) -> Installation | None:
        """The installation of a workspace."""
        ...

    async def delete(self, platform: str, workspace: str) -> bool:
        """Forget one, token and all; whether there was one."""
        ...
