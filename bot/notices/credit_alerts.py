"""Credit alerts: channels are notified when the balance at a studio falls below a threshold.

A threshold is announced again only after the balance has been above it. How often that happened is stored and is part
of the notice's key, so that a check repeated after a crash announces nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.errors import Broken, Trouble
from bot.notices.subscriptions import Notice, Subscription, Subscriptions, credits_threshold
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore
from bot.studios.studio import Studio

log = structlog.get_logger(__name__)

CREDIT_ALERTS_SPACE = "credit_alerts"


@dataclass(frozen=True)
class CreditAlerts:
    """Compares balances with the thresholds that people set."""

    studios: Mapping[str, Studio]
    subscriptions: Subscriptions
    key_value: KeyValueStore
    clock: Clock

    async def check_credits(self) -> None:
        """Announce each threshold that was crossed since the last check. Without subscribers no studio is called."""
        subscribed = await self.subscriptions.list_active("credits")
        for studio in self.studios.values() if subscribed else ():
            try:
                remaining = (await studio.credit()).remaining
            except Broken:
                raise
            except Trouble as trouble:
                log.info("credits not known", studio=studio.name, why=trouble.sentence)
            else:
                await self._announce_crossed(studio, remaining, subscribed)

    async def _announce_crossed(self, studio: Studio, remaining: float, subscribed: list[Subscription]) -> None:
        stored: Any = await self.key_value.get(CREDIT_ALERTS_SPACE, studio.name) or {}
        new_state: dict[str, list[int]] = {}
        crossed: list[Notice] = []
        for subscription in subscribed:
            rises, was_low = stored.get(_threshold_key(subscription), (0, 0))
            low = remaining < credits_threshold(subscription.filter)
            if low and not was_low:
                crossed.append(self._low_credit_notice(subscription, studio, remaining, rises))
            new_state[_threshold_key(subscription)] = [rises + (1 if was_low and not low else 0), int(low)]
        # Announced before the state is stored: after a crash in between the same keys are added again, harmlessly.
        await self.subscriptions.add_notices(crossed)
        if new_state != stored:
            await self.key_value.put(CREDIT_ALERTS_SPACE, studio.name, new_state)

    def _low_credit_notice(self, subscription: Subscription, studio: Studio, remaining: float, rises: int) -> Notice:
        key = f"credits:{studio.name}:{_threshold_key(subscription)}:{rises}"
        threshold = credits_threshold(subscription.filter)
        sentence = f"{studio.title} is low on credits: {remaining:,g} left (alert set at {threshold:,g})."
        return Notice.from_subscription(subscription, key, self.clock.now(), sentence=sentence)


def _threshold_key(subscription: Subscription) -> str:
    return f"{subscription.place.key}:{subscription.filter}:{subscription.subscribed_at!r}"
