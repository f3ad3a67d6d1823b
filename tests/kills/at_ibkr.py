"""The same at Interactive Brokers: the real process killed at the steps of an order's life, at the double of TWS."""

import asyncio
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from tests.kills.locks import own_locks
from tests.kills.outcome import Outcome
from tests.kills.plan import Death, Fate, Moment
from tests.kills.steps import ORDERS, TAKING_BACK, lot_of
from tests.kills.trace import Trace
from tests.venues.agreement import agree, journalled_fills
from tests.venues.bots import VenueBot, dealt_with
from tests.venues.ibkr_faults import CASES, LATE
from tests.venues.ibkr_trading import AT, SYMBOL, Trading, executed, trading, waits
from tests.venues.tws.arrived import Arrived
from tests.venues.tws.misbehaving import OrderFault
from tests.venues.tws.wire import BadMessageError

_PATIENCE_BARS = 16
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.02
# A life's orders and questions; a loop without a limit is in the thousands.
_MESSAGES_A_LIFE = 120


@dataclass(frozen=True, slots=True)
class LifePlan:
    """How a process dies, and which fault it meets before, as its number in `CASES` and its place."""

    death: Death
    fault: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class IbkrPlan:
    """One run."""

    seed: int
    stop_loss_pct: float
    lives: tuple[LifePlan, ...]

    def told(self) -> str:
        """Return the plan for people."""
        lines = [f"seed {self.seed} at Interactive Brokers: stop at {self.stop_loss_pct} %"]
        for life in self.lives:
            fault = "no fault" if life.fault is None else f"{CASES[life.fault[0]]} at {life.fault[1]}"
            lines.append(f"  dies: {life.death}, {life.death.bars_missed} bars missed; {fault}")
        return "\n".join(lines)


def plan_of(seed: int) -> IbkrPlan:
    """Return the run of a seed."""
    random = Random(f"kills at ibkr {seed}")
    lives = tuple(LifePlan(_death(random), _fault(random)) for _ in range(random.randint(3, 5)))
    return IbkrPlan(seed, random.choice((0.5, 1.0, 4.0)), lives)


def run_seed(seed: int) -> Outcome:
    """Run a seed, in a folder of its own."""
    plan, begun, left, broken = plan_of(seed), time.monotonic(), "", None
    with (
        TemporaryDirectory(prefix="kills-") as folder,
        own_locks(folder),
        trading(Path(folder), stop_loss_pct=plan.stop_loss_pct) as hours,
    ):
        run = _Run(plan, hours)
        try:
            trades = run.play()
        except AssertionError as error:
            broken, trades = ("what has to hold at Interactive Brokers", str(error)), 0
            printed = Path(folder, "output.log").read_text(encoding="utf-8")[-3000:]
            left = "\n".join([*map(str, hours.double.orders), *map(str, hours.double.executions), printed])
        orders, messages = len(hours.double.orders), len(hours.double.received())
    return Outcome(plan, broken, run.trace, run.kills, orders, trades, messages, time.monotonic() - begun, left)


