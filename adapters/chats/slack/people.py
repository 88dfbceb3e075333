"""Users, user groups and channels: who requests a video, whether they may, who can read it, how texts mention them."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import SlackRefused
from adapters.chats.slack.context import PLATFORM, SlackContext
from bot.errors import Refused, Trouble
from bot.jobs.job import Asker, Place
from bot.runtime.cache import TtlCache

log = structlog.get_logger(__name__)

GROUPS_CACHE_SECONDS = 300.0  # Slack allows 20 calls a minute
GROUPS_RETRY_SECONDS = 30.0
GROUPS_STALE_SECONDS = 3600.0  # how long old members count while Slack does not respond
GROUPS_TIMEOUT_SECONDS = 1.0  # the person is waiting meanwhile
_GROUP_ID = re.compile(r"s(?=[0-9a-z]*\d)[0-9a-z]+")

IdSet = frozenset[str]
GroupMembers = Mapping[str, IdSet]


@dataclass(frozen=True)
class UserRoles:
    """The named groups that a user is in, and those that could not be read."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


NO_ROLES = UserRoles()


@dataclass
class _WorkspaceGroups:
    members: GroupMembers | None = None
    read_at: float = float("-inf")
    fresh_until: float = float("-inf")
    pending: "asyncio.Task[None] | None" = None
    warned_codes: set[str] = field(default_factory=set)


class UserGroups:
    """Members of the user groups that access rules name; without such a rule, Slack is never asked."""

    def __init__(self, context: SlackContext, named: Iterable[str]) -> None:
        self._context = context
        self._named_groups = [found for name in named if (found := _parse_group(name))]
        self._by_workspace: dict[tuple[str, str], _WorkspaceGroups] = {}

    def cached_roles(self, workspace: str, team: str, user: str) -> UserRoles | None:
        """A user's roles from the cache; None when Slack must be asked."""
        wanted = self._wanted_groups(workspace)
        if not wanted:
            return NO_ROLES
        entry = self._by_workspace.get(_cache_key(workspace, team))
        return _roles_in(entry, wanted, user) if entry and entry.fresh_until > self._context.now() else None

    async def roles_of(self, workspace: str, team: str, user: str) -> UserRoles:
        """A user's roles; groups not read in time are unknown, and access rules then refuse."""
        cached = self.cached_roles(workspace, team, user)
        if cached is not None:
            return cached
        entry = self._by_workspace.setdefault(_cache_key(workspace, team), _WorkspaceGroups())
        if entry.pending is None or entry.pending.done():  # one call for all waiting requests
            fetching = self._fetch_members(entry, *_cache_key(workspace, team))
            entry.pending = self._context.tasks.create_task(fetching, name="slack user groups")
        await asyncio.wait((entry.pending,), timeout=GROUPS_TIMEOUT_SECONDS)
        return _roles_in(entry, self._wanted_groups(workspace), user)

    def _wanted_groups(self, workspace: str) -> IdSet:
        return frozenset(group for where, group in self._named_groups if where in ("", workspace.casefold()))

    async def _fetch_members(self, entry: _WorkspaceGroups, workspace: str, team: str) -> None:
        now = self._context.now()
        try:
            response = await self._context.call(workspace, "usergroups.list", include_users=True, team_id=team or None)
        except SlackRefused as no:  # no permission, or not in this workspace's plan
            entry.members, entry.fresh_until = None, now + GROUPS_CACHE_SECONDS
            if no.code not in entry.warned_codes:
                entry.warned_codes.add(no.code)
                why = texts.USER_GROUPS_UNREADABLE
                log.warning("user groups not readable", workspace=workspace, code=no.code, next=why)
        except Trouble as trouble:
            entry.members = entry.members if entry.read_at > now - GROUPS_STALE_SECONDS else None
            entry.fresh_until = now + GROUPS_RETRY_SECONDS
            log.info("user groups not read", workspace=workspace, why=trouble.sentence)
        else:
            wanted = self._wanted_groups(workspace)
            listed = {str(each.get("id") or "").casefold(): each for each in response.get("usergroups") or ()}
            entry.members = {each: frozenset(listed[each].get("users") or ()) for each in wanted & set(listed)}
            entry.read_at, entry.fresh_until = now, now + GROUPS_CACHE_SECONDS
            entry.warned_codes.clear()


