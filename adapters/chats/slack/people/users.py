"""Who asks: what Slack knows of a person, kept for an hour, and whether they may."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.people.user_groups import UserGroups, UserRoles
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker

USER_CACHE_SECONDS = 3600.0
USER_RETRY_SECONDS = 60.0
USER_TIMEOUT_SECONDS = 1.2  # seconds Slack has to say who somebody is: who typed a command is waiting
MAX_CACHED_USERS = 20_000


@dataclass(frozen=True)
class SlackUser:
    """What we need to know of somebody."""

    name: str = ""
    locale: str = ""
    moderator: bool = False
    guest: bool = False
    home_team: str = ""  # the workspace they are of
    external: bool = False  # of another organisation, here through a shared channel


class SlackUsers:
    """Knows people by workspace and id."""

    def __init__(self, context: SlackContext, user_groups: UserGroups, allow_guests: bool) -> None:
        self._context = context
        self._user_groups = user_groups
        self._allow_guests = allow_guests
        self._cache: dict[tuple[str, str], tuple[float, SlackUser]] = {}
        self._seen_users: set[str] = set()

    async def get_asker(
        self, workspace: str, user: str, name: str = "", team: str = "", *, shared: bool = False
    ) -> Asker:
        """The person as the desk knows people; a refusal when they may not ask here, or may be a stranger."""
        person = await self._get_user(workspace, user)
        if shared and not (person.home_team or team):
            raise Refused(texts.MEMBERSHIP_UNKNOWN)
        roles = await self._user_groups.roles_of(workspace, person.home_team or team, user)
        return self._admit_user(workspace, user, name, team, person, roles)

    async def get_asker_quickly(self, workspace: str, user: str, name: str = "", team: str = "") -> Asker:
        """The same as soon as can be: whoever acted has three seconds, and Slack was mostly asked before."""
        cached = self.cached_asker(workspace, user, name, team)
        return cached or await self.get_asker(workspace, user, name, team)

    def cached_asker(self, workspace: str, user: str, name: str = "", team: str = "") -> Asker | None:
        """The person without asking Slack; none when that has to be done first, because they may be a stranger."""
        cached_at, person = self._cache.get((workspace, user), (0.0, SlackUser()))
        stale = cached_at < self._context.core.clock.now() - USER_CACHE_SECONDS
        roles = self._user_groups.cached_roles(workspace, person.home_team or team, user)
        if (stale and not self._allow_guests) or user not in self._seen_users or roles is None:
            return None
        if stale:
            # Asked once in a while, however often they type meanwhile.
            self._cache[workspace, user] = (
                self._context.core.clock.now() - USER_CACHE_SECONDS + USER_RETRY_SECONDS,
                person,
            )
            self._context.run_in_background(self._fetch_user(workspace, user, person), "person")
        return self._admit_user(workspace, user, name, team, person, roles)

    async def get_name(self, workspace: str, user: str) -> str:
        """What somebody is called."""
        return (await self._get_user(workspace, user)).name

    def _admit_user(
        self, workspace: str, user: str, name: str, team: str, person: SlackUser, roles: UserRoles
    ) -> Asker:
        elsewhere = bool(team) and team != workspace and not workspace.startswith("E")
        if person.external if person.home_team else elsewhere:
            raise Refused(texts.EXTERNAL_USER_DENIED)
        if person.guest and not self._allow_guests:
            raise Refused(texts.GUEST_DENIED)
        return _build_asker(workspace, user, person.name or name, person.locale, person.moderator, roles)

    async def _get_user(self, workspace: str, user: str) -> SlackUser:
        now = self._context.core.clock.now()
        cached_at, person = self._cache.get((workspace, user), (0.0, SlackUser()))
        return person if cached_at > now - USER_CACHE_SECONDS else await self._fetch_user(workspace, user, person)

    async def _fetch_user(self, workspace: str, user: str, person: SlackUser) -> SlackUser:
        try:
            response = await self._context.call(
                workspace, "users.info", seconds=USER_TIMEOUT_SECONDS, user=user, include_locale=True
            )
        except SlackRefused:  # the permission is an optional one
            return self._cache_user(workspace, user, person)
        except Trouble:
            return self._cache_user(workspace, user, person, USER_RETRY_SECONDS)
        installation = await self._context.workspaces.find_installation(workspace)
        enterprise = installation.enterprise if installation else ""
        return self._cache_user(workspace, user, _parse_user(response.get("user") or {}, workspace, enterprise))

    def _cache_user(
        self, workspace: str, user: str, person: SlackUser, cache_seconds: float = USER_CACHE_SECONDS
    ) -> SlackUser:
        if len(self._cache) >= MAX_CACHED_USERS:
            self._cache.clear()
            self._seen_users.clear()
        self._cache[workspace, user] = (self._context.core.clock.now() - USER_CACHE_SECONDS + cache_seconds, person)
        self._seen_users.add(user)
        return person


@lru_cache(4096)  # a value that half of all requests need anew
def _build_asker(workspace: str, user: str, name: str, locale: str, moderator: bool, roles: UserRoles) -> Asker:
    return Asker(
        platform=PLATFORM,
        workspace=workspace,
        user=user,
        name=name,
        locale=locale,
        moderator=moderator,
        roles=roles.known,
        unknown_roles=roles.unknown,
    )


def _parse_user(user: dict[str, Any], workspace: str, enterprise: str) -> SlackUser:
    profile = user.get("profile") or {}
    home_team, enterprise_id = (
        str(user.get("team_id") or ""),
        str((user.get("enterprise_user") or {}).get("enterprise_id") or ""),
    )
    internal = home_team in ("", workspace) or (bool(enterprise_id) and enterprise_id in (workspace, enterprise))
    return SlackUser(
        name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or ""),
        locale=str(user.get("locale") or ""),
        moderator=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        home_team=home_team,
        external=not internal or bool(user.get("is_stranger")),
    )
