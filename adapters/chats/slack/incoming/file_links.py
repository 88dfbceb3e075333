"""Files that people give as a link in what they type: a file in Slack, or one on the web."""

import re

from adapters.chats.slack.files import kind_by_name
from bot.requests.media import Media

_LINK_PATTERN = re.compile(r"(?P<option>(?:--|[—–])[\w-]{1,40}(?:\s{1,20}|=))?(?P<url>https://\S+)")
# As people copy it, and as it stands in the file itself, which opens to nobody without a token.
_SLACK_FILE_URL = re.compile(
    r"https://[\w.-]+\.slack\.com/files(?:/[A-Z0-9]+/|-pri/[A-Z0-9]+-)(?P<id>F[A-Z0-9]+)"
    r"(?:/(?:download/)?(?P<name>[^\s?#]*))?"
)


def take_file_links(text: str, workspace: str) -> tuple[str, tuple[Media, ...]]:
    """The words without links to files, and the files. A link that is an option's value stays where it is."""
    found: list[Media] = []
    if "https://" not in text:
        return text, ()

    def replace_link(match: re.Match[str]) -> str:
        media = (
            None
            if match["option"] and not _SLACK_FILE_URL.match(match["url"])
            else _media_of_url(match["url"], workspace)
        )
        if media is None:
            return match[0]
        found.append(media)
        return ""

    remaining = _LINK_PATTERN.sub(replace_link, text)
    return (re.sub(r"[ \t]{2,}", " ", remaining).strip() if found else text), tuple(found)


def _media_of_url(url: str, workspace: str) -> Media | None:
    if ours := _SLACK_FILE_URL.match(url):
        name = ours["name"] or ours["id"]
        kind = kind_by_name(name.replace("_", ".")) or kind_by_name(name)
        return Media(kind=kind, address=f"slack:{workspace}/{ours['id']}", name=name[:80]) if kind else None
    name = url.partition("?")[0].partition("#")[0].rsplit("/", 1)[-1]
    kind = kind_by_name(name)
    return Media(kind=kind, address=url, name=name[:60]) if kind else None
