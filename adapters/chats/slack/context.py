"""What every part of the Slack adapter shares while the chat is open: workspaces and their tokens, background tasks."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakSet

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import JsonObject, SlackClient
from bot.chats.installations import Installation, Installations
from bot.desk.chat_context import ChatContext
from bot.desk.gestures import Gestures
from bot.errors import Trouble, TryAgain
from bot.jobs.job import Job, Place
from bot.runtime.cache import TtlCache
from bot.runtime.clock import Clock
from bot.settings import SlackSettings

log = structlog.get_logger(__name__)

T = TypeVar("T")

PLATFORM = KEY_VALUE_SPACE = "slack"
# Prefixes of keys in that space.
JOB_MESSAGE_PREFIX, DELIVERY_PREFIX, JOB_OF_FILE_PREFIX = "job_message:", "delivery:", "job_of_file:"
GREETED_USER_PREFIX, GREETED_CHANNEL_PREFIX, HOME_TAB_PREFIX = "greeted_user:", "greeted_channel:", "home_tab:"
INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
INSTALLATION_CACHE_SECONDS = 5.0  # short, because another replica may have deleted it
RENEW_EARLY_SECONDS = 2 * 3600.0  # before it expires, a token is renewed in the background …
RENEW_BLOCKING_SECONDS = 120.0  # … and this close to the end, the work waits for the new one
RENEW_TIMEOUT_SECONDS = 2.0
TOKEN_RETRY_SECONDS = 20.0  # between two checks whether a rejected token works again, or was granted more
DELIVERY_SCOPES = ("chat:write", "files:write")  # without these a finished video cannot be posted
_PRIVATE_NAME_PREFIXES = ("privategroup", "mpdm-")  # what Slack sends instead of a private channel's name
_DIRECT_ID_PREFIXES = ("D", "U", "W")  # a DM, or the person

BackgroundRunner = Callable[[Coroutine[Any, Any, object], str], None]


class StoppableTaskGroup(asyncio.TaskGroup):
    def __init__(self) -> None:
        super().__init__()
        self._started_tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        task = super().create_task(coro, **options)
        self._started_tasks.add(task)
        return task

    def run_in_background(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run work whose failure is logged and has no other effect."""
        task = self.create_task(_log_failures(work, name), name=f"slack {name}")
        task.add_done_callback(lambda _: work.close())  # a task cancelled before its start never awaits the work

    def cancel_all(self) -> None:
        for task in list(self._started_tasks):
            task.cancel()


