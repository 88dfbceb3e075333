"""Who asks, and where: only ids that stay valid for days, so a job can be answered long after its gesture."""

from pydantic import BaseModel, ConfigDict, Field


class Asker(BaseModel):
    """The person who asks, as the chat knows them."""

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
        """One person in one workspace, whatever they are called today."""
        return f"{self.platform}/{self.workspace}/{self.user}"

    @property
    def global_key(self) -> str:
        """One person wherever they are, as far as their id tells: in some chats it is the same in every workspace."""
        return f"{self.platform}/{'' if self.same_id_everywhere else self.workspace}/{self.user}"


class Place(BaseModel):
    """Where the asking happened and the answer belongs."""

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
        """One channel, whatever the thread."""
        return f"{self.platform}/{self.workspace}/{self.channel}"

    @property
    def rules_key(self) -> str:
        """The channel whose rules hold here: a thread has none of its own."""
        return f"{self.platform}/{self.workspace}/{self.parent_channel or self.channel}"
