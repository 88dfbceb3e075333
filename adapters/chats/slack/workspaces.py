"""The workspaces we are in, and the token that speaks in each."""

from adapters.chats.slack import words
from adapters.chats.slack.wire import Wire
from bot.clock import Clock
from bot.errors import TryAgain
from bot.installations import Installation, Installations

PLATFORM = "slack"


class Workspaces:
    """One workspace by its token, or many that installed the app."""

    def __init__(self, installations: Installations, token: str | None) -> None:
        self.installations = installations
        self._token = token
        self._alone: Installation | None = None

    @property
    def single(self) -> bool:
        """Whether the app lives in one workspace only, by a token that was set."""
        return self._token is not None

    async def introduce(self, wire: Wire, clock: Clock) -> Installation:
        """Ask Slack once who the one token belongs to."""
        said = await wire.call(self._token or "", "auth.test")
        self._alone = Installation(
            platform=PLATFORM,
            workspace=str(said["team_id"]),
            token=self._token or "",
            name=str(said.get("team", "")),
            enterprise=str(said.get("enterprise_id") or ""),
            bot=str(said.get("bot_id", "")),
            bot_user=str(said.get("user_id", "")),
            at=clock.now(),
        )
        return self._alone

    async def find(self, team: str, enterprise: str = "") -> Installation | None:
        """The installation that serves a workspace: its own, else its organisation's."""
        if self._token is not None:
            return self._alone or Installation(platform=PLATFORM, workspace=team, token=self._token)
        for workspace in (team, enterprise):
            if workspace and (found := await self.installations.get(PLATFORM, workspace)):
                return found
        return None

    async def of(self, workspace: str) -> Installation:
        """The installation a place belongs to; a workspace that threw us out may let us in again."""
        found = await self.find(workspace)
        if found is None:
            raise TryAgain(words.NOT_HERE, 600.0)
        return found

    async def drop(self, workspace: str) -> bool:
        """Forget a workspace that uninstalled us."""
        return await self.installations.drop(PLATFORM, workspace)
