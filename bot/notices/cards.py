"""The cards and sentences of notices."""

from bot.jobs.job import Job
from bot.notices.subscriptions import Notice, Topic
from bot.wording.cards import Card, job_button, provenance, request_title

_TOPIC_TEXTS: dict[Topic, str] = {"done": "finished videos", "failed": "failed videos", "credits": "low credits"}


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
    private = notice.place.private
    who = "you subscribed" if private else f"@{notice.subscriber_name or notice.subscriber} subscribed this channel"
    return f"Posted because {who} to {_TOPIC_TEXTS[notice.topic]}{f' ({notice.filter})' if notice.filter else ''}."
