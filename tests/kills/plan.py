"""Everything that a seed decides before a bot starts: document, market, troubles, and where the process dies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from strategies.bar import Bar
from tests.kills.steps import ASKED, ORDERS, TAKING_BACK
from tests.kills.troubles import TROUBLES
from tests.simulation.market import CALM, Market, Weather

BOT = "0003"
BASE, QUOTE = "ETH", "USDT"
SYMBOL = BASE + QUOTE
DEPOSIT = Decimal(10_000)
BALANCE = Decimal(1000)
INTERVAL = timedelta(hours=4)
PAST = 12
"""Bars that have closed before the bot is."""
CALM_BARS = 60
# All of it lies ahead of the wall's clock: a live bar is never late, and a seed's ids are the same on every day.
_START = datetime(2035, 1, 8, tzinfo=UTC) - PAST * INTERVAL
_BARS_A_DEATH = 14
_UNMET_BARS = 20


class Moment(StrEnum):
    """When a process dies: at which side of a step."""

    ARRIVES = "arrives"
    ANSWERED = "is answered"
    TOLD = "is told to be executed"
    BAR = "bar closes"


class Fate(StrEnum):
    """What becomes of the request on whose arrival a process dies."""

    LOST = "lost"
    TAKEN = "taken"
    LATE = "taken late"


@dataclass(frozen=True, slots=True)
class Death:
    """The process is killed `seconds` after something comes to pass for the `count`th time in its life.

    One that is not met within `patience` bars takes place out of the blue. `bars_missed` close before the next start.
    """

    moment: Moment
    what: str = ""
    count: int = 1
    seconds: float = 0.0
    fate: Fate = Fate.TAKEN
    late_seconds: float = 0.0
    bars_missed: int = 0
    patience: int = _UNMET_BARS

    def __str__(self) -> str:
        fate = f", {self.fate}" if self.moment is Moment.ARRIVES else ""
        fate += f" by {self.late_seconds:g} s" if self.late_seconds else ""
        return f"{self.what or 'a'} {self.moment} ({self.count}. time, +{self.seconds * 1000:.0f} ms{fate})"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something goes wrong from a bar on, at the next step that it can meet, or for so many bars."""

    bar: int
    name: str
    where: str
    bars: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    seed: int
    max_positions: int
    max_daily_trades: int | None
    position_size: float
    risk: Mapping[str, Any]
    held_bars: int
    fee: Decimal
    fee_in_other_coin: bool
    spare: Decimal
    """Coins of the owner's: what would be sold twice is then not held back by an empty account."""
    weather: Weather
    bars: int
    hurried: frozenset[int]
    """Bars that close without waiting for what the one before has brought."""
    troubles: tuple[Trouble, ...]
    deaths: tuple[Death, ...]

    def market(self) -> list[Bar]:
        """Return all bars: the past, the storm, the calm."""
        market = Market(Random(f"market {self.seed}"), self.weather, Decimal("0.01"))
        while len(market.bars) < PAST + self.bars:
            market.tick()
        market.weather = replace(CALM, sway=0.003)
        while len(market.bars) < PAST + self.bars + CALM_BARS:
            market.tick()
        return [bar._replace(time=_START + number * INTERVAL) for number, bar in enumerate(market.bars)]

    def document(self, endpoints: Mapping[str, str]) -> dict[str, Any]:
        """Return the bot's document."""
        return {
            "broker": {"type": "binance", "initial_balance": int(BALANCE), "endpoints": dict(endpoints)},
            "trading": {
                "symbol": SYMBOL, "position_size": self.position_size, "max_positions": self.max_positions,
                "order_timeout": 5,
            },
            "data": {
                "data_source": "binance", "interval": "4h", "lookback_bars": PAST, "retry_interval": 0.5,
                "endpoints": dict(endpoints),
            },
            "strategy": {
                "entry_logic": {
                    "name": "RSIBBEntryMixin",
                    "params": {"rsi_period": 3, "rsi_oversold": 95, "bb_period": 4, "bb_dev": 0},
                },
                "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": self.held_bars}},
            },
            "risk_management": {**self.risk, "max_daily_trades": self.max_daily_trades},
        }  # fmt: skip

    def told(self) -> str:
        """Return the plan for people, one line each."""
        lines = [
            f"seed {self.seed}: {self.bars} bars, hurried {sorted(self.hurried)}, {self.weather}",
            f"  positions {self.max_positions}, a day {self.max_daily_trades}, size {self.position_size}, held "
            f"{self.held_bars} bars, fee {self.fee}{' in another coin' if self.fee_in_other_coin else ''}, spare "
            f"{self.spare}, {dict(self.risk)}",
        ]
        lines += [f"  dies: {death}, {death.bars_missed} bars missed" for death in self.deaths]
        lines += [f"  bar {each.bar}: {each.name} {each.where} ({each.bars} bars)" for each in self.troubles]
        return "\n".join(lines)