def _cache_key(workspace: str, team: str) -> tuple[str, str]:
    """An organisation's token must name the workspace whose groups it lists."""
    return (workspace, team if workspace.startswith("E") else "")


def _roles_in(entry: _WorkspaceGroups | None, wanted: IdSet, user: str) -> UserRoles:
    if entry is None or entry.members is None:
        return UserRoles(unknown=tuple(sorted(wanted)))
    return UserRoles(known=tuple(sorted(group for group, users in entry.members.items() if user in users)))


def _parse_group(name: str) -> tuple[str, str] | None:
    """Workspace (or "") and group id, if a rule's name is a user group."""
    *where, group = name.casefold().split(":")
    if not _GROUP_ID.fullmatch(group) or (where and where[0] != PLATFORM):
        return None
    return (where[1] if len(where) > 1 else "", group)


USER_CACHE_SECONDS = 3600.0
USER_RETRY_SECONDS = 60.0
USER_TIMEOUT_SECONDS = 1.2  # the person is waiting meanwhile
MAX_CACHED_USERS = 20_000


@dataclass(frozen=True)
class SlackUser:
    name: str = ""
    locale: str = ""
    moderator: bool = False
    guest: bool = False
    home_team: str = ""
    external: bool = False  # a member of another organisation, in a shared channel


class SlackUsers:
    def __init__(self, context: SlackContext, user_groups: UserGroups) -> None:
        self._context = context
        self._user_groups = user_groups
        self._allow_guests = context.settings.guests
        self._cache: dict[tuple[str, str], tuple[float, SlackUser]] = {}
        self._seen_users: set[str] = set()

    async def get_asker(
        self, workspace: str, user: str, name: str = "", team: str = "", *, shared: bool = False
    ) -> Asker:
        """The user as an asker; refused if they are, or may be, from outside, or a guest where guests are denied."""
        person = await self._get_user(workspace, user)
        if shared and not (person.home_team or team):
            raise Refused(texts.MEMBERSHIP_UNKNOWN)
        roles = await self._user_groups.roles_of(workspace, person.home_team or team, user)
        return self._admit_user(workspace, user, name, team, person, roles)

    async def get_asker_quickly(self, workspace: str, user: str, name: str = "", team: str = "") -> Asker:
        """The same from the cache if possible, because Slack waits only three seconds."""
        return self._cached_asker(workspace, user, name, team) or await self.get_asker(workspace, user, name, team)

    def _cached_asker(self, workspace: str, user: str, name: str, team: str) -> Asker | None:
        """The user from the cache; None when Slack must be asked first."""
        cached_at, person = self._cache.get((workspace, user), (0.0, SlackUser()))
        stale = cached_at < self._context.now() - USER_CACHE_SECONDS
        roles = self._user_groups.cached_roles(workspace, person.home_team or team, user)
        if (stale and not self._allow_guests) or user not in self._seen_users or roles is None:
            return None
        if stale:
            self._cache_user(workspace, user, person, USER_RETRY_SECONDS)  # at most one look-up in that time
            self._context.run_in_background(self._fetch_user(workspace, user, person), "person")
        return self._admit_user(workspace, user, name, team, person, roles)

    async def get_name(self, workspace: str, user: str) -> str:
        return (await self._get_user(workspace, user)).name

    def _admit_user(
        self, workspace: str, user: str, name: str, team: str, person: SlackUser, roles: UserRoles
    ) -> Asker:
        elsewhere = bool(team) and team != workspace and not workspace.startswith("E")
        if person.external if person.home_team else elsewhere:
            raise Refused(texts.EXTERNAL_USER_DENIED)
        if person.guest and not self._allow_guests:
            raise Refused(texts.GUEST_DENIED)
        return Asker(
            platform=PLATFORM,
            workspace=workspace,
            user=user,
            name=person.name or name,
            locale=person.locale,
            moderator=person.moderator,
            roles=roles.known,
            unknown_roles=roles.unknown,
        )

    async def _get_user(self, workspace: str, user: str) -> SlackUser:
        now = self._context.now()
        cached_at, person = self._cache.get((workspace, user), (0.0, SlackUser()))
        return person if cached_at > now - USER_CACHE_SECONDS else await self._fetch_user(workspace, user, person)

    async def _fetch_user(self, workspace: str, user: str, person: SlackUser) -> SlackUser:
        try:
            params = {"user": user, "include_locale": True, "seconds": USER_TIMEOUT_SECONDS}
            response = await self._context.call(workspace, "users.info", **params)
        except SlackRefused:  # users:read is optional
            return self._cache_user(workspace, user, person)
        except Trouble:
            return self._cache_user(workspace, user, person, USER_RETRY_SECONDS)
        installation = await self._context.workspaces.find_installation(workspace)
        enterprise = installation.enterprise if installation else ""
        return self._cache_user(workspace, user, _parse_user(response.get("user") or {}, workspace, enterprise))

    def _cache_user(
        self, workspace: str, user: str, person: SlackUser, cache_seconds: float = USER_CACHE_SECONDS
    ) -> SlackUser:
        if len(self._cache) >= MAX_CACHED_USERS and (workspace, user) not in self._cache:
            self._cache.clear()
            self._seen_users.clear()
        self._cache[workspace, user] = (self._context.now() - USER_CACHE_SECONDS + cache_seconds, person)
        self._seen_users.add(user)
        return person


