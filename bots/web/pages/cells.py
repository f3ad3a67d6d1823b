"""A bot at a glance as the words and tones of a page. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bots.seen.columns import detail, figure, money, tone_of
from bots.seen.overview import Total
from bots.seen.rows import Row, State
from bots.web.bots import Action, Entry
from bots.web.pages.sparkline import Sparkline, sparkline

# What a row offers at once; the rest is on the bot's own page.
_AT_HAND = (Action.START, Action.RESUME, Action.HALT, Action.STOP)


@dataclass(frozen=True, slots=True)
class Glance:
    """A bot as a row of the fleet, or as the head of its page; another `mark` says that something of it is another."""

    name: str
    row: Row
    tone: str
    detail: str
    alarms: tuple[str, ...]
    line: Sparkline | None
    actions: tuple[Action, ...]
    at_hand: tuple[Action, ...]
    faults: int
    wanted: bool
    mark: str

    @property
    def real(self) -> bool:
        """Whether real money is traded."""
        return self.row.real

    @property
    def position(self) -> str:
        """What it holds."""
        return "" if self.row.position is None else "flat" if not self.row.position else figure(self.row.position)

    @property
    def equity(self) -> str:
        """What it has."""
        return money(self.row.equity)

    @property
    def price(self) -> str:
        """The last price."""
        return figure(self.row.price)

    @property
    def today(self) -> "Gain":
        """What it has gained today."""
        return gain(self.row.today)

    @property
    def profit(self) -> "Gain":
        """What it has gained in all."""
        return gain(self.row.profit)

    @property
    def drawdown(self) -> str:
        """How far it is below its peak."""
        return "" if self.row.drawdown_pct is None else f"{self.row.drawdown_pct:.1f} %"


@dataclass(frozen=True, slots=True)
class Gain:
    """An amount with its sign, and the tone that goes with it."""

    text: str
    tone: str


def gain(amount: Decimal | float | None, decimals: int = 2) -> Gain:
    """Return a gain or a loss; told by its sign as well as by its tone."""
    if amount is None:
        return Gain("", "none")
    tone = "none" if not amount else "good" if amount > 0 else "loss"
    return Gain(f"{amount:+,.{decimals}f}", tone)


def glance(entry: Entry, now: datetime) -> Glance:
    """Return a bot at a glance."""
    row = entry.row
    return Glance(
        entry.name,
        row,
        str(tone_of(row.state)),
        # How old it is stands beside it, and goes on counting there.
        detail(row, row.answered or now) if row.state is not State.NO_ANSWER else row.detail,
        entry.alarms,
        sparkline(entry.equity),
        tuple(action for action in Action if action in entry.actions),
        tuple(action for action in _AT_HAND if action in entry.actions)[:2],
        entry.faults,
        entry.wanted,
        f"{hash(entry) & 0xFFFFFFFFFFFFFFFF:x}",
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """What the bots of one mode come to in one currency, as words."""

    real: bool
    mode: str
    bots: int
    equity: str
    today: Gain
    profit: Gain


def sum_of(total: Total) -> Sum:
    """Return a total as words."""
    equity = f"{money(total.equity)} {total.currency or '?'}"
    return Sum(total.mode == "live", total.mode, total.bots, equity, gain(total.today), gain(total.profit))
