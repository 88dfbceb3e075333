"""User groups: Slack's roles. Looked up only while a rule names one, so that nobody else needs the permission."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext
from bot.errors import Trouble

log = structlog.get_logger(__name__)

GROUPS_CACHE_SECONDS = 300.0  # seconds; Slack lets groups be listed twenty times a minute
GROUPS_RETRY_SECONDS = 30.0
GROUPS_STALE_SECONDS = 3600.0  # for how long what was read counts while Slack is away
GROUPS_TIMEOUT_SECONDS = 1.0  # seconds Slack has: who acted waits for it, after it was asked who they are
_GROUP_ID = re.compile(r"s(?=[0-9a-z]*\d)[0-9a-z]+")

IdSet = frozenset[str]
GroupMembers = Mapping[str, IdSet]


@dataclass(frozen=True)
class UserRoles:
    """The groups of a rule that somebody is in, and those of which nobody can tell."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


NO_ROLES = UserRoles()


@dataclass
class _WorkspaceGroups:
    """What was last read of one workspace."""

    members: GroupMembers | None = None
    read_at: float = float("-inf")  # when it was read
    fresh_until: float = float("-inf")  # until when it need not be read again
    pending: "asyncio.Task[None] | None" = None
    warned_codes: set[str] = field(default_factory=set)  # what was said about it in the log


class UserGroups:
    """Knows who is in the groups that rules name."""

    def __init__(self, context: SlackContext, named: Iterable[str]) -> None:
        self._context = context
        self._named_groups = [found for name in named if (found := _parse_group(name))]
        self._by_workspace: dict[tuple[str, str], _WorkspaceGroups] = {}

    def cached_roles(self, workspace: str, team: str, user: str) -> UserRoles | None:
        """Somebody's roles without asking Slack; none when that has to be done first."""
        wanted = self._wanted_groups(workspace)
        if not wanted:
            return NO_ROLES
        entry = self._by_workspace.get(_cache_key(workspace, team))
        return _roles_in(entry, wanted, user) if entry and entry.fresh_until > self._context.core.clock.now() else None

    async def roles_of(self, workspace: str, team: str, user: str) -> UserRoles:
        """Somebody's roles; what cannot be read in time is left open, and rules then refuse rather than guess."""
        cached = self.cached_roles(workspace, team, user)
        if cached is not None:
            return cached
        entry = self._by_workspace.setdefault(_cache_key(workspace, team), _WorkspaceGroups())
        if entry.pending is None or entry.pending.done():  # once for all who wait
            fetching = self._fetch_members(entry, *_cache_key(workspace, team))
            entry.pending = self._context.tasks.create_task(fetching, name="slack user groups")
        await asyncio.wait((entry.pending,), timeout=GROUPS_TIMEOUT_SECONDS)
        return _roles_in(entry, self._wanted_groups(workspace), user)

    def _wanted_groups(self, workspace: str) -> IdSet:
        if not self._named_groups:
            return frozenset()
        return frozenset(group for where, group in self._named_groups if where in ("", workspace.casefold()))

    async def _fetch_members(self, entry: _WorkspaceGroups, workspace: str, team: str) -> None:
        now = self._context.core.clock.now()
        try:
            response = await self._context.call(workspace, "usergroups.list", include_users=True, team_id=team or None)
        except SlackRefused as no:  # not permitted, or no such thing in this plan: nobody is in any group
            entry.members, entry.fresh_until = None, now + GROUPS_CACHE_SECONDS
            self._warn_once(entry, workspace, no.code)
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

    def _warn_once(self, entry: _WorkspaceGroups, workspace: str, code: str) -> None:
        """Say it once, with what can be done about it."""
        if code not in entry.warned_codes:
            entry.warned_codes.add(code)
            log.warning("user groups cannot be read", workspace=workspace, code=code, next=texts.USER_GROUPS_UNREADABLE)


def _cache_key(workspace: str, team: str) -> tuple[str, str]:
    """A whole organisation has groups in each of its workspaces, and its token must say which are meant."""
    return (workspace, team if workspace.startswith("E") else "")


def _roles_in(entry: _WorkspaceGroups | None, wanted: IdSet, user: str) -> UserRoles:
    if entry is None or entry.members is None:
        return UserRoles(unknown=tuple(sorted(wanted)))
    return UserRoles(known=tuple(sorted(group for group, users in entry.members.items() if user in users)))


def _parse_group(name: str) -> tuple[str, str] | None:
    """The workspace, if one is said, and the id of a user group, when a rule's name is one."""
    *where, group = name.casefold().split(":")
    if not _GROUP_ID.fullmatch(group) or (where and where[0] != PLATFORM):
        return None
    return (where[1] if len(where) > 1 else "", group)
