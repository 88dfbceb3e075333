"""Settings: read once from the environment or `.env`, all errors in one message."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Broken, Refused
from bot.jobs.limits import parse_limits

# How much is too much depends on the plan somebody pays for, so nobody is refused until whoever pays has said.
DEFAULT_USER_LIMITS = ""
DEFAULT_CHANNEL_LIMITS = ""

MIN_SECRET_PART_CHARACTERS = 16


def _env(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True, env_ignore_empty=True)

    database_url: str = Field("", repr=False, validation_alias=_env("DIDTALK_DATABASE_URL"))
    data_dir: Path = Field(Path("data"), validation_alias=_env("DIDTALK_DATA_DIR"))
    public_url: str = Field("", validation_alias=_env("DIDTALK_PUBLIC_URL"))
    host: str = Field("127.0.0.1", validation_alias=_env("DIDTALK_HOST"))
    port: int = Field(8080, ge=0, le=65535, validation_alias=_env("DIDTALK_PORT"))
    secret: SecretStr | None = Field(None, validation_alias=_env("DIDTALK_SECRET"))
    secrets_old: SecretStr | None = Field(None, validation_alias=_env("DIDTALK_SECRETS_OLD"))
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias=_env("DIDTALK_LOG"))
    face: str = Field("ada", validation_alias=_env("DIDTALK_FACE"))
    keep_days: float = Field(30.0, ge=8, le=3650, validation_alias=_env("DIDTALK_KEEP_DAYS"))
    keep_rows_days: float = Field(90.0, ge=8, le=3650, validation_alias=_env("DIDTALK_KEEP_ROWS_DAYS"))
    user_limits: str = Field(DEFAULT_USER_LIMITS, validation_alias=_env("DIDTALK_USER_LIMITS"))
    channel_limits: str = Field(DEFAULT_CHANNEL_LIMITS, validation_alias=_env("DIDTALK_CHANNEL_LIMITS"))
    limit_moderators: bool = Field(True, validation_alias=_env("DIDTALK_LIMIT_MODERATORS"))
    askers: str = Field("", validation_alias=_env("DIDTALK_ASKERS"))
    not_askers: str = Field("", validation_alias=_env("DIDTALK_NOT_ASKERS"))
    moderators: str = Field("", validation_alias=_env("DIDTALK_MODERATORS"))
    channels: str = Field("", validation_alias=_env("DIDTALK_CHANNELS"))
    not_channels: str = Field("", validation_alias=_env("DIDTALK_NOT_CHANNELS"))
    contact: str = Field("", max_length=300, validation_alias=_env("DIDTALK_CONTACT"))
    emoji: str = Field("", validation_alias=_env("DIDTALK_EMOJI"))
    console: bool = Field(False, validation_alias=_env("DIDTALK_CONSOLE"))
    console_token: SecretStr | None = Field(None, validation_alias=_env("DIDTALK_CONSOLE_TOKEN"))
    sandbox_credits: int = Field(1000, ge=0, validation_alias=_env("DIDTALK_SANDBOX_CREDITS"))

    did_api_key: SecretStr | None = Field(None, validation_alias=_env("DID_API_KEY"))
    did_api_url: str = Field("https://api.d-id.com", validation_alias=_env("DID_API_URL"))
    did_auth: Literal["basic", "bearer"] = Field("basic", validation_alias=_env("DID_AUTH"))
    did_v4_path: str = Field("auto", validation_alias=_env("DID_V4_PATH"))
    heygen_api_key: SecretStr | None = Field(None, validation_alias=_env("HEYGEN_API_KEY"))
    heygen_api_url: str = Field("https://api.heygen.com", validation_alias=_env("HEYGEN_API_URL"))
    heygen_api_version: Literal["auto", "v2", "v3"] = Field("auto", validation_alias=_env("HEYGEN_API_VERSION"))
    heygen_webhook_secret: SecretStr | None = Field(None, validation_alias=_env("HEYGEN_WEBHOOK_SECRET"))
    studio: Literal["did", "heygen"] = Field("did", validation_alias=_env("DIDTALK_STUDIO"))
    elevenlabs_api_key: SecretStr | None = Field(None, validation_alias=_env("ELEVENLABS_API_KEY"))

    discord_bot_token: SecretStr | None = Field(None, validation_alias=_env("DISCORD_BOT_TOKEN"))
    discord_application_id: int | None = Field(None, validation_alias=_env("DISCORD_APPLICATION_ID"))
    discord_guild_id: int | None = Field(None, validation_alias=_env("DISCORD_GUILD_ID"))
    discord_role_id: int | None = Field(None, validation_alias=_env("DISCORD_ROLE_ID"))
    discord_message_content: bool = Field(False, validation_alias=_env("DISCORD_MESSAGE_CONTENT"))
    discord_api_url: str = Field("", validation_alias=_env("DISCORD_API_URL"))
    slack_bot_token: SecretStr | None = Field(None, validation_alias=_env("SLACK_BOT_TOKEN"))
    slack_signing_secret: SecretStr | None = Field(None, validation_alias=_env("SLACK_SIGNING_SECRET"))
    slack_app_token: SecretStr | None = Field(None, validation_alias=_env("SLACK_APP_TOKEN"))
    slack_client_id: str = Field("", validation_alias=_env("SLACK_CLIENT_ID"))
    slack_client_secret: SecretStr | None = Field(None, validation_alias=_env("SLACK_CLIENT_SECRET"))
    slack_guests: bool = Field(True, validation_alias=_env("SLACK_GUESTS"))
    slack_api_url: str = Field("https://slack.com/api", validation_alias=_env("SLACK_API_URL"))

    @field_validator("public_url", "did_api_url", "heygen_api_url", "discord_api_url", "slack_api_url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url.rstrip("/")

    @field_validator("did_v4_path")
    @classmethod
    def _check_v4_path(cls, path: str) -> str:
        if path not in ("auto", "/expressives", "/videos", "expressives", "videos"):
            raise ValueError("must be auto, /expressives or /videos")
        return path.strip("/")

    @field_validator("user_limits", "channel_limits")
    @classmethod
    def _check_limits(cls, setting: str) -> str:
        try:
            parse_limits(setting, "person")
        except Refused as refusal:
            raise ValueError(refusal.sentence) from refusal
        return setting

    @property
    def secrets(self) -> list[str]:
        """What must be redacted, also the parts of combined keys."""
        given = [each.get_secret_value() for _, each in self if isinstance(each, SecretStr)]
        given.append(urlsplit(self.database_url).password or "")
        parts = [part.strip() for each in given for part in (*each.split(":"), *each.split(","))]
        return [
            *given,
            *(part for part in parts if len(part) >= MIN_SECRET_PART_CHARACTERS),
        ]  # a short part may be an ordinary word

    @property
    def has_studio_key(self) -> bool:
        """Without any key, everything is made in the sandbox."""
        return bool(self.did_api_key or self.heygen_api_key)

    @property
    def resolved_database_url(self) -> str:
        """The configured database, else a file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'didtalk.sqlite3').absolute()}"


def read_settings() -> Settings:
    """The current settings; all that is wrong with them in one message."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "\n".join(
            f"  {fault['loc'][0]}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise Broken(f"Invalid settings:\n{faults}") from error
