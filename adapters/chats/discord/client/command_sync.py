"""Registers the commands at Discord, only when what stands there is not what we mean."""

import hashlib
import json
from typing import Any

import discord

from adapters.chats.discord.context import Front

SYNCED = "discord-synced"

Payload = list[dict[str, Any]]

# What Discord adds of its own to what it was given.
_THEIRS = {"id", "application_id", "guild_id", "version", "dm_permission", "default_permission", "handler"}


async def register(client: discord.Client, front: Front, payload: Payload, guild: int | None) -> bool:
    """Put the commands there, all at once, if they differ from what is there; whether they did."""
    notes, key = front.door.notes, f"{client.application_id}/{guild or 'everywhere'}"
    there = await _there(client, guild)
    noted: Any = await notes.get(SYNCED, key)
    if there is None:
        changed = not isinstance(noted, dict) or noted["ours"] != _print(payload)
    else:
        changed = not same(payload, there) and noted != _noted(payload, there)
    if changed:
        await notes.put(SYNCED, key, _noted(payload, await _put(client, guild, payload)))
    return changed


async def _there(client: discord.Client, guild: int | None) -> Payload | None:
    """What stands there; None when Discord does not say, and our own note has to do."""
    application = client.application_id or 0
    http: Any = client.http
    try:
        found = http.get_guild_commands(application, guild) if guild else http.get_global_commands(application)
        return list(await found)
    except discord.NotFound:
        return None


async def _put(client: discord.Client, guild: int | None, payload: Payload) -> Payload:
    application, http = client.application_id or 0, client.http
    sent: Any = payload
    if guild:
        return list(map(dict, await http.bulk_upsert_guild_commands(application, guild, payload=sent)))
    return list(map(dict, await http.bulk_upsert_global_commands(application, payload=sent)))


def same(ours: Payload, theirs: Payload) -> bool:
    """Whether two lists of commands mean the same, in whatever order and with whatever said out loud."""
    return _sorted(ours) == _sorted(theirs)


def _sorted(commands: Payload) -> Payload:
    return sorted((_plain(each) for each in commands), key=lambda each: (each.get("type", 1), each["name"]))


def _plain(said: Any) -> Any:
    """Without what goes without saying."""
    if isinstance(said, list):
        plain = [_plain(each) for each in said]
        return sorted(plain) if all(isinstance(each, int) for each in plain) else plain
    if not isinstance(said, dict):
        return said
    kept = {name: _plain(each) for name, each in said.items() if name not in _THEIRS}
    if kept.get("default_member_permissions") is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    return {name: each for name, each in kept.items() if each is not False and each not in (None, "", [])}


def _noted(payload: Payload, there: Payload) -> dict[str, str]:
    """What we mean, and which state of Discord's it became: should it say that in other words, the state is known."""
    state = sorted([str(each.get("id")), str(each.get("version"))] for each in there)
    return {"ours": _print(payload), "theirs": _print(state)}


def _print(known: Any) -> str:
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
