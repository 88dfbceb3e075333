"""What Slack's errors mean for us: named by what to do next."""

from adapters.chats.slack import words
from bot.errors import Refused, Trouble, TryAgain, Unsure

_BUSY = {"ratelimited", "rate_limited", "message_limit_exceeded", "team_access_not_granted"}
_DOUBT = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited"}
_OUT = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
GONE = {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "channel_is_archived"}
MUTE = GONE | {"cannot_dm_bot", "user_not_found", "user_disabled", "messages_tab_disabled", "no_permission"}
OUT_AFTER = 600.0  # seconds: somebody has to install the bot again

_SENTENCES = {
    "not_in_channel": "I am not in that channel. Invite me there: /invite @didtalk",
    "channel_not_found": "I cannot see that channel. Invite me there: /invite @didtalk",
    "is_archived": "That channel is archived.",
    "restricted_action": "This workspace does not let me post there.",
    "no_permission": "This workspace does not let me post there.",
    "user_disabled": "That person has left the workspace.",
    "missing_scope": "The Slack app lacks a permission. Whoever runs it should install it again from its manifest.",
    "trigger_expired": words.EXPIRED,
    "expired_trigger_id": words.EXPIRED,
}


class Said(Refused):
    """Slack said no, in a word of its own."""

    def __init__(self, code: str) -> None:
        super().__init__(_SENTENCES.get(code, f"Slack refused it ({code})."))
        self.code = code


def fault(code: str, after: float | None = None) -> Trouble:
    """The trouble that an error code stands for."""
    if code in _BUSY:
        return TryAgain("Slack is busy.", after or 10.0)
    if code in _OUT:
        return TryAgain(words.NOT_HERE, OUT_AFTER)
    if code in _DOUBT:
        return Unsure(words.LOST)
    return Said(code)
