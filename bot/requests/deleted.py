"""What stands in a job's place for its request once its words and files are gone."""

from typing import ClassVar, Literal

from bot.requests.base import Request


class DeletedRequest(Request):
    """What was asked for was deleted."""

    noun: ClassVar[str] = "something deleted"
    kind: Literal["gone"] = "gone"
