"""Settings: read once from the environment or `.env`, all errors in one message.

Each group is handed over as it is to the part that it sets up. A variable's name is the group's and the field's:
`SLACK_BOT_TOKEN` is `slack.bot_token`. What belongs to no group is named `DIDTALK_…`.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.errors import Broken, Refused
from bot.jobs.limits import parse_limits

ENV_PREFIX = "DIDTALK_"
MIN_SECRET_PART_CHARACTERS = 16
NO_SECRET = SecretStr("")


def _check_url(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise ValueError("must start with https:// (or http:// for a server on this machine)")
    return url.rstrip("/")


def _check_limits(setting: str) -> str:
    try:
        parse_limits(setting, "person")
    except Refused as refusal:
        raise ValueError(refusal.sentence) from refusal
    return setting


def _check_v4_path(path: str) -> str:
    if path not in ("auto", "/expressives", "/videos", "expressives", "videos"):
        raise ValueError("must be auto, /expressives or /videos")
    return path.strip("/")


Url = Annotated[str, AfterValidator(_check_url)]
LimitText = Annotated[str, AfterValidator(_check_limits)]


class SlackSettings(BaseModel):
    """A bot token is one workspace; a client id and its secret are many."""

    bot_token: SecretStr = NO_SECRET
    signing_secret: SecretStr = NO_SECRET
    app_token: SecretStr = NO_SECRET
    client_id: str = ""
    client_secret: SecretStr = NO_SECRET
    guests: bool = True
    api_url: Url = "https://slack.com/api"

    @property
    def many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves."""
        return bool(self.client_id and self.client_secret)

    @property
    def single_token(self) -> str | None:
        """The token of the one workspace, where there is only one."""
        return None if self.many_workspaces else self.bot_token.get_secret_value() or None


class DiscordSettings(BaseModel):
    """The bot's account at Discord and how it is used."""

    bot_token: SecretStr = NO_SECRET
    application_id: int | None = None  # Discord tells it too, once we are connected
    guild_id: int | None = None
    role_id: int | None = None
    message_content: bool = False
    api_url: Url = ""  # another server with Discord's API, for tests


class DidSettings(BaseModel):
    api_key: SecretStr = NO_SECRET
    api_url: Url = "https://api.d-id.com"
    auth: Literal["basic", "bearer"] = "basic"
    v4_path: Annotated[str, AfterValidator(_check_v4_path)] = "auto"


class HeygenSettings(BaseModel):
    api_key: SecretStr = NO_SECRET
    api_url: Url = "https://api.heygen.com"
    api_version: Literal["auto", "v2", "v3"] = "auto"
    webhook_secret: SecretStr = NO_SECRET


class ElevenlabsSettings(BaseModel):
    """ElevenLabs' voices, which D-ID fetches with this key."""

    api_key: SecretStr = NO_SECRET


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    slack: SlackSettings = Field(SlackSettings(), validation_alias="slack")
    discord: DiscordSettings = Field(DiscordSettings(), validation_alias="discord")
    did: DidSettings = Field(DidSettings(), validation_alias="did")
    heygen: HeygenSettings = Field(HeygenSettings(), validation_alias="heygen")
    elevenlabs: ElevenlabsSettings = Field(ElevenlabsSettings(), validation_alias="elevenlabs")

    database_url: str = Field("", repr=False)
    data_dir: Path = Path("data")
    public_url: Url = ""
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    secret: SecretStr | None = None
    secrets_old: SecretStr | None = None
    log: Literal["debug", "info", "warning", "error"] = "info"
    face: str = "ada"
    keep_days: float = Field(30.0, ge=8, le=3650)
    keep_rows_days: float = Field(90.0, ge=8, le=3650)
    # What is too much depends on the plan, so there are no limits until the operator sets some.
    user_limits: LimitText = ""
    channel_limits: LimitText = ""
    limit_moderators: bool = True
    askers: str = ""
    not_askers: str = ""
    moderators: str = ""
    channels: str = ""
    not_channels: str = ""
    contact: str = Field("", max_length=300)
    emoji: str = ""
    console: bool = False
    console_token: SecretStr | None = None
    sandbox_credits: int = Field(1000, ge=0)
    studio: Literal["did", "heygen"] = "did"

    @property
    def secrets(self) -> list[str]:
        """What must be redacted, also the parts of combined keys."""
        groups = (self, *(group for _, group in self if isinstance(group, BaseModel)))
        fields = [value for group in groups for _, value in group]
        given = [value.get_secret_value() for value in fields if isinstance(value, SecretStr)]
        given.append(urlsplit(self.database_url).password or "")
        parts = [part.strip() for each in given for part in (*each.split(":"), *each.split(","))]
        # A short part may be an ordinary word.
        return [*filter(None, given), *(part for part in parts if len(part) >= MIN_SECRET_PART_CHARACTERS)]

    @property
    def has_studio_key(self) -> bool:
        """Without any key, everything is made in the sandbox."""
        return bool(self.did.api_key or self.heygen.api_key)

    @property
    def resolved_database_url(self) -> str:
        """The configured database, else a file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'didtalk.sqlite3').absolute()}"


def variable_name(*path: str) -> str:
    """The environment variable of a field, given by its name or by its group and its name."""
    return ("" if len(path) > 1 else ENV_PREFIX) + "_".join(path).upper()


def read_settings() -> Settings:
    """The current settings; all that is wrong with them in one message."""
    try:
        return Settings()
    except SettingsError as error:
        raise Broken(f"Invalid settings: {error}.") from error
    except ValidationError as error:
        faults = "\n".join(
            f"  {variable_name(*map(str, fault['loc'][:2]))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise Broken(f"Invalid settings:\n{faults}") from error
