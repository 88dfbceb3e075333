"""What follows a job's progress: reactions, notifications of failures, the final card."""

from adapters.chats.slack.client import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.outgoing.blocks import fallback_text
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.outgoing.job_messages import JobMessages
from bot.chats.inbox import InboxEvent
from bot.errors import TryAgain
from bot.jobs.job import END_STAGES, Job, Stage
from bot.wording.cards import Card, job_card

WORKING_EMOJI = "eyes"
EMOJI_OF_STAGE = {Stage.DELIVERED: "white_check_mark", Stage.FAILED: "warning", Stage.CANCELLED: None}


class Followups:
    def __init__(self, context: SlackContext, job_messages: JobMessages, home_tab: HomeTab) -> None:
        self._context = context
        self._job_messages = job_messages
        self._home_tab = home_tab

    async def show_delivered(self, inbox_event: InboxEvent) -> None:
        """Show on the card that the video is posted, once the job says so."""
        job = await self._context.jobs.get(str(inbox_event.body["job"]))
        if job is None or (job.stage in END_STAGES and job.stage is not Stage.DELIVERED):
            return
        if job.stage is not Stage.DELIVERED:
            raise TryAgain("The job is not recorded as ended yet.", 0.5)
        await self._job_messages.show_card(job, job_card(job, self._context.now()))
        await self.set_reaction(job)
        self._context.run_in_background(self._home_tab.redraw_soon(job.asker), "home")

    async def notify_asker(self, inbox_event: InboxEvent) -> None:
        job = await self._context.jobs.get(str(inbox_event.body["job"]))
        if job is None:
            return
        if job.stage not in END_STAGES:
            raise TryAgain("The job is not recorded as ended yet.", 0.5)
        card = job_card(job, self._context.now())
        if inbox_event.body["line"]:
            card = Card(card.title, (str(inbox_event.body["line"]),))
        channel, _, ts = (job.card_message or "").partition("/")
        target = {"channel": channel, "thread_ts": job.place.thread or ts}
        if not ts or channel != job.place.channel:
            target = {"channel": job.asker.user}
        text, workspace = fallback_text(card, job.asker.user), job.place.workspace
        try:
            await self._context.call(workspace, "chat.postMessage", text=text, **target)
        except SlackRefused:
            await self._context.try_call(workspace, "chat.postMessage", text=text, channel=job.asker.user)

    async def set_reaction(self, job: Job) -> None:
        """Show the progress as a reaction to the message that asked."""
        place = job.place
        if not place.message:
            return
        target = {"channel": place.channel, "timestamp": place.message}
        if job.ended:
            await self._context.try_call(place.workspace, "reactions.remove", name=WORKING_EMOJI, **target)
        emoji = EMOJI_OF_STAGE.get(job.stage, WORKING_EMOJI)
        if emoji and not (emoji is WORKING_EMOJI and job.card_text):
            await self._context.try_call(place.workspace, "reactions.add", name=emoji, **target)
