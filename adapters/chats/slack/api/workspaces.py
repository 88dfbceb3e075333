"""The workspaces we are in, and the token that speaks in each."""

from collections.abc import Awaitable, Callable
from functools import lru_cache

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import Wire
from bot.chats.installations import Installation, Installations
from bot.errors import TryAgain
from bot.runtime.clock import Clock

PLATFORM = "slack"
KNOWN_FOR = 5.0  # seconds an installation is remembered; another replica may have dropped it
MOST = 10_000


class Workspaces:
    """One workspace by its token, or many that installed the app."""

    def __init__(self, installations: Installations, token: str | None, clock: Clock, install: str = "") -> None:
        self._installations = installations
        self._token = token
        self._clock = clock
        self._install = install
        self._alone: Installation | None = None
        self._known: dict[str, tuple[float, Installation | None]] = {}
        self.renew: Callable[[Installation], Awaitable[Installation]] | None = None  # for tokens that change regularly

    @property
    def single(self) -> bool:
        """Whether the app lives in one workspace only, by a token that was set."""
        return self._token is not None

    @property
    def gone(self) -> str:
        """What those read whose workspace does not let us in, with the way back when there is one."""
        return f"{texts.NOT_HERE} {self._install}".strip()

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
            return seen_from(team, self._alone or _alone(team, self._token))
        for workspace in (team, enterprise):
            if workspace and (found := await self._kept(workspace)):
                found = await self.renew(found) if self.renew and found.expires_at else found
                return seen_from(team, found)
        return None

    async def of(self, workspace: str) -> Installation:
        """The installation a place belongs to; a workspace that threw us out may let us in again."""
        found = await self.find(workspace)
        if found is None:
            raise TryAgain(texts.NOT_HERE, 600.0)
        return found

    async def put(self, installation: Installation) -> None:
        """Keep what Slack gave us for a workspace."""
        await self._installations.put(installation)
        self._known.pop(installation.workspace, None)

    async def drop(self, workspace: str) -> bool:
        """Forget a workspace that uninstalled us."""
        self._known.pop(workspace, None)
        return await self._installations.drop(PLATFORM, workspace)

    async def _kept(self, workspace: str) -> Installation | None:
        # Reading and unsealing one for each command costs more than keeping the command does.
        at, found = self._known.get(workspace, (0.0, None))
        now = self._clock.now()
        if found is None or not at <= now < at + KNOWN_FOR:
            found = await self._installations.get(PLATFORM, workspace)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[workspace] = (now, found)
        return found


def seen_from(team: str, installation: Installation) -> Installation:
    """A whole organisation's installation, with the workspace of it that a gesture came from; lists must name one."""
    if not team or team == installation.workspace or not installation.workspace.startswith("E"):
        return installation
    return installation.model_copy(update={"team": team})


@lru_cache(8)
def _alone(team: str, token: str) -> Installation:
    """The one workspace, as long as Slack has not told us more."""
    return Installation(platform=PLATFORM, workspace=team, token=token)
