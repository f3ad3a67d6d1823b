"""The scalars of a document: strict, finite, bounded."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from adapters.registry import BROKERS, DATA_SOURCES
from bots.config.wording import shown

# Yahoo writes ^GSPC, BRK-B and EURUSD=X, Interactive Brokers EUR.USD, Binance BTCUSDT.
SYMBOL = r"^[A-Z0-9^][A-Z0-9.=-]{0,31}$"
AMOUNT_LIMIT = 1_000_000_000_000
"""No amount of money above this, in any currency: larger ones are slips of the keyboard."""


class Section(BaseModel):
    """A part of the document: unknown keys are refused, values never change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def exact(value: object) -> object:
    """Take a number of JSON with exactly the digits written; a text or a boolean is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number_type", "not a number")
    # str() gives the shortest digits that mean this float, hence 0.1 and not 0.1000000000000000055.
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def wrong(sentence: str) -> PydanticCustomError:
    """Return an error at the key under validation whose sentence is written already."""
    return PydanticCustomError("told", "{sentence}", {"sentence": sentence})


def told(place: tuple[str | int, ...], sentence: str, value: object = None) -> InitErrorDetails:
    """Return an error whose sentence is written already; `place` is relative to the model that raises it."""
    return InitErrorDetails(
        type=PydanticCustomError("told", "{sentence}", {"sentence": sentence}), loc=place, input=value
    )


def tell(details: list[InitErrorDetails]) -> None:
    """Raise the errors, if there are any; pydantic merges them, places included, into those of the whole."""
    if details:
        raise ValidationError.from_exception_data("document", details)


Exact = BeforeValidator(exact)
Count = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict()]

Amount = Annotated[Decimal, Field(gt=0, le=AMOUNT_LIMIT), Exact]
Step = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=18), Exact]
Fraction = Annotated[Decimal, Field(gt=0, le=1), Exact]
Percent = Annotated[Decimal, Field(gt=0, lt=100), Exact]


def in_capitals(symbol: object) -> object:
    """Refuse small letters with a hint: no venue of ours lists such a symbol."""
    if isinstance(symbol, str) and len(symbol) <= 32 and symbol.isascii() and symbol.upper() != symbol:
        raise wrong(f"{shown(symbol)} is not in capitals, write {shown(symbol.upper())}")
    return symbol


Symbol = Annotated[
    Text,
    StringConstraints(pattern=SYMBOL, max_length=32),
    BeforeValidator(in_capitals),
    Field(examples=["BTCUSDT"]),
]
Path = Annotated[Text, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_.:-]*$")]

if TYPE_CHECKING:
    BrokerType = str
    DataSource = str
else:
    # What there is, the registry says: a new venue is a line there and none here.
    BrokerType = Literal[*BROKERS]
    DataSource = Literal[*DATA_SOURCES]
Environment = Literal["live", "testnet", "demo"]
Account = Annotated[Text, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9]+$")]
Interval = Literal["1m", "5m", "15m", "30m", "1h", "4h", "1d"]
Event = Literal["trade_entry", "trade_exit", "error", "status", "daily_summary"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Mode = Literal["paper", "live"]