class SlackWorkspaces:
    """One workspace by its token, or all that installed the app."""

    def __init__(
        self,
        installations: Installations,
        api: SlackClient,
        clock: Clock,
        settings: SlackSettings,
        public_url: str,
        run_in_background: BackgroundRunner,
    ) -> None:
        self._installations = installations
        self._api = api
        self._clock = clock
        self._settings = settings
        self._token = settings.single_token
        self._install_url = f"{public_url}{INSTALL_PATH}" if public_url and settings.many_workspaces else ""
        self._run_in_background = run_in_background
        self._single: Installation | None = None
        self._cache = TtlCache[str, Installation](clock, INSTALLATION_CACHE_SECONDS)
        self._renewal_locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    @property
    def is_single(self) -> bool:
        """Whether a bot token was set, so that there is only one workspace."""
        return self._token is not None

    @property
    def not_installed_text(self) -> str:
        """What people read where the app is not installed, with the install link if there is one."""
        return f"{texts.BOT_REMOVED} {self._install_url}".strip()

    def missing_scopes_text(self, missing: Sequence[str]) -> str:
        return f"{texts.SCOPES_MISSING.format(scopes=' and '.join(missing))} {self._install_url}".strip()

    async def identify_workspace(self) -> Installation:
        """Ask Slack which workspace the one token belongs to."""
        response = await self._api.call(self._token or "", "auth.test")
        self._single = Installation(
            platform=PLATFORM,
            workspace=str(response["team_id"]),
            token=self._token or "",
            name=str(response.get("team", "")),
            enterprise=str(response.get("enterprise_id") or ""),
            bot_id=str(response.get("bot_id", "")),
            bot_user=str(response.get("user_id", "")),
            installed_at=self._clock.now(),
        )
        return self._single

    async def find_installation(self, team: str, enterprise: str = "") -> Installation | None:
        """The installation for a workspace: its own, else its organisation's."""
        if self._token is not None:
            return with_team(team, self._single or self._cache.get(team) or self._unidentified(team))
        for workspace in (team, enterprise):
            if workspace and (found := await self._cached_installation(workspace)):
                return with_team(team, await self._with_fresh_token(found) if found.expires_at else found)
        return None

    def _unidentified(self, team: str) -> Installation:
        """The one workspace until Slack has said which it is."""
        installation = Installation(platform=PLATFORM, workspace=team, token=self._token or "")
        return self._cache.put(team, installation)

    async def require_installation(self, workspace: str) -> Installation:
        """The installation for a workspace; a workspace that removed the app may install it again."""
        found = await self.find_installation(workspace)
        if found is None:
            raise TryAgain(texts.BOT_REMOVED, 600.0)
        return found

    async def save_installation(self, installation: Installation) -> None:
        await self._installations.save(installation)
        self._cache.discard(installation.workspace)

    async def delete_installation(self, workspace: str) -> bool:
        self._cache.discard(workspace)
        return await self._installations.delete(PLATFORM, workspace)

    async def _cached_installation(self, workspace: str) -> Installation | None:
        # Reading and decrypting it for each command costs more than recording the command.
        if cached := self._cache.get(workspace):
            return cached
        stored = await self._installations.get(PLATFORM, workspace)
        return self._cache.put(workspace, stored) if stored else None

    async def _with_fresh_token(self, installation: Installation) -> Installation:
        """The installation with a token that has not expired, or as it is when Slack issues none."""
        seconds_left = (installation.expires_at or 0.0) - self._clock.now()
        if not installation.refresh_token or seconds_left > RENEW_EARLY_SECONDS:
            return installation
        if seconds_left > RENEW_BLOCKING_SECONDS:
            if not self._renewal_locks[installation.workspace].locked():
                self._run_in_background(self._renew_token(installation), "token renewal")
            return installation
        return await self._renew_token(installation)

    async def _renew_token(self, installation: Installation) -> Installation:
        """Exchange the refresh token, which is valid once, for the next pair."""
        async with self._renewal_locks[installation.workspace]:
            stored = await self._installations.get(installation.platform, installation.workspace)
            if stored is None or stored.refresh_token != installation.refresh_token:
                return stored or installation  # renewed meanwhile
            params = {
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.get_secret_value(),
                "grant_type": "refresh_token",
                "refresh_token": stored.refresh_token,
            }
            try:
                response = await self._api.call("", "oauth.v2.access", seconds=RENEW_TIMEOUT_SECONDS, **params)
            except Trouble as trouble:
                log.warning("token not renewed", workspace=stored.workspace, why=trouble.sentence)
                return stored
            lifetime = float(response.get("expires_in") or 0.0)
            changes = {
                "token": str(response["access_token"]),
                "refresh_token": str(response.get("refresh_token") or stored.refresh_token),
                "expires_at": self._clock.now() + lifetime if lifetime else None,
            }
            fresh = stored.model_copy(update=changes)
            await self.save_installation(fresh)
            return fresh


