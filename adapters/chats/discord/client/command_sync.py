"""Registers the slash commands when they differ from those at Discord."""

import hashlib
import json
from typing import Any

import discord

from adapters.chats.discord.context import DiscordContext

SYNC_SPACE = "discord-command-sync"

CommandPayload = list[dict[str, Any]]

# What Discord adds of its own to what it was given.
_DISCORD_ONLY_KEYS = {"id", "application_id", "guild_id", "version", "dm_permission", "default_permission", "handler"}


async def sync_commands(
    client: discord.Client, context: DiscordContext, payload: CommandPayload, guild_id: int | None
) -> bool:
    """Replace the commands if they differ; True when they did."""
    key_value, key = context.core.key_value, f"{client.application_id}/{guild_id or 'everywhere'}"
    registered = await _fetch_registered(client, guild_id)
    record: Any = await key_value.get(SYNC_SPACE, key)
    if registered is None:
        changed = not isinstance(record, dict) or record["ours"] != _fingerprint(payload)
    else:
        changed = not same_commands(payload, registered) and record != _sync_record(payload, registered)
    if changed:
        await key_value.put(SYNC_SPACE, key, _sync_record(payload, await _replace_commands(client, guild_id, payload)))
    return changed


async def _fetch_registered(client: discord.Client, guild_id: int | None) -> CommandPayload | None:
    """The commands at Discord; None when it does not list them and our own record must do."""
    application_id = client.application_id or 0
    http: Any = client.http
    try:
        fetched = (
            http.get_guild_commands(application_id, guild_id) if guild_id else http.get_global_commands(application_id)
        )
        return list(await fetched)
    except discord.NotFound:
        return None


async def _replace_commands(client: discord.Client, guild_id: int | None, payload: CommandPayload) -> CommandPayload:
    application_id, http = client.application_id or 0, client.http
    sent: Any = payload
    if guild_id:
        return list(map(dict, await http.bulk_upsert_guild_commands(application_id, guild_id, payload=sent)))
    return list(map(dict, await http.bulk_upsert_global_commands(application_id, payload=sent)))


def same_commands(ours: CommandPayload, theirs: CommandPayload) -> bool:
    """Whether two command lists mean the same, whatever their order and defaults."""
    return _normalise_all(ours) == _normalise_all(theirs)


def _normalise_all(commands: CommandPayload) -> CommandPayload:
    return sorted((_normalise(each) for each in commands), key=lambda each: (each.get("type", 1), each["name"]))


def _normalise(value: Any) -> Any:
    """Without fields at their default."""
    if isinstance(value, list):
        plain = [_normalise(each) for each in value]
        return sorted(plain) if all(isinstance(each, int) for each in plain) else plain
    if not isinstance(value, dict):
        return value
    kept = {name: _normalise(each) for name, each in value.items() if name not in _DISCORD_ONLY_KEYS}
    if kept.get("default_member_permissions") is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    return {name: each for name, each in kept.items() if each is not False and each not in (None, "", [])}


def _sync_record(payload: CommandPayload, registered: CommandPayload) -> dict[str, str]:
    """Our commands, and the state they became at Discord, which may word them differently."""
    state = sorted([str(each.get("id")), str(each.get("version"))] for each in registered)
    return {"ours": _fingerprint(payload), "theirs": _fingerprint(state)}


def _fingerprint(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
