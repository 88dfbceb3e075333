"""What Bolt dispatches, from HTTP or Socket Mode: recorded durably or answered, and always acknowledged."""

import logging
import re
from collections.abc import Awaitable, Callable, Container
from logging import Logger
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.authorization.authorize_result import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse

from adapters.chats.slack import texts
from adapters.chats.slack.client import JsonObject
from adapters.chats.slack.context import SlackContext, SlackWorkspaces, make_place, with_team
from adapters.chats.slack.forms.modals import FormSuggestions, SlackModals
from adapters.chats.slack.forms.view import SUGGESTIONS_PREFIX
from adapters.chats.slack.incoming.events import SHARED_CHANNEL_FIELD
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people import SlackUsers
from bot.chats.form_drafts import FormDraft
from bot.chats.installations import Installation
from bot.desk.gestures import MessageAction
from bot.errors import Trouble
from bot.jobs.job import Asker, Place
from bot.requests.kinds import Talk

log = structlog.get_logger(__name__)

MESSAGE_SHORTCUTS: dict[str, MessageAction] = {
    "didtalk_talk": "talk",
    "didtalk_animate": "animate",
    "didtalk_translate": "translate",
}
NEW_VIDEO_SHORTCUT = "didtalk_new"
INSTALLATION_KEY = "didtalk_installation"  # where Bolt listeners find the installation
_ANY = re.compile(".*", re.DOTALL)

Body = dict[str, Any]
BoltListener = Callable[[AsyncAck, Body, AsyncBoltContext], Awaitable[None]]