class SlackContext:
    def __init__(
        self, core: ChatContext, api: SlackClient, tasks: StoppableTaskGroup, settings: SlackSettings, public_url: str
    ) -> None:
        self.core, self.desk, self.gestures, self.jobs = core, core.desk, Gestures(core.desk, core.emoji), core.jobs
        self.inbox, self.subscriptions = core.inbox, core.subscriptions
        self.api, self.tasks, self.settings, self.public_url = api, tasks, settings, public_url
        self.run_in_background = tasks.run_in_background
        self.workspaces = SlackWorkspaces(
            core.installations, api, core.clock, settings, public_url, self.run_in_background
        )
        self.inbox_wakeup = asyncio.Event()
        self._token_retry_at = 0.0  # a rejected token is not checked again before

    def now(self) -> float:
        return self.core.clock.now()

    async def call(self, workspace: str, method: str, /, **params: Any) -> JsonObject:
        return await self.api.call((await self.workspaces.require_installation(workspace)).token, method, **params)

    async def try_call(self, workspace: str, method: str, /, **params: Any) -> JsonObject | None:
        """A call whose failure is logged and has no other effect."""
        try:
            return await self.call(workspace, method, **params)
        except Trouble as trouble:
            log.info("call failed", method=method, why=trouble.sentence)
            return None

    def token_accepted(self, installation: Installation) -> bool:
        """Whether Slack accepted the token at its last use; a rejected one is checked again now and then."""
        if installation.token not in self.api.rejected_tokens:
            return True
        self._recheck_token(installation)
        return False

    def missing_scopes(self, installation: Installation) -> list[str]:
        """What the app lacks to post a video; asked again now and then, because a reinstall may have granted it."""
        granted = self.api.granted_scopes.get(installation.token) or frozenset(installation.scopes)
        missing = [scope for scope in DELIVERY_SCOPES if scope not in granted] if granted else []
        if missing:
            self._recheck_token(installation)
        return missing

    def _recheck_token(self, installation: Installation) -> None:
        if self.now() > self._token_retry_at:
            self._token_retry_at = self.now() + TOKEN_RETRY_SECONDS
            self.run_in_background(self.api.call(installation.token, "auth.test"), "token check")

    async def enqueue_event(self, key: str, body: dict[str, Any]) -> bool:
        """Add an event to the inbox, once per key; it is handled at once, or after a restart."""
        new = await self.inbox.add(PLATFORM, key, body, self.now())
        self.inbox_wakeup.set()
        return new

    async def enqueue_job_event(self, kind: str, job: Job, line: str = "") -> None:
        """Add a follow-up of a job to the inbox, once per kind and job."""
        await self.enqueue_event(f"{kind}:{job.id}", {"kind": kind, "job": job.id, "line": line})

    async def load_value(self, key: str) -> Any:
        return await self.core.key_value.get(KEY_VALUE_SPACE, key)

    async def save_value(self, key: str, value: Any) -> None:
        await self.core.key_value.put(KEY_VALUE_SPACE, key, value)

    async def delete_value(self, key: str) -> None:
        await self.core.key_value.delete(KEY_VALUE_SPACE, key)


def with_team(team: str, installation: Installation) -> Installation:
    """An organisation's installation with the workspace an event came from; Slack's lists require one."""
    if not team or team == installation.workspace or not installation.workspace.startswith("E"):
        return installation
    return installation.model_copy(update={"team": team})


@lru_cache(4096)  # commands come again and again from the same channels
def make_place(workspace: str, channel: str, name: str = "", thread: str = "", message: str = "") -> Place:
    """A place, with its privacy as far as the ids and the channel's name show it."""
    private = channel.startswith(_DIRECT_ID_PREFIXES)
    return Place(
        platform=PLATFORM,
        workspace=workspace,
        channel=channel,
        thread=thread,
        message=message,
        private=private,
        invite_only=not private and (channel.startswith("G") or name.startswith(_PRIVATE_NAME_PREFIXES)),
    )


async def _log_failures(work: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await work
    except Trouble as trouble:
        log.info("background task failed", task=name, why=trouble.sentence)
    except Exception:  # an edge: one failed Home tab must not stop the whole chat
        log.exception("background task failed", task=name)
