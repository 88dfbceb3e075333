"""Who asks: what Slack knows of a person, kept for an hour, and whether they may."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from adapters.chats.slack.people.user_groups import Groups, Roles
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker

KNOWN_FOR = 3600.0
AGAIN = 60.0
ANSWERS = 1.2  # seconds Slack has to say who somebody is: who typed a command is waiting
MOST = 20_000


@dataclass(frozen=True)
class Person:
    """What we need to know of somebody."""

    name: str = ""
    locale: str = ""
    moderator: bool = False
    guest: bool = False
    home: str = ""  # the workspace they are of
    stranger: bool = False  # of another organisation, here through a shared channel


class People:
    """Knows people by workspace and id."""

    def __init__(self, inside: Inside, groups: Groups, guests: bool) -> None:
        self._in = inside
        self._groups = groups
        self._guests = guests
        self._known: dict[tuple[str, str], tuple[float, Person]] = {}
        self._met: set[str] = set()

    async def asker(self, workspace: str, user: str, name: str = "", team: str = "", *, shared: bool = False) -> Asker:
        """The person as the desk knows people; a refusal when they may not ask here, or may be a stranger."""
        person = await self._person(workspace, user)
        if shared and not (person.home or team):
            raise Refused(texts.UNKNOWN)
        roles = await self._groups.of(workspace, person.home or team, user)
        return self._admit(workspace, user, name, team, person, roles)

    async def quickly(self, workspace: str, user: str, name: str = "", team: str = "") -> Asker:
        """The same as soon as can be: whoever acted has three seconds, and Slack was mostly asked before."""
        known = self.at_once(workspace, user, name, team)
        return known or await self.asker(workspace, user, name, team)

    def at_once(self, workspace: str, user: str, name: str = "", team: str = "") -> Asker | None:
        """The person without asking Slack; none when that has to be done first, because they may be a stranger."""
        at, person = self._known.get((workspace, user), (0.0, Person()))
        stale = at < self._in.door.clock.now() - KNOWN_FOR
        roles = self._groups.at_once(workspace, person.home or team, user)
        if (stale and not self._guests) or user not in self._met or roles is None:
            return None
        if stale:
            # Asked once in a while, however often they type meanwhile.
            self._known[workspace, user] = (self._in.door.clock.now() - KNOWN_FOR + AGAIN, person)
            self._in.later(self._ask(workspace, user, person), "person")
        return self._admit(workspace, user, name, team, person, roles)

    async def name(self, workspace: str, user: str) -> str:
        """What somebody is called."""
        return (await self._person(workspace, user)).name

    def _admit(self, workspace: str, user: str, name: str, team: str, person: Person, roles: Roles) -> Asker:
        elsewhere = bool(team) and team != workspace and not workspace.startswith("E")
        if person.stranger if person.home else elsewhere:
            raise Refused(texts.STRANGER)
        if person.guest and not self._guests:
            raise Refused(texts.GUEST)
        return _asker(workspace, user, person.name or name, person.locale, person.moderator, roles)

    async def _person(self, workspace: str, user: str) -> Person:
        now = self._in.door.clock.now()
        at, person = self._known.get((workspace, user), (0.0, Person()))
        return person if at > now - KNOWN_FOR else await self._ask(workspace, user, person)

    async def _ask(self, workspace: str, user: str, person: Person) -> Person:
        try:
            said = await self._in.call(workspace, "users.info", seconds=ANSWERS, user=user, include_locale=True)
        except Said:  # the permission is an optional one
            return self._keep(workspace, user, person)
        except Trouble:
            return self._keep(workspace, user, person, AGAIN)
        installation = await self._in.workspaces.find(workspace)
        enterprise = installation.enterprise if installation else ""
        return self._keep(workspace, user, _read(said.get("user") or {}, workspace, enterprise))

    def _keep(self, workspace: str, user: str, person: Person, good: float = KNOWN_FOR) -> Person:
        if len(self._known) >= MOST:
            self._known.clear()
            self._met.clear()
        self._known[workspace, user] = (self._in.door.clock.now() - KNOWN_FOR + good, person)
        self._met.add(user)
        return person


@lru_cache(4096)  # a value that half of all requests need anew
def _asker(workspace: str, user: str, name: str, locale: str, moderator: bool, roles: Roles) -> Asker:
    return Asker(
        platform=PLATFORM,
        workspace=workspace,
        user=user,
        name=name,
        locale=locale,
        moderator=moderator,
        roles=roles.held,
        perhaps=roles.perhaps,
    )


def _read(user: dict[str, Any], workspace: str, enterprise: str) -> Person:
    profile = user.get("profile") or {}
    home, of = str(user.get("team_id") or ""), str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
    ours = home in ("", workspace) or (bool(of) and of in (workspace, enterprise))
    return Person(
        name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or ""),
        locale=str(user.get("locale") or ""),
        moderator=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        home=home,
        stranger=not ours or bool(user.get("is_stranger")),
    )