class SlackListener:
    def __init__(
        self,
        context: SlackContext,
        users: SlackUsers,
        answer_command: Callable[[Body], Awaitable[JsonObject]],
        press_button: Callable[[Installation, Body], Awaitable[None]],
        modals: SlackModals,
        suggestions: FormSuggestions,
        replies: SlackReplies,
        event_types: Container[str],
        oauth: AsyncOAuthFlow | None = None,
    ) -> None:
        self._context = context
        self._users = users
        self._answer_command = answer_command
        self._press_button = press_button
        self._modals = modals
        self._suggestions = suggestions
        self._replies = replies
        self._event_types = event_types
        self.bolt = self._build_bolt(oauth)

    def _build_bolt(self, oauth: AsyncOAuthFlow | None) -> AsyncApp:
        logger = logging.getLogger("didtalk.slack.bolt")
        logger.setLevel(logging.ERROR)  # its warnings quote user text
        app = AsyncApp(
            name="didtalk",
            logger=logger,
            # Otherwise Bolt polls for the acknowledgement every 10 ms, and an error right after it would undo it.
            process_before_response=True,
            request_verification_enabled=False,  # done before; not needed for sockets
            signing_secret=self._context.settings.signing_secret.get_secret_value(),
            authorize=SlackAuthorize(self._context.workspaces, logger),  # type: ignore[arg-type] # None is allowed
            oauth_flow=oauth,
            user_facing_authorize_error_message=self._context.workspaces.not_installed_text,
            attaching_conversation_kwargs_enabled=False,
        )
        app.command(_ANY)(self._always_acknowledge(self._on_command))
        app.event(_ANY)(self._on_event)
        app.shortcut(_ANY)(self._always_acknowledge(self._on_shortcut))
        app.action(_ANY)(self._always_acknowledge(self._on_button))
        app.view_submission(_ANY)(self._always_acknowledge(self._on_form_submitted))
        app.view_closed(_ANY)(self._always_acknowledge(self._on_form_closed))
        app.options(_ANY)(self._always_acknowledge(self._on_suggestions))
        app.error(_on_bolt_error)
        return app

    async def _on_command(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack(**(await self._answer_command(body)))

    async def _on_event(self, body: Body, context: AsyncBoltContext) -> None:
        """Queue an event, then acknowledge it: until then Slack repeats it, and never afterwards."""
        # Bolt does not authorize app_uninstalled and tokens_revoked.
        installation = context.get(INSTALLATION_KEY) or await self._context.workspaces.find_installation(
            str(body.get("team_id") or ""), str(body.get("enterprise_id") or "")
        )
        event = body["event"]
        if installation is None:
            return
        if event.get("type") not in self._event_types or (
            event["type"] == "message" and event.get("channel_type") != "im"
        ):
            return
        key = str(body.get("event_id") or event.get("event_ts"))
        cleaned = _replace_surrogates(event) | {SHARED_CHANNEL_FIELD: bool(body.get(SHARED_CHANNEL_FIELD))}
        # Bolt passes the installation's workspace, which an organisation's lacks.
        team = with_team(str(body.get("team_id") or ""), installation).team
        facts = {"workspace": installation.workspace, "team": team}
        await self._context.enqueue_event(key, {"kind": "event", "event": cleaned} | facts)

    async def _on_shortcut(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        installation: Installation = context[INSTALLATION_KEY]
        trigger_id, name = str(body["trigger_id"]), str(body.get("callback_id"))
        if action := MESSAGE_SHORTCUTS.get(name):
            place, message = _place_and_message(installation, body)
            asker = await self._asker_of(installation, body)
            await self._modals.open_for_message(installation, trigger_id, asker, place, action, message)
        elif name == NEW_VIDEO_SHORTCUT:
            asker = await self._asker_of(installation, body)
            await self._modals.open_form(installation, trigger_id, asker, FormDraft(Talk))
        await ack()

    async def _asker_of(self, installation: Installation, body: Body) -> Asker:
        user = body["user"]
        name, team = str(user.get("name") or user.get("username") or ""), str(user.get("team_id") or "")
        return await self._users.get_asker_quickly(installation.workspace, str(user["id"]), name, team)

    async def _on_button(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._press_button(context[INSTALLATION_KEY], body)
        await ack()

    async def _on_form_submitted(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        user = body["user"]
        name, team = str(user.get("name") or ""), str(user.get("team_id") or "")
        await ack(
            **await self._modals.submit_form(context[INSTALLATION_KEY], body["view"], str(user["id"]), name, team)
        )

    async def _on_form_closed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await self._modals.discard_form(context[INSTALLATION_KEY], str(body["user"]["id"]), body["view"])
        await ack()

    async def _on_suggestions(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        what = str(body.get("action_id", "")).removeprefix(SUGGESTIONS_PREFIX)
        await ack(options=await self._suggestions.matching_options(what, str(body.get("value") or "")))

    def _always_acknowledge(self, listener: BoltListener) -> BoltListener:
        """A listener that always acknowledges: errors are logged and reported to the person."""

        async def listen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            try:
                await listener(ack, body, context)
            except Trouble as trouble:
                log.warning("request failed", listener=listener.__name__, why=trouble.sentence)
                await self._report_failure(ack, body, context, trouble.sentence)
            except Exception:  # an edge: people read a sentence, never an HTTP error
                log.exception("request failed", listener=listener.__name__)
                await self._report_failure(ack, body, context, texts.COMMAND_FAILED)

        return listen

    async def _report_failure(self, ack: AsyncAck, body: Body, context: AsyncBoltContext, sentence: str) -> None:
        match body.get("type"):
            case "view_submission":
                block = next(iter(body["view"]["state"]["values"]), "")
                await ack(response_action="errors", errors={block: sentence})
            case "block_suggestion":
                await ack(options=[])
            case "view_closed":
                await ack()
            case _:
                await ack()
                self._context.run_in_background(self._tell_person(body, context, sentence), "sorry")

    async def _tell_person(self, body: Body, context: AsyncBoltContext, sentence: str) -> None:
        """Reply privately where the person acted, else by DM."""
        installation: Installation = context[INSTALLATION_KEY]
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        own = make_place(installation.workspace, user)
        await self._replies.send_privately(own, user, sentence, str(body.get("response_url") or ""))


async def _on_bolt_error(error: Exception, body: Body) -> BoltResponse:
    """503 makes Slack repeat an event that was not recorded; a malformed one gets 400."""
    if not isinstance(body.get("event", {}), dict):
        log.info("malformed event")
        return BoltResponse(status=400, body="not understood")
    log.error("event not recorded", error=type(error).__name__, why=getattr(error, "sentence", ""))
    return BoltResponse(status=503, body="")


def _place_and_message(installation: Installation, body: Body) -> tuple[Place, dict[str, Any]]:
    message, channel = body["message"], str(body["channel"]["id"])
    thread = str(message.get("thread_ts") or message["ts"])
    name = str(body["channel"].get("name") or "")
    return make_place(installation.workspace, channel, name, thread, str(message["ts"])), message


def _replace_surrogates(received: Any) -> Any:
    """Replace lone surrogates, which some clients send, so that the data can be stored as UTF-8."""
    if isinstance(received, str):
        return received.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(received, dict):
        return {name: _replace_surrogates(value) for name, value in received.items()}
    return [_replace_surrogates(each) for each in received] if isinstance(received, list) else received


class SlackAuthorize(AsyncAuthorize):
    """Bolt's authorize step from our own table, without a call to Slack."""

    def __init__(self, workspaces: SlackWorkspaces, logger: Logger) -> None:
        self.logger = logger
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: Any,
    ) -> AuthorizeResult | None:
        installation = await self._workspaces.find_installation(team_id or "", enterprise_id or "")
        if installation is None:
            return None
        context[INSTALLATION_KEY] = installation
        return AuthorizeResult(
            enterprise_id=installation.enterprise or enterprise_id,
            team_id=installation.workspace,
            bot_id=installation.bot_id or None,
            bot_user_id=installation.bot_user or None,
            bot_token=installation.token,
        )
