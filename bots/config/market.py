"""The sections that say what is traded, with which money and on whose bars."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from bots.config.endpoints import ClientId, Endpoints
from bots.config.types import (
    Account,
    Amount,
    BrokerType,
    Count,
    DataSource,
    Environment,
    Exact,
    Flag,
    Fraction,
    Interval,
    Path,
    Section,
    Step,
    Symbol,
    wrong,
)

MADE_SOURCES = ("mock", "replay")
"""Sources that need no network and whose clock can be quickened."""

SECONDS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400}


class Broker(Section):
    """Where orders go and what they cost."""

    # First, because the keys after it are judged by it.
    type: BrokerType = Field(
        default="mock",
        description="Who fills the orders: `mock` on any data at the bar's close, `binance_paper` on live "
        "Binance prices, `binance` and `ibkr` with real money.",
    )
    initial_balance: Amount = Field(
        default=Decimal(1000),
        description="Cash that the bot begins with, in the quote currency: all of a paper account, or its share of a "
        "real one.",
    )
    commission: Annotated[Decimal, Field(ge=0, lt=1), Exact] = Field(
        default=Decimal("0.001"), description="Fee of each fill as a fraction of its value: 0.001 is 0.1 %."
    )
    environment: Environment = Field(
        default="live",
        description="Which of Binance's worlds: `live`, or one of its two for practice, `testnet` and `demo`, which "
        "have keys of their own.",
    )
    account: Account | None = Field(
        default=None,
        description="Account of Interactive Brokers to trade in; null takes the only one that the gateway has.",
        examples=["DU1234567"],
    )
    client_id: ClientId | None = Field(
        default=None,
        description="Number under which this bot is known to the gateway of Interactive Brokers, another for each bot; "
        "null derives one from the bot's name.",
    )
    max_restarts: Annotated[Count, Field(ge=1, le=1000)] = Field(
        default=5,
        description="How often a lost connection to a real broker is begun anew before entries are blocked, or made on "
        "paper; it is tried for ever.",
    )
    fallback_to_paper: Flag = Field(
        default=False,
        description="Whether new entries go to paper while a real broker is away for so long. Real positions stay "
        "as they are; paper ones are closed on paper once the broker is back.",
    )
    endpoints: Endpoints = Field(default_factory=Endpoints, description="Another address to send orders to.")

    @field_validator("account", "client_id")
    @classmethod
    def _is_known_to_a_gateway[V: str | int | None](cls, value: V, info: ValidationInfo) -> V:
        kind = info.data.get("type")
        if value is not None and kind not in (None, "ibkr"):
            raise wrong(f'means nothing to the broker {kind}, leave it out or set broker.type to "ibkr"')
        return value


class Trading(Section):
    """What is traded and how much of it at most."""

    symbol: Symbol = Field(description="What is traded, as the venue writes it: BTCUSDT, AAPL, EUR.USD.")
    position_size: Fraction = Field(
        default=Decimal("0.1"), description="Size of a new position as a fraction of the equity: 0.1 is 10 %."
    )
    max_positions: Annotated[Count, Field(ge=1, le=100)] = Field(
        default=1, description="How many positions may be open at once."
    )
    max_drawdown_pct: Annotated[Decimal, Field(gt=0, le=100), Exact] | None = Field(
        default=None,
        description="Per cent below the equity's peak at which everything is closed and the bot halts until a person "
        "resumes it; null is off.",
    )
    max_exposure: Annotated[Decimal, Field(gt=0, le=10), Exact] | None = Field(
        default=None,
        description="Value of all open positions at most, as a fraction of the equity (1.0 is 100 %): a new entry is "
        "cut to fit, or refused; null is off.",
    )
    order_timeout: Annotated[Decimal, Field(ge=5, le=86_400), Exact] = Field(
        default=Decimal(60),
        description="How long a market order may stand at the venue without being executed, in seconds, while the "
        "market is open: then it is taken back, and what is to be sold is sold by another.",
    )
    price_step: Step | None = Field(
        default=None,
        description="Smallest change of the price, in the quote currency; null takes the venue's or reads it off the "
        "bars file's decimals.",
    )
    size_step: Step | None = Field(
        default=None,
        description="Smallest change of a quantity, in units of what is traded; null takes the venue's or reads it off "
        "the bars file's decimals.",
    )
    min_notional: Amount | None = Field(
        default=None, description="Smallest value of an order, in the quote currency; null takes the venue's."
    )


class Data(Section):
    """Where the bars come from."""

    # First, because the keys after it are judged by it.
    data_source: DataSource = Field(
        default="mock",
        description="Who delivers the bars; `mock` is a simulated market and `replay` a file, both without network.",
    )
    symbol: Symbol | None = Field(default=None, description="The same symbol as in trading; may be left out.")
    interval: Interval = Field(default="1h", description="Length of a bar.")
    lookback_bars: Annotated[Count, Field(ge=0, le=100_000)] = Field(
        default=1000, description="Past bars loaded at the start to warm the indicators up, in bars."
    )
    retry_interval: Annotated[Decimal, Field(gt=0, le=86_400), Exact] = Field(
        default=Decimal(60), description="Pause before a lost connection is tried again, in seconds."
    )
    client_id: ClientId | None = Field(
        default=None,
        description="As broker.client_id, for bars from Interactive Brokers without its broker.",
    )
    endpoints: Endpoints = Field(default_factory=Endpoints, description="Another address to get bars from.")
    seed: Annotated[Count, Field(ge=0, le=4_294_967_295)] = Field(
        default=1, description="Which simulated market `mock` makes: the same seed gives the same bars."
    )
    file: Path | None = Field(
        default=None,
        description="The CSV or Parquet file of bars that `replay` reads, relative to the folder of the start.",
        examples=["bars/EURUSD-1H.csv"],
        validate_default=True,
    )
    speed: Annotated[Decimal, Field(ge=0, le=1_000_000_000), Exact] = Field(
        default=Decimal(1),
        description="How many times faster than real time `mock` and `replay` run: 1 is real time, 0 as fast as it "
        "goes.",
    )

    @property
    def interval_delta(self) -> timedelta:
        """Length of a bar."""
        return timedelta(seconds=SECONDS[self.interval])

    @field_validator("seed")
    @classmethod
    def _seeds_a_simulated_market(cls, seed: int, info: ValidationInfo) -> int:
        source = info.data.get("data_source")
        if seed != 1 and source not in (None, "mock"):
            raise wrong(f'means nothing to data from {source}, leave it out or set data_source to "mock"')
        return seed

    @field_validator("file")
    @classmethod
    def _is_what_replay_reads(cls, file: str | None, info: ValidationInfo) -> str | None:
        source = info.data.get("data_source")
        if source is None:
            return file
        if source != "replay":
            if file is not None:
                raise wrong(f'means nothing to data from {source}, leave it out or set data_source to "replay"')
        elif file is None:
            raise wrong("is missing, replay needs the path of a .csv or .parquet file of bars")
        elif not file.lower().endswith((".csv", ".parquet")):
            raise wrong("has an ending that replay cannot read, must be a .csv or .parquet file")
        return file

    @field_validator("speed")
    @classmethod
    def _quickens_a_made_market(cls, speed: Decimal, info: ValidationInfo) -> Decimal:
        source = info.data.get("data_source")
        if speed != 1 and source is not None and source not in MADE_SOURCES:
            raise wrong(
                f"cannot be changed for data from {source}, which comes in real time: leave it out or set it to 1"
            )
        return speed
