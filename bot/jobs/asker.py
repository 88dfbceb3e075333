"""Who asked, and where: only ids that stay valid for days, so that a job can be answered later."""

from pydantic import BaseModel, ConfigDict, Field


class Asker(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    platform: str
    workspace: str = ""
    user: str
    name: str = ""
    locale: str = ""
    roles: tuple[str, ...] = ()
    unknown_roles: tuple[str, ...] = Field(
        (), exclude=True
    )  # roles that could not be looked up: nobody knows, so no one keeps
    moderator: bool = False
    same_id_everywhere: bool = Field(False, exclude=True)  # the id means the same person in every workspace

    @property
    def key(self) -> str:
        """One person in one workspace."""
        return f"{self.platform}/{self.workspace}/{self.user}"

    @property
    def global_key(self) -> str:
        """One person in all workspaces, in chats where ids are the same everywhere."""
        return f"{self.platform}/{'' if self.same_id_everywhere else self.workspace}/{self.user}"


class Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    platform: str
    workspace: str = ""
    channel: str
    parent_channel: str = ""  # the channel this one is a thread of, in chats that call a thread a channel
    thread: str = ""
    message: str = ""
    private: bool = False  # a conversation with one person: nobody else sees its jobs
    invite_only: bool = False  # a channel that only the invited can read: nothing from it is told elsewhere

    @property
    def key(self) -> str:
        """One channel with its threads."""
        return f"{self.platform}/{self.workspace}/{self.channel}"

    @property
    def rules_key(self) -> str:
        """The channel whose settings apply; a thread has none of its own."""
        return f"{self.platform}/{self.workspace}/{self.parent_channel or self.channel}"
