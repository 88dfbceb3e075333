"""The console's people: two members and an admin, to show what permissions do."""

from dataclasses import dataclass

from bot.errors import Refused
from bot.jobs.asker import Asker

BOT_ID = "didtalk"
PLATFORM_NAME = "console"


@dataclass(frozen=True)
class Persona:
    id: str
    name: str
    role: str
    moderator: bool = False

    @property
    def asker(self) -> Asker:
        roles = ("admin",) if self.moderator else ()
        return Asker(platform=PLATFORM_NAME, user=self.id, name=self.name, roles=roles, moderator=self.moderator)


PERSONAS = {
    each.id: each
    for each in (
        Persona("ana", "Ana", "member"),
        Persona("ben", "Ben", "member"),
        Persona("mia", "Mia", "admin", moderator=True),
    )
}


def find_persona(id_: str | None) -> Persona:
    if id_ in PERSONAS:
        return PERSONAS[id_]
    raise Refused("Unknown person. Choose ana, ben or mia.")