def plan_of(seed: int) -> Plan:
    """Return the run of a seed."""
    random = Random(f"kills {seed}")
    deaths = tuple(_death(random) for _ in range(random.randint(3, 6)))
    bars = _BARS_A_DEATH * len(deaths) + random.randint(4, 10)
    hurry = random.choice((0.0, 0.0, 0.2, 0.5))
    return Plan(
        seed=seed,
        max_positions=random.choice((1, 1, 2, 3)),
        max_daily_trades=random.choice((None, None, 2)),
        position_size=random.choice((0.1, 0.3, 0.6)),
        risk=_risk(random),
        held_bars=random.randint(2, 5),
        fee=random.choice((Decimal(0), Decimal("0.001"), Decimal("0.001"))),
        fee_in_other_coin=random.random() < 0.2,
        spare=random.choice((Decimal(0), Decimal(50))),
        weather=Weather(
            sway=random.choice((0.002, 0.005)),
            jump=random.choice((0.0, 0.03, 0.08)),
            highest_jump=random.choice((0.02, 0.06)),
            flat=random.choice((0.0, 0.02)),
        ),
        bars=bars,
        hurried=frozenset(number for number in range(bars) if random.random() < hurry),
        troubles=tuple(_trouble(random, bars) for _ in range(random.choice((0, 2, 4, 6)))),
        deaths=deaths,
    )


def _risk(random: Random) -> dict[str, Any]:
    trailing = random.random() < 0.4
    return {
        "stop_loss_pct": random.choice((0.5, 1.0, 2.0)),
        "take_profit_pct": random.choice((None, 1.5)),
        "trailing_stop": {"enabled": trailing, "activation_pct": 0.3, "trailing_pct": 0.5},
        "stop_limit_offset_pct": random.choice((0.3, 1.0)),
    }


def _death(random: Random) -> Death:
    moment = random.choices(tuple(Moment), weights=(6, 4, 2, 2))[0]
    # At once: before the client can have read it. A moment later: while it deals with it.
    seconds = random.choice((0.0, 0.001, 0.003, 0.01))
    missed = random.choice((0, 0, 0, 1, 3))
    if moment is Moment.BAR:
        # Most of what a bar brings about is over after some hundredths of a second.
        return Death(
            moment, count=random.randint(1, 6), seconds=round(random.uniform(0.0, 0.04), 3), bars_missed=missed
        )
    if moment is Moment.TOLD:
        return Death(moment, random.choice(ORDERS), 1, seconds, bars_missed=missed)
    asks = random.random() < 0.2
    what = random.choice(ASKED) if asks else random.choice((*ORDERS, TAKING_BACK))
    count = random.choice((1, 1, 1, 2))
    if moment is Moment.ANSWERED or asks:
        return Death(moment, what, count, seconds, bars_missed=missed)
    fate = random.choice(tuple(Fate))
    late = round(random.uniform(0.3, 2.8), 1) if fate is Fate.LATE else 0.0
    return Death(moment, what, count, 0.0, fate, late, missed)


def _trouble(random: Random, bars: int) -> Trouble:
    name = random.choice(tuple(TROUBLES))
    return Trouble(random.randrange(bars), name, random.choice(ORDERS), random.randint(1, 4))
