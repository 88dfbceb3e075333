"""People at Discord: they type commands, press buttons, fill forms, react and write."""

import itertools
from typing import Any

from tests.fakes.discord_gateway import GUILD, ME, moment
from tests.fakes.discord_server import CHANNEL, TEN_MIB, DiscordServer, Given

ANA, BEN = 1, 2
_tokens = itertools.count(1)


class Discord(DiscordServer):
    """The server with its people."""

    most = TEN_MIB
    installed = True  # the bot is on the server; otherwise it is somebody's own app
    user = ANA

    def message(
        self, channel: int, author: int, text: str, attachments: list[dict[str, Any]], **facts: Any
    ) -> dict[str, Any]:
        """A message, not kept yet."""
        about: dict[str, Any] = {
            "id": str(self.snowflake()),
            "channel_id": str(channel),
            "author": self.user_of(author),
            "content": text,
            "timestamp": moment(self.now()),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [self.user_of(ME)] if f"<@{ME}>" in text else [],
            "mention_roles": [],
            "attachments": attachments,
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            "components": [],
        }
        if self.channels[channel].guild:
            about["guild_id"] = str(GUILD)
        return about | facts

    async def write(self, text: str, *files: dict[str, Any], channel: int = CHANNEL, **facts: Any) -> dict[str, Any]:
        """Somebody writes a message."""
        message = self.message(channel, self.user, text, list(files), **facts)
        self.channels[channel].messages[int(message["id"])] = message
        member = {"member": self.member_of(self.user)} if self.channels[channel].guild else {}
        await self.event("MESSAGE_CREATE", {**self.seen(message), **member})
        return message

    async def react(self, emoji: str, message: dict[str, Any]) -> None:
        """Somebody reacts."""
        channel = int(message["channel_id"])
        body = {"user_id": str(self.user), "channel_id": str(channel), "message_id": message["id"], "burst": False}
        body |= {"emoji": {"id": None, "name": emoji}, "message_author_id": message["author"]["id"], "type": 0}
        if self.channels[channel].guild:
            body |= {"guild_id": str(GUILD), "member": self.member_of(self.user)}
        await self.event("MESSAGE_REACTION_ADD", body)

    async def command(self, path: str, channel: int = CHANNEL, **options: Any) -> Given:
        """Somebody runs a slash command; dictionaries are attachments."""
        name, _, sub = path.partition(" ")
        given = [_option(word, value) for word, value in options.items()]
        resolved = {"attachments": {each["id"]: each for each in options.values() if isinstance(each, dict)}}
        data: dict[str, Any] = {"id": "1", "name": name, "type": 1, "resolved": resolved}
        data["options"] = [{"name": sub, "type": 1, "options": given}] if sub else given
        return await self.interact(2, data, channel)

    async def typing(self, path: str, option: str, typed: str) -> Given:
        """Somebody types into an option."""
        name, _, sub = path.partition(" ")
        given = [{"name": option, "type": 3, "value": typed, "focused": True}]
        options = [{"name": sub, "type": 1, "options": given}] if sub else given
        return await self.interact(4, {"id": "1", "name": name, "type": 1, "options": options}, CHANNEL)

    async def menu(self, name: str, message: dict[str, Any]) -> Given:
        """Somebody uses an action of a message; it carries the message whole."""
        data = {"id": "1", "name": name, "type": 3, "target_id": message["id"]}
        return await self.interact(2, data | {"resolved": {"messages": {message["id"]: message}}}, CHANNEL)

    async def press(self, message: dict[str, Any], act: str) -> Given:
        """Somebody presses a button of a message."""
        from tests.fakes.discord_rules import walk

        custom = next(
            each["custom_id"] for each in walk(message["components"]) if f":{act}:" in each.get("custom_id", "")
        )
        data = {"custom_id": custom, "component_type": 2, "id": 1}
        return await self.interact(3, data, int(message["channel_id"]), message=message)

    async def submit(self, form: Given, files: list[dict[str, Any]] | None = None, **fields: Any) -> Given:
        """Somebody sends a form: what it was prefilled with, changed by these fields."""
        rows = []
        for label in form.answer["data"]["components"]:
            field = label["component"]
            name = field["custom_id"]
            if field["type"] == 19:
                filled = {"type": 19, "custom_id": name, "values": [each["id"] for each in files or []]}
            else:
                filled = {"type": 4, "custom_id": name, "value": fields.get(name, field.get("value", "") or "")}
            rows.append({"type": 18, "component": filled})
        data = {"custom_id": form.answer["data"]["custom_id"], "components": rows}
        data["resolved"] = {"attachments": {each["id"]: each for each in files or []}}
        return await self.interact(5, data, form.channel)

    async def interact(self, kind: int, data: dict[str, Any], channel: int, **extra: Any) -> Given:
        """Any interaction."""
        token = f"interaction-token-{next(_tokens)}"
        given = Given(self.snowflake(), token, kind, channel, self.most, self.now())
        self.given[token] = given
        at = self.channels[channel]
        body: dict[str, Any] = {
            "id": str(given.id),
            "application_id": str(ME),
            "type": kind,
            "data": data,
            "channel": self.channel_of(at),
            "channel_id": str(channel),
            "token": token,
            "version": 1,
            "locale": "en-US",
            "app_permissions": self.app_rights,
            "entitlements": [],
            "attachment_size_limit": self.most,
            "authorizing_integration_owners": {"0": str(GUILD)} if self.installed else {"1": str(self.user)},
            "context": 0 if at.guild else 1,
        } | extra
        if at.guild:
            guild = {"id": str(GUILD), "locale": "en-US", "features": []}
            body |= {"guild_id": str(GUILD), "guild": guild, "member": self.member_of(self.user)}
        else:
            body["user"] = self.user_of(self.user)
        await self.event("INTERACTION_CREATE", body)
        return given

    async def acknowledged(self, given: Given) -> dict[str, Any]:
        """The one answer, which must come within three seconds."""
        await self.until(lambda: given.answers, 3.2)
        return given.answer


def _option(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"name": name, "type": 11, "value": value["id"]}
    kind = 5 if isinstance(value, bool) else 4 if isinstance(value, int) else 10 if isinstance(value, float) else 3
    return {"name": name, "type": kind, "value": value}
