"""User groups: Slack's roles. Looked up only while a rule names one, so that nobody else needs the permission."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from bot.errors import Trouble

log = structlog.get_logger(__name__)

KNOWN_FOR = 300.0  # seconds; Slack lets groups be listed twenty times a minute
AGAIN = 30.0
LASTS = 3600.0  # for how long what was read counts while Slack is away
ANSWERS = 1.0  # seconds Slack has: who acted waits for it, after it was asked who they are
_GROUP = re.compile(r"s(?=[0-9a-z]*\d)[0-9a-z]+")

Names = frozenset[str]
Members = Mapping[str, Names]


@dataclass(frozen=True)
class Roles:
    """The groups of a rule that somebody is in, and those of which nobody can tell."""

    held: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


NOBODY = Roles()


@dataclass
class _Read:
    """What was last read of one workspace."""

    members: Members | None = None
    at: float = float("-inf")  # when it was read
    good: float = float("-inf")  # until when it need not be read again
    asking: "asyncio.Task[None] | None" = None
    told: set[str] = field(default_factory=set)  # what was said about it in the log


class Groups:
    """Knows who is in the groups that rules name."""

    def __init__(self, inside: Inside, named: Iterable[str]) -> None:
        self._in = inside
        self._named = [found for name in named if (found := _group(name))]
        self._read: dict[tuple[str, str], _Read] = {}

    def at_once(self, workspace: str, team: str, user: str) -> Roles | None:
        """Somebody's roles without asking Slack; none when that has to be done first."""
        wanted = self._wanted(workspace)
        if not wanted:
            return NOBODY
        read = self._read.get(_key(workspace, team))
        return _roles(read, wanted, user) if read and read.good > self._in.door.clock.now() else None

    async def of(self, workspace: str, team: str, user: str) -> Roles:
        """Somebody's roles; what cannot be read in time is left open, and rules then refuse rather than guess."""
        known = self.at_once(workspace, team, user)
        if known is not None:
            return known
        read = self._read.setdefault(_key(workspace, team), _Read())
        if read.asking is None or read.asking.done():  # once for all who wait
            asking = self._ask(read, *_key(workspace, team))
            read.asking = self._in.tasks.create_task(asking, name="slack user groups")
        await asyncio.wait((read.asking,), timeout=ANSWERS)
        return _roles(read, self._wanted(workspace), user)

    def _wanted(self, workspace: str) -> Names:
        if not self._named:
            return frozenset()
        return frozenset(group for where, group in self._named if where in ("", workspace.casefold()))

    async def _ask(self, read: _Read, workspace: str, team: str) -> None:
        now = self._in.door.clock.now()
        try:
            said = await self._in.call(workspace, "usergroups.list", include_users=True, team_id=team or None)
        except Said as no:  # not permitted, or no such thing in this plan: nobody is in any group
            read.members, read.good = None, now + KNOWN_FOR
            self._tell(read, workspace, no.code)
        except Trouble as trouble:
            read.members = read.members if read.at > now - LASTS else None
            read.good = now + AGAIN
            log.info("user groups not read", workspace=workspace, why=trouble.sentence)
        else:
            wanted = self._wanted(workspace)
            listed = {str(each.get("id") or "").casefold(): each for each in said.get("usergroups") or ()}
            read.members = {each: frozenset(listed[each].get("users") or ()) for each in wanted & set(listed)}
            read.at, read.good = now, now + KNOWN_FOR
            read.told.clear()

    def _tell(self, read: _Read, workspace: str, code: str) -> None:
        """Say it once, with what can be done about it."""
        if code not in read.told:
            read.told.add(code)
            log.warning("user groups cannot be read", workspace=workspace, code=code, next=texts.NO_GROUPS)


def _key(workspace: str, team: str) -> tuple[str, str]:
    """A whole organisation has groups in each of its workspaces, and its token must say which are meant."""
    return (workspace, team if workspace.startswith("E") else "")


def _roles(read: _Read | None, wanted: Names, user: str) -> Roles:
    if read is None or read.members is None:
        return Roles(perhaps=tuple(sorted(wanted)))
    return Roles(held=tuple(sorted(group for group, users in read.members.items() if user in users)))


def _group(name: str) -> tuple[str, str] | None:
    """The workspace, if one is said, and the id of a user group, when a rule's name is one."""
    *where, group = name.casefold().split(":")
    if not _GROUP.fullmatch(group) or (where and where[0] != PLATFORM):
        return None
    return (where[1] if len(where) > 1 else "", group)
