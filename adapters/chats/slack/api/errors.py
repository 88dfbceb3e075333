"""Slack's error codes as our errors, which are named by what to do next."""

from adapters.chats.slack import texts
from bot.errors import Refused, Trouble, TryAgain, Unsure

# Temporary, and certainly nothing happened.
_BUSY_CODES = {"ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited", "external_channel_migrating"}
_BUSY_CODES |= {"team_added_to_org", "org_login_required", "team_access_not_granted", "file_not_ready"}
# According to Slack, the call may have had an effect.
_UNSURE_CODES = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "file_update_failed"}
_BAD_TOKEN_CODES = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
# The bot may not post in that channel: the asker gets a DM instead.
UNPOSTABLE_CODES = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "is_inactive",
    "invalid_channel",
}
UNPOSTABLE_CODES |= {
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
}
UNPOSTABLE_CODES |= {
    "posting_to_general_channel_denied",
    "posting_to_channel_denied",
    "ekm_access_denied",
    "access_denied",
}
UNPOSTABLE_CODES |= {"user_is_restricted", "no_permission", "team_not_found"}
# The bot may not post in that thread; the channel may still work.
UNTHREADABLE_CODES = {"thread_not_found", "cannot_reply_to_message", "invalid_thread_ts", "thread_locked"}
UNTHREADABLE_CODES |= {"restricted_action_non_threadable_channel", "restricted_action_thread_locked"}
# The blocks are rejected; plain text may still work.
UNRENDERABLE_CODES = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "invalid_attachments",
}
# The card can no longer be edited, which is no reason to stop.
UNEDITABLE_CODES = {"message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch", "update_failed"}
UNEDITABLE_CODES |= {"streaming_state_conflict", "not_in_channel", "channel_not_found", "is_archived", "is_inactive"}
BAD_TOKEN_RETRY_SECONDS = 600.0  # somebody must reinstall the app

_ERROR_SENTENCES = {
    "not_in_channel": "I'm not in that channel. Invite me there: /invite @didtalk",
    "channel_not_found": "I can't see that channel. Invite me there: /invite @didtalk",
    "invalid_channel": "I can't see that channel. Invite me there: /invite @didtalk",
    "user_disabled": "That person has left the workspace.",
    "user_not_found": "That person is not in this workspace.",
    "missing_scope": "The app is missing a permission{needed}. Ask an admin to reinstall it from its manifest.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN must be a bot token. Ask the person who runs didtalk to change it.",
    "trigger_expired": texts.FORM_EXPIRED,
    "expired_trigger_id": texts.FORM_EXPIRED,
    "trigger_exchanged": texts.FORM_EXPIRED,
    "invalid_trigger_id": texts.FORM_EXPIRED,
    "exchanged_trigger_id": texts.FORM_EXPIRED,
}
_NOT_INVITED_CODES = {"not_in_channel", "channel_not_found", "invalid_channel"}
_ARCHIVED_CODES = {"is_archived", "channel_is_archived", "is_inactive"}


class SlackRefused(Refused):
    """Slack refused with an error code."""

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(_error_sentence(code).replace("{needed}", f" ({needed})" if needed else ""))
        self.code = code


class TokenRejected(TryAgain):
    """The token is invalid or revoked."""


def error_from_code(code: str, retry_after: float | None = None, needed: str = "") -> Trouble:
    """The error for a code; `needed` is the missing permission."""
    if code in _BUSY_CODES:
        return TryAgain(texts.SLACK_BUSY, retry_after or 10.0)
    if code in _BAD_TOKEN_CODES:
        return TokenRejected(texts.BOT_REMOVED, BAD_TOKEN_RETRY_SECONDS)
    if code in _UNSURE_CODES:
        return Unsure(texts.RESPONSE_LOST)
    return SlackRefused(code, needed)


def dm_reason(code: str, *, private: bool) -> str:
    """Why something is sent as a DM."""
    if private:
        return texts.NO_BOTS_HERE
    if code in _ARCHIVED_CODES:
        return texts.CHANNEL_ARCHIVED
    return texts.NOT_IN_CHANNEL if code in _NOT_INVITED_CODES else texts.POSTING_DENIED


def _error_sentence(code: str) -> str:
    if known := _ERROR_SENTENCES.get(code):
        return known
    if code in _ARCHIVED_CODES:
        return "That channel is archived."
    return "This workspace doesn't allow me to post there." if code in UNPOSTABLE_CODES else f"Slack refused ({code})."
