"""The access rules of the settings."""

from bot.jobs.limits import parse_limits
from bot.policy.access import DEFAULT_CONTACT, AccessRules
from bot.settings import Settings


def rules_from_settings(settings: Settings) -> AccessRules:
    """The access rules that the operator set."""
    return AccessRules(
        askers=_parse_names(settings.askers),
        not_askers=_parse_names(settings.not_askers),
        moderators=_parse_names(settings.moderators),
        channels=_parse_names(settings.channels),
        not_channels=_parse_names(settings.not_channels),
        limits=(*parse_limits(settings.user_limits, "person"), *parse_limits(settings.channel_limits, "channel")),
        moderators_exempt=not settings.limit_moderators,
        contact=settings.contact.strip() or DEFAULT_CONTACT,
    )


def _parse_names(setting: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in setting.replace(",", " ").split())
