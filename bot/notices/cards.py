"""The cards and sentences of notices."""

from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card, job_button
from bot.wording.titles import provenance, request_title


def notice_card(notice: Notice, job: Job | None) -> Card:
    if job is None:
        return Card(title="Credits", lines=(notice.sentence, _subscriber_line(notice)), tone="bad")
    done = notice.topic == "done"
    outcome = "Done." if done else f"Failed: {job.reason}"
    who = provenance(job) if done else f"Requested by {job.asker.name or job.asker.user}."
    return Card(
        title=request_title(job.request),
        lines=(outcome, who, _subscriber_line(notice)),
        tone="good" if done else "bad",
        buttons=(job_button("details", job),),
    )


def credits_low_text(studio: str, remaining: float, threshold: float) -> str:
    return f"{studio} is low on credits: {remaining:,g} left (alert set at {threshold:,g})."


def notices_paused_text(why: str) -> str:
    return f"Your notices there are paused. {why} Run /did subscribe again once I can post there."


def _subscriber_line(notice: Notice) -> str:
    who = "You" if notice.place.private else f"@{notice.subscriber_name or notice.subscriber}"
    return f"{who} subscribed {'' if notice.place.private else 'this channel '}to {notice.typed_form}."
