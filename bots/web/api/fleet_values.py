"""The fleet as the API tells of it: one bot at a glance, many of them, and what they come to."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from bots.seen.overview import Total
from bots.seen.rows import State
from bots.web.api.values import Asked, Number, Time, Value
from bots.web.bots import Action, Entry
from bots.web.selecting import Choice, Sort


class Bot(Value):
    """One bot at a glance, as it was last seen; null is what is not known."""

    name: str = Field(description="Names it in addresses; in a cluster `namespace.name`.", examples=["0001"])
    bot: str = Field(description="What it calls itself.")
    mode: str = Field(description="`paper`; `live`: its orders leave for a venue; `fallback`: live, for now on paper.")
    state: State = Field(description="How it is, in a word; the greatest trouble wins.")
    detail: str = Field(description="Why it is so; may be empty.")
    wanted: bool = Field(description="Whether it shall run.")
    actions: tuple[Action, ...] = Field(description="What can be done to it now.")
    alarms: tuple[str, ...] = Field(description="What a person should look at, the most urgent first.")
    faults: int = Field(description="How many faults its document has; with any it cannot be started.")
    symbol: str = Field(description="What it trades, as its venue writes it.")
    interval: str = Field(description="Length of its bars, such as `5m`.")
    currency: str = Field(description="The currency of all its amounts; empty where it is not known.")
    position: Number | None = Field(description="What it holds, in units of what is traded.")
    price: Number | None = Field(description="The last price.")
    equity: Number | None = Field(description="What all that it has is worth.")
    today: Number | None = Field(description="What equity has gained on this trading day.")
    profit: Number | None = Field(description="What equity has gained in all.")
    drawdown_pct: Number | None = Field(description="How far equity is below its peak, in per cent.")
    trades: int | None = Field(description="How many trades it has closed.")
    bar_arrived: Time | None = Field(description="When its last bar came, by its computer's clock.")
    feed: str = Field(description="Where its bars come from.")
    feed_up: bool = Field(description="Whether that is connected.")
    broker: str = Field(description="Where its orders go.")
    broker_up: bool = Field(description="Whether that is connected.")
    restarts: int = Field(description="How often its strategy was rebuilt after an error, or its container restarted.")
    last_error: str = Field(description="The last error of its strategy; may be empty.")
    answered: Time | None = Field(description="When it said all this itself; null where its journal does.")
    curve: tuple[Number, ...] = Field(description="Its equity of late, oldest first.")


class Sum(Value):
    """What the bots of one mode come to in one currency; live is never added to paper."""

    mode: str
    currency: str = Field(description="Empty where it is not known.")
    bots: int = Field(description="How many bots are counted.")
    equity: Number
    today: Number | None
    profit: Number


class Fleet(Value):
    """A part of the bots, and what all that were found come to."""

    kind: Literal["folder", "cluster"] = Field(description="Where bots live.")
    place: str = Field(description="The folder or the namespaces, for people.")
    version: int = Field(description="Changes whenever a bot does; see /events.")
    of: int = Field(description="How many bots there are.")
    found: int = Field(description="How many were found; `bots` are some of them.")
    offset: int = Field(description="How many of those found come before `bots`.")
    bots: tuple[Bot, ...] = Field(description="Those that were asked for, in that order.")
    totals: tuple[Sum, ...] = Field(description="By mode and currency, live first.")
    states: dict[State, int] = Field(description="How many of those found are in each state.")


class FleetAsked(Asked):
    """Which bots, in which order."""

    words: str = Field(
        default="",
        max_length=200,
        description="All of these words stand in name, state, mode, symbol, feed or broker.",
        examples=["btc binance"],
    )
    state: State | None = Field(default=None, description="Only bots in this state.")
    mode: Literal["paper", "live", "fallback"] | None = Field(default=None, description="Only bots of this mode.")
    alarmed: bool = Field(default=False, description="Only bots that a person should look at.")
    sort: Sort = Field(default=Sort.TROUBLE, description="The worst or the least first; names break ties.")
    backwards: bool = Field(default=False, description="The other way round; what is not known comes last either way.")
    offset: int = Field(default=0, ge=0, le=1_000_000, description="How many to leave out.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.")

    def choice(self) -> Choice:
        """Return it as `selecting` takes it."""
        return Choice(
            self.words, self.state, self.mode or "", self.alarmed, self.sort, self.backwards, self.offset, self.limit
        )


def bot_of(entry: Entry) -> Bot:
    """Return a bot at a glance."""
    row = entry.row
    return Bot(
        name=entry.name,
        bot=row.bot,
        mode=row.mode,
        state=row.state,
        detail=row.detail,
        wanted=entry.wanted,
        actions=tuple(action for action in Action if action in entry.actions),
        alarms=entry.alarms,
        faults=entry.faults,
        symbol=row.symbol,
        interval=row.interval,
        currency=row.currency,
        position=_number(row.position),
        price=_number(row.price),
        equity=_number(row.equity),
        today=_number(row.today),
        profit=_number(row.profit),
        drawdown_pct=_number(row.drawdown_pct),
        trades=row.trades,
        bar_arrived=row.bar_arrived,
        feed=row.feed,
        feed_up=row.feed_up,
        broker=row.broker,
        broker_up=row.broker_up,
        restarts=row.restarts,
        last_error=row.last_error,
        answered=row.answered,
        curve=entry.equity,
    )


def sum_of(total: Total) -> Sum:
    """Return what bots come to."""
    return Sum(
        mode=total.mode,
        currency=total.currency,
        bots=total.bots,
        equity=float(total.equity),
        today=_number(total.today),
        profit=float(total.profit),
    )


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
