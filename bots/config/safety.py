"""The section that says when to stop: for one position, for a day."""

from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from bots.config.types import AMOUNT_LIMIT, Count, Exact, Flag, Percent, Section, Text, wrong
from bots.config.wording import near, shown


def known_zone(name: str) -> str:
    """Return the name of a time zone that this machine's tz database has."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: "Europe" is a folder of the database
        hint = near(name, available_timezones()) or ', use an IANA name such as "UTC" or "Europe/Berlin"'
        raise wrong(f"{shown(name)} is no known time zone{hint}") from None
    return name


TimeZone = Annotated[
    Text, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(known_zone)
]


class TrailingStop(Section):
    """A stop that follows the price up."""

    enabled: Flag = Field(default=False, description="Whether the trailing stop is used.")
    activation_pct: Annotated[Decimal, Field(ge=0, le=10_000), Exact] = Field(
        default=Decimal(3), description="Profit from which the stop starts to follow, in per cent of the entry price."
    )
    trailing_pct: Percent = Field(
        default=Decimal(2),
        description="Distance of the stop below the highest price so far, in per cent of that price.",
    )


def off_when_null(value: object) -> object:
    """Read null as the trailing stop that is switched off, as everywhere in this section."""
    return TrailingStop() if value is None else value


class RiskManagement(Section):
    """Limits of one position and of one day; whatever is left out or null is off."""

    stop_loss_pct: Percent | None = Field(
        default=None, description="Loss that closes a position, in per cent of its entry price."
    )
    take_profit_pct: Annotated[Decimal, Field(gt=0, le=10_000), Exact] | None = Field(
        default=None, description="Profit that closes a position, in per cent of its entry price."
    )
    trailing_stop: Annotated[
        TrailingStop, BeforeValidator(off_when_null, json_schema_input_type=TrailingStop | None)
    ] = Field(default_factory=TrailingStop, description="A stop that follows the price up.")
    stop_on_exchange: Flag = Field(
        default=True,
        description="Whether a real broker is given the stop as an order that rests there, so that it holds while the "
        "bot does not run. Paper brokers have no use for it.",
    )
    stop_limit_offset_pct: Percent = Field(
        default=Decimal(1),
        description="How far below the stop a resting order may still sell, in per cent of the stop: a fall through "
        "both at once is closed by the bot at the market.",
    )
    max_daily_trades: Annotated[Count, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Entries in a day after which no more are made until the next."
    )
    max_daily_loss: Annotated[Decimal, Field(gt=0, le=AMOUNT_LIMIT), Exact] | None = Field(
        default=None,
        description="Loss in a day (realised, unrealised and fees, in the quote currency) after which no entry is made "
        "until the next.",
    )
    day_timezone: TimeZone = Field(
        default="UTC", description="IANA name of the time zone whose midnight begins a new day.", examples=["UTC"]
    )