def _parse_user(user: dict[str, Any], workspace: str, enterprise: str) -> SlackUser:
    profile = user.get("profile") or {}
    home_team = str(user.get("team_id") or "")
    enterprise_id = str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
    internal = home_team in ("", workspace) or (bool(enterprise_id) and enterprise_id in (workspace, enterprise))
    return SlackUser(
        name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or ""),
        locale=str(user.get("locale") or ""),
        moderator=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        home_team=home_team,
        external=not internal or bool(user.get("is_stranger")),
    )


CHANNEL_CACHE_SECONDS = 3600.0


class Channels:
    def __init__(self, context: SlackContext) -> None:
        self._context = context
        self._cache = TtlCache[tuple[str, str], bool](context.core.clock, CHANNEL_CACHE_SECONDS)

    async def with_privacy(self, place: Place) -> Place:
        """The place, marked if only invited people can read it."""
        if place.private or place.invite_only:
            return place
        return place.model_copy(update={"invite_only": await self._is_invite_only(place.workspace, place.channel)})

    async def _is_invite_only(self, workspace: str, channel: str) -> bool:
        cached = self._cache.get((workspace, channel))
        if cached is not None:
            return cached
        try:
            response = await self._context.call(workspace, "conversations.info", seconds=3.0, channel=channel)
        except SlackRefused:
            closed = True  # a channel that we may not look at counts as private
        except Trouble:
            return True
        else:
            info = response.get("channel") or {}
            closed = bool(info.get("is_private") or info.get("is_mpim") or info.get("is_im"))
        return self._cache.put((workspace, channel), closed)


_MARKUP = re.compile(r"<([^<>\s][^<>]*)>")
_BROADCAST_NAMES = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}


def unescape(text: str, names: dict[str, str] | None = None) -> str:
    """The typed text; `names` maps mentioned user ids to names."""
    if "<" not in text and "&" not in text:
        return text
    plain = _MARKUP.sub(lambda match: _markup_to_text(match[1], names or {}), text)
    # The ampersand last, since "&amp;lt;" means a typed "&lt;".
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned_users(text: str) -> set[str]:
    return {match[1][1:].partition("|")[0] for match in _MARKUP.finditer(text) if match[1].startswith("@")}


def without_mention(text: str, user: str) -> str:
    return re.sub(rf"\s*<@{re.escape(user)}(\|[^<>]*)?>:?", "", text, count=1).strip() if user else text.strip()


def _markup_to_text(markup: str, names: dict[str, str]) -> str:
    target, bar, label = markup.partition("|")
    if target[0] == "@":
        return "@" + (names.get(target[1:]) or label or target[1:])
    if target[0] == "#":
        return "#" + (label or target[1:])
    if target[0] == "!":
        return _BROADCAST_NAMES.get(target) or (label if bar else target.rpartition("^")[2].lstrip("!"))
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    # Slack also links bare words like example.com; the label is the typed text.
    return label if bar and target in (f"http://{label}", f"https://{label}") else target
