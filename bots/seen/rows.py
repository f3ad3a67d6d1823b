"""A bot as one row among many: what it says of itself, or what its journal does, as values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from adapters.instrument import split_symbol
from bots.config.wording import one_line
from bots.trading.halts import Halt
from bots.trading.keeping import Saved
from bots.trading.risk import drawdown_pct

_NOTHING = Decimal(0)
# What is larger is no money, and would fill the screen.
_LARGEST = Decimal("1e18")


class State(StrEnum):
    """How a bot is, in a word; the greatest trouble first."""

    NO_ANSWER = "no answer"
    NOT_ALIVE = "not alive"
    HALTED = "halted"
    UNREADY = "unready"
    FALLBACK = "fallback"
    UNREADABLE = "unreadable"
    ASKING = "asking"
    STARTING = "starting"
    STOPPING = "stopping"
    READY = "ready"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Row:
    """One bot; money in `currency`, None for what is not known. Texts are one printable line each.

    `detail` says why the state is what it is. `today` is what equity has gained on the trading day, `profit` what it
    has gained in all. `answered` is when the bot itself said all this, None where its journal did.
    """

    bot: str
    mode: str
    state: State
    detail: str = ""
    symbol: str = ""
    interval: str = ""
    currency: str = ""
    position: Decimal | None = None
    price: Decimal | None = None
    equity: Decimal | None = None
    today: Decimal | None = None
    profit: Decimal | None = None
    drawdown_pct: Decimal | None = None
    trades: int | None = None
    bar_arrived: datetime | None = None
    feed: str = ""
    feed_up: bool = False
    broker: str = ""
    broker_up: bool = False
    restarts: int = 0
    last_error: str = ""
    address: str = ""
    started: str = ""
    pid: int | None = None
    answered: datetime | None = None

    @property
    def real(self) -> bool:
        """Whether its orders leave for a venue."""
        return self.mode == "live"

    def bar_age(self, now: datetime) -> timedelta | None:
        """Return how long ago the last bar came."""
        return None if self.bar_arrived is None else max(now - self.bar_arrived, timedelta(0))

    def age(self, now: datetime) -> timedelta | None:
        """Return how long ago the bot said all this."""
        return None if self.answered is None else max(now - self.answered, timedelta(0))


def row_of_status(status: Mapping[str, Any], now: datetime) -> Row:
    """Return the row of a bot that said this just now. Whoever answers may be of another version, or no bot of ours."""
    feed, broker, position, today = (
        _part(status, key) for key in ("data_feed_status", "broker_status", "position", "today")
    )
    state, detail = _state(status)
    equity, begun = (_number(broker.get(key)) for key in ("equity", "initial_balance"))
    return Row(
        bot=_text(status.get("bot")),
        mode=_text(status.get("mode")),
        state=state,
        detail=detail,
        symbol=_text(status.get("symbol")),
        interval=_text(status.get("interval")),
        currency=_text(broker.get("currency")),
        position=_number(position.get("quantity")),
        # Before the first bar there is none.
        price=_number(feed.get("last_price")) or None,
        equity=equity,
        today=_number(today.get("profit")),
        profit=None if equity is None or begun is None else equity - begun,
        drawdown_pct=_number(status.get("drawdown_pct")),
        trades=_count(status.get("trades")),
        bar_arrived=_time(feed.get("last_bar_arrived")),
        feed=_text(feed.get("source")),
        feed_up=feed.get("connected") is True,
        broker=_text(broker.get("type")),
        broker_up=broker.get("connected") is True,
        restarts=_count(status.get("restarts")) or 0,
        last_error=_text(status.get("last_error")),
        address=_text(status.get("address")),
        started=_text(status.get("started")),
        pid=_count(status.get("pid")),
        answered=now,
    )


def row_of_journal(bot: str, mode: str, symbol: str, saved: Saved | None, halt: Halt | None) -> Row:
    """Return the row of a bot that does not run, from what it left behind."""
    base, quote = split_symbol(symbol)
    row = Row(
        one_line(bot),
        mode,
        State.STOPPED,
        # What is bought tells its currency only where it names it: of a share it is not known.
        symbol=one_line(symbol),
        currency="" if base == symbol.upper() else quote,
    )
    why = [f"halted: {halt.limit}: {one_line(halt.detail)}"] if halt is not None else []
    if saved is None:
        return replace(row, detail="; ".join([*why, "has seen no bar yet"]))
    state = saved.state
    position = sum((lot.quantity for lot in state.lots), _NOTHING)
    # With the fees and with what was sold already, so that it is equity that has gained so much.
    open_gains = (
        lot.quantity * state.last_price + lot.proceeds - lot.entry_price * lot.bought - lot.commission
        for lot in state.lots
    )
    equity = state.cash + (position + state.dust) * state.last_price
    if position and mode == "live":
        why.append("nobody watches its position")
    return replace(
        row,
        detail="; ".join(why),
        position=position,
        price=state.last_price,
        equity=equity,
        profit=sum(open_gains, state.realised),
        drawdown_pct=round(drawdown_pct(state.peak_equity, equity), 4),
        trades=state.closed,
    )


def unanswered(row: Row, why: str) -> Row:
    """Return the row of a bot that should answer and does not, with what was last known of it."""
    return replace(row, state=State.NO_ANSWER, detail=one_line(why))


def _state(status: Mapping[str, Any]) -> tuple[State, str]:
    halt, reasons = _part(status, "halt"), _texts(status.get("reasons"))
    if status.get("state") in ("starting", "stopping"):
        return State(status["state"]), "; ".join(reason for reason in reasons if reason != status["state"])
    if status.get("alive") is not True:
        return State.NOT_ALIVE, "; ".join(reasons)
    if halt:
        return State.HALTED, "; ".join([f"{_text(halt.get('limit'))}: {_text(halt.get('detail'))}", *reasons])
    if status.get("ready") is not True:
        return State.UNREADY, "; ".join(reasons)
    if paper := _part(status, "fallback"):
        holds = _number(paper.get("position")) or _NOTHING
        return State.FALLBACK, f"the broker is away: new entries on paper, {holds:f} held there"
    until = status.get("hold_until")
    return State.READY, f"no entries until {_text(until)}" if until else ""


def _part(status: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = status.get(key)
    return part if isinstance(part, Mapping) else {}


def _text(value: object) -> str:
    return "" if value is None else one_line(str(value))


def _texts(value: object) -> list[str]:
    return [_text(each) for each in value] if isinstance(value, list) else []


def _number(value: object) -> Decimal | None:
    if not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        # Not a number, or one of more digits than are read.
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None
