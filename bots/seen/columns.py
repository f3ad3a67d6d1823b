"""The columns in which bots are shown, and which of them fit into a width. Pure; how a tone looks is the drawer's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bots.seen.rows import Row, State

# An answer older than this says so.
STALE = timedelta(seconds=10)
_LONGEST_NAME = 16
_ROOMY = 120
_LEAST_WORDS = 30


class Tone(StrEnum):
    """How something is meant to strike the eye."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    LOSS = "loss"
    BAD = "bad"
    REAL = "real"
    DIM = "dim"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, how much it matters (0 most), and what it says of a bot."""

    title: str
    rank: int
    cell: Callable[[Row, datetime], Cell]
    right: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What fits: columns with their widths; `words` is what is left beside them for details, 0 if too little."""

    columns: tuple[tuple[Column, int], ...]
    gap: int
    words: int


_TONES = {
    State.NO_ANSWER: Tone.BAD,
    State.NOT_ALIVE: Tone.BAD,
    State.UNREADABLE: Tone.BAD,
    State.ASKING: Tone.DIM,
    State.HALTED: Tone.BAD,
    State.UNREADY: Tone.WARN,
    State.FALLBACK: Tone.WARN,
    State.STARTING: Tone.WARN,
    State.STOPPING: Tone.WARN,
    State.READY: Tone.GOOD,
    State.STOPPED: Tone.DIM,
}
# What starts, stops or does not answer has no lines that could be blamed.
_WITHOUT_LINES = (State.STARTING, State.STOPPING, State.STOPPED, State.NO_ANSWER)


def tone_of(state: State) -> Tone:
    """Return how a state is meant to strike the eye."""
    return _TONES[state]


def mode_cell(mode: str) -> Cell:
    """Return a mode so that real money cannot be overlooked, even without colours."""
    return Cell("LIVE", Tone.REAL) if mode == "live" else Cell(mode, Tone.DIM)


def detail(row: Row, now: datetime) -> str:
    """Return why a bot is as it is, its last error, and how old all of this is where that matters."""
    said = [row.detail] if row.detail else []
    if row.last_error:
        said.append(f"last error: {row.last_error}")
    age = row.age(now)
    if age is not None and (age >= STALE or row.state is State.NO_ANSWER):
        said.append(f"as of {short_time(age)} ago")
    return "; ".join(said)


def layout(rows: Sequence[Row], now: datetime, width: int | None) -> Layout:
    """Return the columns that fit, the most important first in being kept; without a width all that say anything."""
    gap = 2 if width is None or width >= _ROOMY else 1
    name = None if gap == 2 else _LONGEST_NAME
    kept: dict[int, int] = {}
    used = 0
    for place, column in sorted(enumerate(COLUMNS), key=lambda pair: pair[1].rank):
        texts = [column.cell(row, now).text for row in rows]
        if column.rank > 2 and not any(texts):
            continue
        needs = max(map(len, (column.title, *texts)))
        if column.title == "BOT" and name is not None:
            needs = min(needs, name)
        if width is None or used + needs <= width:
            kept[place] = needs
            used += needs + gap
    longest = max((len(detail(row, now)) for row in rows), default=0)
    left = longest if width is None else width - used
    words = 0 if left < min(longest, _LEAST_WORDS) else min(left, longest)
    return Layout(tuple((COLUMNS[place], kept[place]) for place in sorted(kept)), gap, words)


def money(amount: Decimal | None, *, sign: bool = False) -> str:
    """Return money for people: two decimals, thousands apart."""
    return "" if amount is None else f"{amount:{'+' if sign else ''},.2f}"


def figure(number: Decimal | None) -> str:
    """Return a price or a size in eight digits that count, without exponent."""
    if number is None:
        return ""
    if not number:
        return "0"
    decimals = max(0, 7 - number.adjusted())
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_time(length: timedelta | None) -> str:
    """Return a length of time in its two greatest units."""
    if length is None:
        return ""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes}m{seconds % 60:02}s"
    return f"{hours}h{minutes % 60:02}m" if hours < 24 else f"{days}d{hours % 24:02}h"


def _gain(amount: Decimal | None) -> Cell:
    tone = Tone.PLAIN if not amount else Tone.GOOD if amount > 0 else Tone.LOSS
    return Cell(money(amount, sign=True), tone)


def _equity(row: Row) -> Cell:
    return Cell("" if row.equity is None else f"{money(row.equity)} {row.currency or '?'}")


def _position(row: Row) -> Cell:
    return Cell(figure(row.position) if row.position else "", Tone.PLAIN)


def _drawdown(row: Row) -> Cell:
    return Cell("" if row.drawdown_pct is None else f"{row.drawdown_pct:.1f}%")


def _line(name: str, up: bool, row: Row) -> Cell:
    lost = name and not up and row.state not in _WITHOUT_LINES
    return Cell(f"{name} down", Tone.BAD) if lost else Cell(name)


def _restarts(row: Row) -> Cell:
    return Cell(str(row.restarts), Tone.WARN) if row.restarts else Cell("")


COLUMNS = (
    Column("BOT", 0, lambda row, now: Cell(row.bot)),
    Column("STATE", 1, lambda row, now: Cell(str(row.state), tone_of(row.state))),
    Column("MODE", 2, lambda row, now: mode_cell(row.mode)),
    Column("SYMBOL", 6, lambda row, now: Cell(row.symbol)),
    Column("BARS", 13, lambda row, now: Cell(row.interval)),
    Column("POSITION", 5, lambda row, now: _position(row), right=True),
    Column("PRICE", 10, lambda row, now: Cell(figure(row.price)), right=True),
    Column("EQUITY", 3, lambda row, now: _equity(row), right=True),
    Column("TODAY", 9, lambda row, now: _gain(row.today), right=True),
    Column("PROFIT", 4, lambda row, now: _gain(row.profit), right=True),
    Column("DRAW", 8, lambda row, now: _drawdown(row), right=True),
    Column("TRADES", 12, lambda row, now: Cell("" if row.trades is None else str(row.trades)), right=True),
    Column("AGE", 7, lambda row, now: Cell(short_time(row.bar_age(now))), right=True),
    Column("FEED", 14, lambda row, now: _line(row.feed, row.feed_up, row)),
    Column("BROKER", 15, lambda row, now: _line(row.broker, row.broker_up, row)),
    Column("RESTARTS", 11, lambda row, now: _restarts(row), right=True),
)
"""AGE is the last bar's; RESTARTS are those of the strategy within the process."""
