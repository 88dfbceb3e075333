"""The workspaces we are in, and the token that speaks in each."""

from collections.abc import Awaitable, Callable
from functools import lru_cache

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import SlackClient
from bot.chats.installations import Installation, Installations
from bot.errors import TryAgain
from bot.runtime.clock import Clock

PLATFORM = "slack"
INSTALLATION_CACHE_SECONDS = 5.0  # seconds an installation is remembered; another replica may have dropped it
MAX_CACHED_INSTALLATIONS = 10_000


class SlackWorkspaces:
    """One workspace by its token, or many that installed the app."""

    def __init__(self, installations: Installations, token: str | None, clock: Clock, install_url: str = "") -> None:
        self._installations = installations
        self._token = token
        self._clock = clock
        self._install_url = install_url
        self._single: Installation | None = None
        self._cache: dict[str, tuple[float, Installation | None]] = {}
        self.renew_token: Callable[[Installation], Awaitable[Installation]] | None = (
            None  # for tokens that change regularly
        )

    @property
    def is_single(self) -> bool:
        """Whether the app lives in one workspace only, by a token that was set."""
        return self._token is not None

    @property
    def not_installed_text(self) -> str:
        """What those read whose workspace does not let us in, with the way back when there is one."""
        return f"{texts.BOT_REMOVED} {self._install_url}".strip()

    async def identify_workspace(self, api: SlackClient, clock: Clock) -> Installation:
        """Ask Slack once who the one token belongs to."""
        response = await api.call(self._token or "", "auth.test")
        self._single = Installation(
            platform=PLATFORM,
            workspace=str(response["team_id"]),
            token=self._token or "",
            name=str(response.get("team", "")),
            enterprise=str(response.get("enterprise_id") or ""),
            bot_id=str(response.get("bot_id", "")),
            bot_user=str(response.get("user_id", "")),
            installed_at=clock.now(),
        )
        return self._single

    async def find_installation(self, team: str, enterprise: str = "") -> Installation | None:
        """The installation that serves a workspace: its own, else its organisation's."""
        if self._token is not None:
            return with_team(team, self._single or _single_installation(team, self._token))
        for workspace in (team, enterprise):
            if workspace and (found := await self._cached_installation(workspace)):
                found = await self.renew_token(found) if self.renew_token and found.expires_at else found
                return with_team(team, found)
        return None

    async def require_installation(self, workspace: str) -> Installation:
        """The installation a place belongs to; a workspace that threw us out may let us in again."""
        found = await self.find_installation(workspace)
        if found is None:
            raise TryAgain(texts.BOT_REMOVED, 600.0)
        return found

    async def save_installation(self, installation: Installation) -> None:
        """Keep what Slack gave us for a workspace."""
        await self._installations.save(installation)
        self._cache.pop(installation.workspace, None)

    async def delete_installation(self, workspace: str) -> bool:
        """Forget a workspace that uninstalled us."""
        self._cache.pop(workspace, None)
        return await self._installations.delete(PLATFORM, workspace)

    async def _cached_installation(self, workspace: str) -> Installation | None:
        # Reading and unsealing one for each command costs more than keeping the command does.
        cached_at, found = self._cache.get(workspace, (0.0, None))
        now = self._clock.now()
        if found is None or not cached_at <= now < cached_at + INSTALLATION_CACHE_SECONDS:
            found = await self._installations.get(PLATFORM, workspace)
            if len(self._cache) >= MAX_CACHED_INSTALLATIONS:
                self._cache.clear()
            self._cache[workspace] = (now, found)
        return found


def with_team(team: str, installation: Installation) -> Installation:
    """A whole organisation's installation, with the workspace of it that a gesture came from; lists must name one."""
    if not team or team == installation.workspace or not installation.workspace.startswith("E"):
        return installation
    return installation.model_copy(update={"team": team})


@lru_cache(8)
def _single_installation(team: str, token: str) -> Installation:
    """The one workspace, as long as Slack has not told us more."""
    return Installation(platform=PLATFORM, workspace=team, token=token)
