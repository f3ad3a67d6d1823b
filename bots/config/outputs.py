"""The sections that say what is told to whom and what is written down."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from bots.config.safety import TimeZone
from bots.config.types import Count, Event, Flag, Level, Path, Section, Text, wrong


def each_once(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the events, each of which may be named once."""
    twice = next((event for event in events if events.count(event) > 1), None)
    if twice is not None:
        raise wrong(f'names "{twice}" more than once, name each event once')
    return events


Events = Annotated[
    tuple[Event, ...], Field(max_length=5, json_schema_extra={"uniqueItems": True}), AfterValidator(each_once)
]
NOTIFY_ON = "Which events are told: an entry, an exit, an error, a change of the bot's state, the day's summary."


class Telegram(Section):
    """Messages by Telegram; token and chat ids come from TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS."""

    enabled: Flag = Field(default=False, description="Whether Telegram is used.")
    notify_on: Events = Field(default=("trade_entry", "trade_exit", "error", "status"), description=NOTIFY_ON)


class Email(Section):
    """Messages by email; the server and addresses come from SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD, EMAIL_FROM and EMAIL_TO."""  # noqa: E501

    enabled: Flag = Field(default=False, description="Whether email is used.")
    notify_on: Events = Field(default=("trade_entry", "trade_exit", "error"), description=NOTIFY_ON)


class DailySummary(Section):
    """When the day's summary is made; it is sent where `notify_on` names `daily_summary`."""

    time: Annotated[Text, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = Field(
        default="00:00", description="Time of day, as HH:MM: the summary tells of the day before it."
    )
    timezone: TimeZone = Field(
        default="UTC", description="IANA name of the time zone of that time.", examples=["Europe/Berlin"]
    )


class Notifications(Section):
    """Who is told what; secrets come from the environment, never from here."""

    enabled: Flag = Field(default=False, description="Whether anything is sent at all.")
    telegram: Telegram = Field(default_factory=Telegram, description="Messages by Telegram.")
    email: Email = Field(default_factory=Email, description="Messages by email.")
    status_interval: Annotated[Count, Field(ge=60, le=31_536_000)] | None = Field(
        default=None,
        description="Seconds after which the bot says how it is, as an event `status`, again and again; null is never.",
        examples=[86400],
    )
    daily_summary: DailySummary = Field(default_factory=DailySummary, description="When the day's summary is made.")


def inside(path: str) -> str:
    """Return a path that stays under the working directory and is a log's: a document must not choose what is lost."""
    if path.startswith(("/", "~")) or "\\" in path or ".." in PurePosixPath(path).parts or path.endswith("/"):
        raise wrong(
            'leads out of the working directory, must be a path below it such as "logs/live/trading_bot_0001.log"'
        )
    if not path.lower().endswith(".log"):
        raise wrong('has an ending that no log has, must end in ".log": it is written into and rotated away')
    return path


class Logging(Section):
    """What is written down, and how much of it."""

    level: Level = Field(default="INFO", description="The least weight of what is logged.")
    save_trades: Flag = Field(default=True, description="Whether trades and orders go to their files in logs/json.")
    save_equity_curve: Flag = Field(default=True, description="Whether the equity is recorded on every bar.")
    log_file: Annotated[Path, AfterValidator(inside)] | None = Field(
        default=None,
        description="The main log, below the working directory; null is logs/live/trading_bot_<bot>.log.",
        examples=["logs/live/trading_bot_0001.log"],
    )

    def path_for(self, bot: str) -> str:
        """Return the main log's path, relative to the working directory."""
        return self.log_file or f"logs/live/trading_bot_{bot}.log"
