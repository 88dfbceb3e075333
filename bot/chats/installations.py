"""Workspaces that installed the bot, each with its access token."""

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
    """Stores installations; tokens are encrypted."""

    async def save(self, installation: Installation) -> None:
        """Replaces an earlier one of the workspace."""

    async def get(self, platform: str, workspace: str) -> Installation | None: ...

    async def delete(self, platform: str, workspace: str) -> bool:
        """Whether there was one."""
