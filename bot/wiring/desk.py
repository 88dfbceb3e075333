"""Builds the desk and the parts that answer commands, each once, and the access rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chats.chat import Chat, ChecksDelivery
from bot.desk.cancel_delete import CancelDelete, DeletesJobs
from bot.desk.desk import Desk
from bot.desk.gestures import DEFAULT_EMOJI
from bot.desk.lookups import Lookups
from bot.desk.questions import Questions
from bot.desk.settings_commands import SettingsCommands
from bot.desk.storyboard_plan import ReadText
from bot.desk.subscribe import SubscriptionCommands
from bot.jobs.job import Jobs
from bot.jobs.limits import parse_limits
from bot.notices.subscriptions import Subscriptions
from bot.policy.access import DEFAULT_CONTACT, AccessPolicy, AccessRules, ChannelSettingsStore
from bot.policy.user_defaults import UserDefaultsStore
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore
from bot.settings import Settings
from bot.studios.choice import StudioChooser
from bot.studios.studio import Studio


@dataclass(frozen=True)
class FrontDesk:
    """The desk, and what chats call beside it."""

    desk: Desk
    lookups: Lookups
    settings: SettingsCommands


def build_desk(
    jobs: Jobs,
    studios: Mapping[str, Studio],
    chats: Mapping[str, Chat],
    clock: Clock,
    wake_engine: Callable[[], None],
    *,
    deletion: DeletesJobs,
    subscriptions: Subscriptions,
    key_value: KeyValueStore,
    access: AccessRules | None = None,
    default_studio: str = "did",
    emoji: Mapping[str, str] = DEFAULT_EMOJI,
    in_sandbox: bool = False,
    read_text: ReadText | None = None,
) -> FrontDesk:
    """The desk over these stores, providers and chats."""
    rules, chooser = access or AccessRules(), StudioChooser(studios, default_studio)
    channel_settings, user_defaults = ChannelSettingsStore(key_value, clock), UserDefaultsStore(key_value, clock)
    delivery_checks = {name: chat.check_can_deliver for name, chat in chats.items() if isinstance(chat, ChecksDelivery)}
    policy = AccessPolicy(rules, channel_settings, delivery_checks)
    lookups = Lookups(jobs, studios)
    subscribe = SubscriptionCommands(subscriptions, chats, clock, policy)
    cancel_delete = CancelDelete(jobs, deletion, clock, wake_engine)
    settings = SettingsCommands(
        rules, channel_settings, user_defaults, subscribe.settings_lines, chooser, emoji, in_sandbox=in_sandbox
    )
    questions = Questions(key_value)
    verbs = lookups.handlers | {
        "cancel": cancel_delete.cancel,
        "delete": cancel_delete.delete,
        "confirm_delete": cancel_delete.confirm_delete,
        "dismiss": questions.dismiss,
        "subscribe": subscribe.subscribe,
        "unsubscribe": subscribe.unsubscribe,
        "settings": settings.run,
    }
    desk = Desk(
        jobs,
        clock,
        wake_engine,
        policy,
        user_defaults,
        chooser,
        verbs,
        questions,
        in_sandbox=in_sandbox,
        read_text=read_text,
    )
    return FrontDesk(desk, lookups, settings)


def rules_from_settings(settings: Settings) -> AccessRules:
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
