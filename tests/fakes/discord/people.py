"""People at Discord: they type commands, press buttons, fill forms, react and write."""

import itertools
from typing import Any

from tests.fakes.discord.gateway import BOT_ID, GUILD_ID, format_time
from tests.fakes.discord.server import CHANNEL_ID, TEN_MIB, DiscordServer, FakeInteraction

ANA, BEN, OWNER = 1, 2, 3
_tokens = itertools.count(1)


class FakeDiscord(DiscordServer):
    """The server with its people."""

    max_upload_bytes = TEN_MIB
    installed = True  # the bot is on the server; otherwise it is somebody's own app
    user = ANA

    def new_message(
        self, channel: int, author: int, text: str, attachments: list[dict[str, Any]], **facts: Any
    ) -> dict[str, Any]:
        """A message that is not stored yet."""
        about: dict[str, Any] = {
            "id": str(self.snowflake()),
            "channel_id": str(channel),
            "author": self.user_payload(author),
            "content": text,
            "timestamp": format_time(self.now()),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [self.user_payload(BOT_ID)] if f"<@{BOT_ID}>" in text else [],
            "mention_roles": [],
            "attachments": attachments,
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            "components": [],
        }
        if self.channels[channel].guild:
            about["guild_id"] = str(GUILD_ID)
        return about | facts

    async def write_message(
        self, text: str, *files: dict[str, Any], channel: int = CHANNEL_ID, **facts: Any
    ) -> dict[str, Any]:
        """Somebody writes a message."""
        message = self.new_message(channel, self.user, text, list(files), **facts)
        self.channels[channel].messages[int(message["id"])] = message
        member = {"member": self.member_payload(self.user)} if self.channels[channel].guild else {}
        await self.dispatch_event("MESSAGE_CREATE", {**self.as_bot_sees(message), **member})
        return message

    async def add_reaction(self, emoji: str, message: dict[str, Any]) -> None:
        """Somebody reacts."""
        channel = int(message["channel_id"])
        body = {"user_id": str(self.user), "channel_id": str(channel), "message_id": message["id"], "burst": False}
        body |= {"emoji": {"id": None, "name": emoji}, "message_author_id": message["author"]["id"], "type": 0}
        if self.channels[channel].guild:
            body |= {"guild_id": str(GUILD_ID), "member": self.member_payload(self.user)}
        await self.dispatch_event("MESSAGE_REACTION_ADD", body)

    async def run_command(self, path: str, channel: int = CHANNEL_ID, **options: Any) -> FakeInteraction:
        """Somebody runs a slash command; dictionaries are attachments."""
        name, _, sub = path.partition(" ")
        given = [_option_payload(word, value) for word, value in options.items()]
        resolved = {"attachments": {each["id"]: each for each in options.values() if isinstance(each, dict)}}
        data: dict[str, Any] = {"id": "1", "name": name, "type": 1, "resolved": resolved}
        data["options"] = [{"name": sub, "type": 1, "options": given}] if sub else given
        return await self.interact(2, data, channel)

    async def type_option(self, path: str, option: str, typed: str) -> FakeInteraction:
        """Somebody types into an option."""
        name, _, sub = path.partition(" ")
        given = [{"name": option, "type": 3, "value": typed, "focused": True}]
        options = [{"name": sub, "type": 1, "options": given}] if sub else given
        return await self.interact(4, {"id": "1", "name": name, "type": 1, "options": options}, CHANNEL_ID)

    async def use_menu(self, name: str, message: dict[str, Any]) -> FakeInteraction:
        """Somebody uses an action of a message; it carries the message whole."""
        data = {"id": "1", "name": name, "type": 3, "target_id": message["id"]}
        return await self.interact(2, data | {"resolved": {"messages": {message["id"]: message}}}, CHANNEL_ID)

    async def press_button(self, message: dict[str, Any], act: str) -> FakeInteraction:
        """Somebody presses a button of a message."""
        from tests.fakes.discord.rules import walk_components

        custom = next(
            each["custom_id"]
            for each in walk_components(message["components"])
            if f":{act}:" in each.get("custom_id", "")
        )
        data = {"custom_id": custom, "component_type": 2, "id": 1}
        return await self.interact(3, data, int(message["channel_id"]), message=message)

    async def submit_form(
        self, form: FakeInteraction, files: list[dict[str, Any]] | None = None, **fields: Any
    ) -> FakeInteraction:
        """Somebody sends a form: what it was prefilled with, changed by these fields."""
        rows = []
        for label in form.response["data"]["components"]:
            field = label["component"]
            name = field["custom_id"]
            if field["type"] == 19:
                filled = {"type": 19, "custom_id": name, "values": [each["id"] for each in files or []]}
            else:
                filled = {"type": 4, "custom_id": name, "value": fields.get(name, field.get("value", "") or "")}
            rows.append({"type": 18, "component": filled})
        data = {"custom_id": form.response["data"]["custom_id"], "components": rows}
        data["resolved"] = {"attachments": {each["id"]: each for each in files or []}}
        return await self.interact(5, data, form.channel)

    async def interact(self, kind: int, data: dict[str, Any], channel: int, **extra: Any) -> FakeInteraction:
        """Any interaction."""
        token = f"interaction-token-{next(_tokens)}"
        given = FakeInteraction(self.snowflake(), token, kind, channel, self.max_upload_bytes, self.now())
        given.pressed_id = int(extra["message"]["id"]) if "message" in extra else None
        self.interactions[token] = given
        at = self.channels[channel]
        body: dict[str, Any] = {
            "id": str(given.id),
            "application_id": str(BOT_ID),
            "type": kind,
            "data": data,
            "channel": self.channel_payload(at),
            "channel_id": str(channel),
            "token": token,
            "version": 1,
            "locale": "en-US",
            "app_permissions": self.app_permissions,
            "entitlements": [],
            "attachment_size_limit": self.max_upload_bytes,
            "authorizing_integration_owners": {"0": str(GUILD_ID)} if self.installed else {"1": str(self.user)},
            "context": 0 if at.guild else 1,
        } | extra
        if at.guild:
            guild = {"id": str(GUILD_ID), "locale": "en-US", "features": []}
            body |= {"guild_id": str(GUILD_ID), "guild": guild, "member": self.member_payload(self.user)}
        else:
            body["user"] = self.user_payload(self.user)
        await self.dispatch_event("INTERACTION_CREATE", body)
        return given

    async def wait_for_response(self, given: FakeInteraction) -> dict[str, Any]:
        """The one answer, which must come within three seconds."""
        await self.wait_until(lambda: given.responses, 3.2)
        return given.response


def _option_payload(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"name": name, "type": 11, "value": value["id"]}
    kind = 5 if isinstance(value, bool) else 4 if isinstance(value, int) else 10 if isinstance(value, float) else 3
    return {"name": name, "type": kind, "value": value}
