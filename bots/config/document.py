"""The document as a whole: one bot, complete."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from adapters.registry import is_live
from bots.config.cross import concerns, misfits
from bots.config.faults import written
from bots.config.market import Broker, Data, Trading
from bots.config.outputs import Logging, Notifications
from bots.config.safety import RiskManagement
from bots.config.strategy import Strategy
from bots.config.types import Mode, Section, Text, tell, told
from strategies.errors import Fault


class Document(Section):
    """Everything that one bot is told before it starts."""

    schema_reference: Annotated[Text, StringConstraints(max_length=2048)] | None = Field(
        default=None, alias="$schema", description="Where editors find the schema of this document; bots ignore it."
    )
    description: Annotated[Text, StringConstraints(max_length=60_000)] = Field(
        default="", description="What the bot is for, for people: a word, or the whole reasoning behind it."
    )
    version: Annotated[Text, StringConstraints(max_length=32)] = Field(
        default="1.0", description="The document's own version, for people.", examples=["1.0"]
    )
    broker: Broker = Field(default_factory=Broker, description="Where orders go and what they cost.")
    trading: Trading = Field(description="What is traded and how much of it at most.")
    data: Data = Field(default_factory=Data, description="Where the bars come from.")
    strategy: Strategy = Field(description="When to enter and when to exit.")
    notifications: Notifications = Field(default_factory=Notifications, description="Who is told what.")
    risk_management: RiskManagement = Field(
        default_factory=RiskManagement, description="Limits of one position and of one day."
    )
    logging: Logging = Field(default_factory=Logging, description="What is written down.")

    @model_validator(mode="after")
    def _fits_together(self) -> "Document":
        found = misfits(self.broker.type, self.data.data_source, self.trading.symbol, self.data.symbol)
        tell([told(place, sentence) for place, sentence in found])
        return self

    @property
    def symbol(self) -> str:
        """What is traded, as the venue writes it."""
        return self.trading.symbol

    @property
    def position_size(self) -> Decimal:
        """Size of a new position as a fraction of the equity; the strategy's own wins."""
        own = self.strategy.position_size
        return self.trading.position_size if own is None else own

    @property
    def mode(self) -> Mode:
        """Whether orders leave the machine; so they do, too, in the worlds for practice that a broker has."""
        return "live" if is_live(self.broker.type) else "paper"

    @property
    def interval_delta(self) -> timedelta:
        """Length of a bar."""
        return self.data.interval_delta

    @property
    def interval_seconds(self) -> int:
        """Length of a bar, in seconds."""
        return int(self.interval_delta.total_seconds())

    def warnings(self) -> tuple[Fault, ...]:
        """Return what is allowed and yet probably not meant."""
        return tuple(Fault(written(place), sentence) for place, sentence in concerns(self))

    def canonical_json(self) -> str:
        """Return the document in one spelling: keys sorted, numbers in their shortest form, what was left out left out.

        Defaults are not written in, so that a later release with one more key does not change the digest of every bot.
        Nor are keys that are null: some ways to the cluster drop them, others keep them. A rule's parameters stay.
        """
        values = self.model_dump(by_alias=True, exclude_unset=True, exclude={"schema_reference"})
        return json.dumps(
            _plain(_without_nulls(values)), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )


def _without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out keys that are null, but not in parameters: there null may be another word than nothing."""
    return {
        key: _without_nulls(value) if isinstance(value, dict) and key != "params" else value
        for key, value in values.items()
        if value is not None
    }


def _plain(value: object) -> object:
    """Turn decimals into numbers of JSON, 1000.0 and 1000 into the same one."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value
