"""Everything that a seed decides before a run begins: the settings, the market's weather, faults and crashes."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from adapters.instrument import InstrumentSpec, simulated_instrument
from bots.trading.risk import Limits, Trailing
from bots.trading.sizing import Sizing
from bots.trading.terms import StopOnExchange, Terms
from tests.simulation.clock import START
from tests.simulation.market import INTERVAL, Weather
from tests.simulation.rules import Habits

BOT = "0001"


@dataclass(frozen=True, slots=True)
class Manners:
    """How a venue behaves when nothing is wrong: its fees, and whether market orders are filled at once and whole.

    `slip` is the share by which executions miss the price; `parts` into how many an order may fall; `thin` how likely a
    market order finds no taker for its rest. `spare` says that the account has coins and money of its owner's, too:
    what would be sold or bought twice is then not held back by an empty account. `stuck` is the share of market orders
    that are taken and then stand there, whole or in part, until they are taken back.
    """

    fee: Decimal
    fee_in_coin: bool
    at_once: bool
    parts: int
    slip: float
    thin: float
    spare: bool
    stuck: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """How likely each kind of trouble is, each time that it could happen."""

    submit: float = 0.0
    ask: float = 0.0
    cancel: float = 0.0
    reports: float = 0.0
    feed: float = 0.0
    journal: float = 0.0
    taken_away: float = 0.0
    outage: float = 0.0
    crash: float = 0.0
    restart: float = 0.0
    person: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    seed: int
    terms: Terms
    later: Terms
    """The terms of processes that start in the second half of the storm: a person has changed the document."""
    habits: Habits
    manners: Manners
    weather: Weather
    rates: Rates
    bars: int
    most_crashes: int
    quotes: bool
    crash_at: int | None = None
    """Where this is given, the process dies at exactly that crash point, and at no other."""


def plan_of(seed: int) -> Plan:
    """Return the run of a seed."""
    random = Random(f"plan {seed}")
    bars = random.randint(25, 60)
    terms = _terms(random)
    changed = None if terms.stop_on_exchange is not None else StopOnExchange(0.5)
    return Plan(
        seed=seed,
        terms=terms,
        later=replace(terms, stop_on_exchange=changed) if random.random() < 0.2 else terms,
        habits=Habits(seed, random.randint(1, 4), random.randint(2, 9), START + INTERVAL * bars),
        manners=replace(_manners(random), stuck=Random(f"stuck {seed}").choice((0.0, 0.0, 0.0, 0.1))),
        weather=Weather(
            sway=random.choice((0.001, 0.004, 0.008)),
            jump=random.choice((0.0, 0.02, 0.08)),
            highest_jump=random.choice((0.02, 0.06, 0.12)),
            flat=random.choice((0.0, 0.02)),
        ),
        rates=_rates(random),
        bars=bars,
        most_crashes=random.choice((0, 2, 6, 20)),
        quotes=random.random() < 0.8,
    )


def _terms(random: Random) -> Terms:
    trailing = Trailing(random.choice((0.2, 0.5)), random.choice((0.4, 1.0))) if random.random() < 0.5 else None
    limits = Limits(
        max_positions=random.choice((1, 1, 2, 3)),
        stop_loss_pct=random.choice((None, 0.8, 2.0)),
        take_profit_pct=random.choice((None, 0.7, 2.0)),
        trailing=trailing,
        max_daily_trades=random.choice((None, None, 6)),
        max_daily_loss=random.choice((None, None, Decimal(15))),
        max_drawdown_pct=random.choice((None, None, Decimal(4))),
    )
    balance = random.choice((Decimal(1000), Decimal(1000), Decimal(60)))
    sizing = Sizing(
        random.choice((Decimal("0.3"), Decimal("0.6"), Decimal("0.95"))),
        random.choice((None, None, Decimal("0.7"))),
        Decimal("0.001"),
    )
    rests = random.random() < 0.7
    how = StopOnExchange(random.choice((0.3, 1.0)), jump_patience=timedelta(seconds=5)) if rests else None
    return Terms(BOT, _spec(random), limits, sizing, balance, how)


def _spec(random: Random) -> InstrumentSpec:
    step, decimals = random.choice(((Decimal("0.001"), 3), (Decimal("0.00001"), 5), (Decimal("0.01"), 2)))
    return simulated_instrument(
        "BTCUSDT",
        price_step=Decimal("0.01"),
        size_step=step,
        min_notional=random.choice((None, Decimal(5), Decimal(15))),
        size_decimals=decimals,
    )


def _manners(random: Random) -> Manners:
    return Manners(
        fee=random.choice((Decimal(0), Decimal("0.001"), Decimal("0.00075"))),
        fee_in_coin=random.random() < 0.6,
        at_once=random.random() < 0.7,
        parts=random.choice((1, 1, 3)),
        slip=random.choice((0.0, 0.0005, 0.002)),
        thin=random.choice((0.0, 0.0, 0.2)),
        spare=random.random() < 0.6,
    )


def _rates(random: Random) -> Rates:
    def rate(highest: float) -> float:
        # Some troubles at a time: where everything fails always, hardly anything happens.
        return random.choice((0.0, 0.3, 1.0)) * highest

    return Rates(
        submit=rate(0.4),
        ask=rate(0.3),
        cancel=rate(0.5),
        reports=rate(0.3),
        feed=rate(0.1),
        journal=rate(0.02),
        taken_away=rate(0.1),
        outage=rate(0.03),
        crash=random.choice((0.0, 0.005, 0.02, 0.1)),
        restart=rate(0.02),
        person=rate(0.05),
    )