class _Run:
    def __init__(self, plan: IbkrPlan, hours: Trading) -> None:
        self.trace, self.kills = Trace(), 0
        self._plan, self._hours = plan, hours
        self._lock = Lock()

    def play(self) -> int:
        """Live and die as planned, and then in peace; return how many trades that has brought."""
        hours = self._hours
        for life in self._plan.lives:
            self._live(life)
        most = _MESSAGES_A_LIFE * (len(self._plan.lives) + 1)
        with hours.bot() as bot:
            self.trace.note("run", "it is calm from here on")
            bot.wait_for("a bot that is ready", lambda status: status["ready"])
            # An exit of an earlier life may wait for the next bar.
            hours.drive(bot, 2)
            self._agree(bot, most)
            hours.drive_until_traded(bot)
            status = self._agree(bot, most)
            assert hours.cash_agrees(status), f"the cash differs: {hours.double.cash} and {status['broker_status']}"
            assert status["restarts"] == 0
            assert status["halt"] is None
            self._hold_executions()
            return int(status["trades"])

    def _agree(self, bot: VenueBot, most_messages: int) -> dict[str, Any]:
        """Hold the venue against the journal; a number may come again here, where its first order was lost."""
        status = agree(bot, self._hours.seen, most_messages)
        double = self._hours.double
        assert journalled_fills(bot) == executed(double), "each execution is booked once"
        assert double.complaints == []
        return status

    def _live(self, life: LifePlan) -> None:
        hours, death = self._hours, life.death
        hours.double.misbehaving.order_faults.clear()
        with hours.bot() as bot:
            self.trace.note("run", "the bot starts")
            if life.fault is not None:
                number, where = life.fault
                waits(hours.double, OrderFault(AT[where], self._fault(number)))
            if death.moment is not Moment.BAR:
                waits(hours.double, OrderFault(AT[death.what], self._dying(death, bot)))
            for _ in range(death.count if death.moment is Moment.BAR else _PATIENCE_BARS):
                if not self._wait(bot, lambda status: status["ready"]):
                    break
                bar = hours.close_bar()
                self.trace.note("market", str(bar))
                opened = f"{bar.time:%Y-%m-%dT%H:%M:%SZ}"
                if not self._wait(bot, lambda status, opened=opened: dealt_with(status, opened)):  # type: ignore[misc]
                    break
            if bot.process.poll() is None:
                hours.close_bar()
                time.sleep(death.seconds)
                self._kill(bot, death, "out of the blue")
            bot.process.wait()
        for _ in range(death.bars_missed):
            hours.close_bar()

    def _wait(self, bot: VenueBot, condition: Callable[[dict[str, Any]], object]) -> bool:
        """Wait until a bot's status is so; say that it is, or that the bot is dead."""
        deadline, last = time.monotonic() + _PATIENCE_SECONDS, None
        while time.monotonic() < deadline:
            if bot.process.poll() is not None:
                assert bot.process.returncode == -signal.SIGKILL, f"it ended with {bot.process.returncode}"
                return False
            last = bot.status() or last
            # An exit of an earlier life, whose stop still rests, waits for the next bar.
            if last and condition(last | {"position": last["position"] | {"lots": []}}):
                return True
            time.sleep(_LOOK_SECONDS)
        raise AssertionError(f"it does not come to rest: {last}")

    def _fault(self, number: int) -> Callable[[Arrived], Coroutine[Any, Any, None]]:
        async def play(arrived: Arrived) -> None:
            self.trace.met[f"trouble: {CASES[number]}"] += 1
            self.trace.note("trouble", f"{CASES[number]} at {arrived.message}")
            await CASES[number].play(self._hours.double, arrived)

        return play

    def _dying(self, death: Death, bot: VenueBot) -> Callable[[Arrived], Coroutine[Any, Any, None]]:
        async def play(arrived: Arrived) -> None:
            self.trace.note("wire", str(arrived.message))
            # One that was taken back meanwhile, by another life, is refused to this one, which does not hear it.
            with suppress(BadMessageError):
                await self._die(death, bot, arrived)

        return play

    async def _die(self, death: Death, bot: VenueBot, arrived: Arrived) -> None:
        if death.moment is Moment.ARRIVES:
            self._kill(bot, death)
            await asyncio.sleep(death.late_seconds)
            if death.fate is not Fate.LOST:
                arrived.go_on()
            return
        if death.moment is Moment.TOLD:
            arrived.take()
            arrived.tell()
            arrived.execute(Decimal(1))
        else:
            arrived.go_on()
        await asyncio.sleep(death.seconds)
        self._kill(bot, death)
        if death.moment is Moment.TOLD:
            arrived.execute()

    def _kill(self, bot: VenueBot, death: Death, how: str = "") -> None:
        # Out of the blue it may happen at the very moment of the planned one, which is in the double's thread.
        with self._lock:
            if bot.process.poll() is not None:
                return
            self.kills += 1
            bot.process.kill()
            bot.process.wait()
        self.trace.note("killer", f"kills: {death} {how}")
        fate = f", {death.fate}" if death.moment is Moment.ARRIVES else ""
        self.trace.met[f"dies: {how or f'{death.what} {death.moment}{fate}'}"] += 1

    def _hold_executions(self) -> None:
        """Hold all executions against the lots that the ids of their orders name."""
        held: Counter[int] = Counter()
        entries: defaultdict[int, set[str]] = defaultdict(set)
        for done in self._hours.double.executions:
            lot, bought = lot_of(done.order.ref), done.order.action == "BUY"
            held[lot] += int(done.quantity) if bought else -int(done.quantity)
            assert held[lot] >= 0, f"more of lot {lot} is sold than was bought"
            assert sum(1 for each in held.values() if each) <= 1, f"max_positions: {held}"
            if bought:
                entries[lot].add(done.order.ref)
        assert all(len(refs) == 1 for refs in entries.values()), f"an entry is doubled: {entries}"
        assert self._hours.double.position(SYMBOL) == sum(held.values())


def _death(random: Random) -> Death:
    moment = random.choices(tuple(Moment), weights=(6, 3, 2, 1))[0]
    seconds, missed = random.choice((0.001, 0.005, 0.02)), random.choice((0, 0, 1, 3))
    if moment is Moment.BAR:
        return Death(moment, count=random.randint(1, 6), seconds=seconds, bars_missed=missed)
    what = random.choice(ORDERS if moment is Moment.TOLD else (*ORDERS, TAKING_BACK))
    if moment is not Moment.ARRIVES:
        return Death(moment, what, seconds=seconds, bars_missed=missed)
    fate = random.choice(tuple(Fate))
    late = round(random.uniform(0.2, LATE), 1) if fate is Fate.LATE else 0.0
    return Death(moment, what, fate=fate, late_seconds=late, bars_missed=missed)


def _fault(random: Random) -> tuple[int, str] | None:
    number = random.randrange(len(CASES))
    where = random.choice(CASES[number].at)
    return (number, where) if random.random() < 0.5 else None
