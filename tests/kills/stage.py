"""A bot at its venue: it is killed when its time has come, started again, and waited for until it is at rest."""

import json
import signal
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from tests.kills.books import Books, poured_out, without_protection
from tests.kills.invariants import Invariants
from tests.kills.killer import Killer
from tests.kills.plan import BASE, BOT, DEPOSIT, PAST, QUOTE, SYMBOL, Death, Moment, Plan
from tests.kills.trace import Trace
from tests.venues.binance import BinanceDouble, Fees
from tests.venues.bots import VenueBot, dealt_with, next_bar

_PROGRAM = ("-m", "tests.kills.bot")
_PATIENCE_SECONDS = 45.0
_LOOK_SECONDS = 0.02
_HURRY_SECONDS = 0.03
# Bars that are kept for what comes after the storm.
_KEPT_BARS = 20
_LAST_WORDS = 3000
# What a start asks for, and a bar with everything that may follow from it; a loop without a limit asks for thousands.
_REQUESTS_A_START, _REQUESTS_A_BAR, _REQUESTS_A_TROUBLE = 60, 12, 60


class BrokenError(Exception):
    """An invariant is broken: the run ends here."""


class Stage:
    """The double, the bot of the moment, and who kills it.

    Parameters
    ----------
    plan : Plan
        What is to come.
    folder : Path
        The bot's working directory.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.trace, self.troubles = Trace(), 0
        fees = Fees(plan.fee, plan.fee, Decimal(600) if plan.fee_in_other_coin else None)
        balances = {QUOTE: DEPOSIT, BASE: plan.spare, "BNB": Decimal(10)}
        self.double = BinanceDouble(
            plan.market(), past=PAST, interval="4h", symbol=SYMBOL, fees=fees, balances=balances
        )
        self._plan, self._folder = plan, folder
        self._document = folder / f"{BOT}.json"
        self._journal = folder / "journal" / f"{BOT}.live.sqlite"
        self.held = Invariants(plan, self._journal)
        self._killer = Killer(self.held, self.trace)
        self._deaths = list(plan.deaths)
        self._death: Death | None = None
        self._bars_missed = 0
        self._killed: set[int] = set()
        self._lock = Lock()
        self._is_overdue = False
        self._bars = self._bars_since_start = self._starts = 0
        self._opened, self._is_heard, self._was_ready = "", False, False
        self._waited: set[int] = set()
        self._bot: VenueBot | None = None

    def open(self) -> None:
        """Have the bot's document, and watch; the double runs."""
        # Months pass within seconds here, and stops that are taken back count as orders that were not filled.
        self.double.limit_orders(1000)
        self.double.watch(self._killer)
        self._document.write_text(json.dumps(self._plan.document(self.double.endpoints)), encoding="utf-8")

    def close(self) -> None:
        """Leave no process behind."""
        self._disarm()
        if self._bot is not None:
            self._bot.__exit__(None, None, None)

    def books(self) -> Books:
        """Return the journal as it is on disk."""
        return Books.of(self._journal)

    def trades(self) -> int:
        """Return how many trades the journal has."""
        return len(self.books().trades) if self._journal.exists() else 0

    # -- the bot -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the bot; it dies the next of the planned deaths."""
        self._starts += 1
        self._bars_since_start, self._was_ready = 0, False
        # Bars that brought no order are kept within a second only: to a journal that knows none, they are the past.
        self._is_heard = self._is_heard and bool(self.books().state)
        self.trace.note("run", "the bot starts")
        self._death = self._deaths.pop(0) if self._deaths else None
        self._bars_missed = self._death.bars_missed if self._death else 0
        # Armed first: a process may die of its first question.
        self._killer.arm(self._death, partial(self._kill, self._starts))
        self._bot = VenueBot(self._document, self._folder, live=True, program=_PROGRAM)

    def die_all_deaths(self) -> None:
        """Let the bot die on the next bars as often as it has not died yet."""
        self.until_quiet()
        self._is_overdue = True
        while self.kills < len(self._plan.deaths):
            self.bar()

    def stop(self) -> None:
        """Tell the bot to stop, and wait for its end."""
        assert self._bot is not None
        self.trace.note("run", "the bot is told to stop")
        self._bot.process.send_signal(signal.SIGTERM)
        status = self._bot.process.wait(_PATIENCE_SECONDS)
        self.holds(status == 0, "a stop ends it with 0", str(status))

    def _kill(self, life: int) -> bool:
        """Kill the process of a life; say whether that had to be done."""
        # Out of the blue it may happen at the very moment of the planned one, which is in the double's thread.
        with self._lock:
            if self._bot is None or life != self._starts or life in self._killed:
                return False
            self._killed.add(life)
            self._bot.process.kill()
            return True

    @property
    def kills(self) -> int:
        """How often the bot was killed."""
        return len(self._killed)

    def _disarm(self) -> None:
        self._death = None
        self._killer.arm(None, lambda: False)

    def _look_after(self) -> bool:
        """Start the bot again if it was killed; say whether it was."""
        self._raise_if_broken()
        assert self._bot is not None
        if self._bot.process.poll() is None:
            return False
        died = self._bot.process.returncode
        self.holds(died == -signal.SIGKILL, "it lives until it is killed", f"it ended with {died}")
        self._bot.__exit__(None, None, None)
        for _ in range(self._bars_missed if self.double.left > _KEPT_BARS else 0):
            bar = next_bar(self.double)
            self.trace.note("market", f"bar {bar.time:%m-%dT%H} while nobody is there: {bar.low} to {bar.high}")
        self.start()
        return True

    # -- the market ----------------------------------------------------------------------------------------------

    def bar(self, *, hurried: bool = False) -> None:
        """Let a bar close, and wait for what it brings, or not."""
        faults = self.double.misbehave.bars
        is_told = not (faults.withhold or faults.late)
        self._is_heard = self._was_ready
        bar = next_bar(self.double)
        opened = f"{bar.time:%Y-%m-%dT%H:%M:%SZ}"
        self.trace.note("market", f"bar {opened} {bar.open} {bar.high} {bar.low} {bar.close}")
        self._opened = opened if is_told else ""
        self._bars += 1
        self._bars_since_start += 1
        if (death := self._death) is not None and self._is_out_of_the_blue(death):
            time.sleep(death.seconds)
            self._disarm()
            if self._kill(self._starts):
                self.trace.note("killer", f"kills: {death}, out of the blue")
                self.trace.met["dies: out of the blue"] += 1
        if hurried:
            time.sleep(_HURRY_SECONDS)
            self._look_after()
        else:
            self.until_quiet()

    def _is_out_of_the_blue(self, death: Death) -> bool:
        if self._is_overdue:
            return True
        if death.moment is Moment.BAR:
            return self._bars_since_start >= death.count
        return self._bars_since_start > death.patience

    # -- waiting -------------------------------------------------------------------------------------------------

    def until_quiet(self) -> dict[str, Any]:
        """Wait until nothing is on its way, and journal and venue agree."""
        status = self.until("it comes to rest, and agrees with the venue", self._is_quiet)
        self._was_ready = True
        books = self.books()
        bare = without_protection(books)
        self.holds(not bare, "what is held is protected, or it is told", str(bare))
        poured = poured_out(books, self._starts + self.troubles)
        self.holds(not poured, "nothing is told again and again", str(poured))
        most = _REQUESTS_A_START * self._starts + _REQUESTS_A_BAR * self._bars + _REQUESTS_A_TROUBLE * self.troubles
        asked = len(self.double.requests)
        self.holds(asked <= most, "the venue is not asked for ever", f"{asked} requests")
        return status

    def until(self, invariant: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the bot's status is so, and look after it meanwhile."""
        last: dict[str, Any] = {}
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._look_after():
                deadline = time.monotonic() + _PATIENCE_SECONDS
            assert self._bot is not None
            last = self._bot.status() or last
            if last and condition(last):
                self.holds(last["restarts"] == 0, "the strategy does not fail", str(last["last_error"]))
                return last
            time.sleep(_LOOK_SECONDS)
        self.breaks(invariant, str(last))
        raise BrokenError

    def _is_quiet(self, status: dict[str, Any]) -> bool:
        position, double = status["position"], self.double
        if not status["ready"] or not double.followers or not self._is_dealt_with(status):
            return False
        held = Decimal(str(position["quantity"])) + Decimal(str(position["dust"]))
        stops = {lot["stop_order"] for lot in position["lots"]} - {None}
        resting = {order.client_order_id for order in double.open_orders()}
        return held == double.position() - self._plan.spare and stops == resting

    def _is_dealt_with(self, status: dict[str, Any]) -> bool:
        is_new = status["data_feed_status"]["last_bar"] is None
        # To a bot that has never dealt with a bar, one that closed before it listened is the past.
        opened = "" if is_new and not self._is_heard else self._opened
        if dealt_with(status, opened):
            return True
        # An exit that was decided in an earlier life, and whose stop still rests, is taken up with the next bar.
        lots = [lot | {"exit_reason": None} for lot in status["position"]["lots"]]
        waits = dealt_with(status | {"position": status["position"] | {"lots": lots}}, opened)
        if not waits or self._bars_since_start:
            return False
        if self._starts not in self._waited:
            self._waited.add(self._starts)
            self.trace.met["an exit of an earlier life waits for the next bar"] += 1
        return True

    # -- invariants ----------------------------------------------------------------------------------------------

    def holds(self, condition: bool, invariant: str, detail: str) -> None:
        """End the run if something does not hold."""
        self.held.holds(condition, invariant, detail)
        self._raise_if_broken()

    def breaks(self, invariant: str, detail: str) -> None:
        """End the run since something does not hold."""
        self.holds(False, invariant, detail)

    def _raise_if_broken(self) -> None:
        if self.held.broken is not None:
            raise BrokenError

    def left(self) -> str:
        """Return what is left at the venue, in the journal and in print, for people."""
        venue = "\n".join(
            f"{order.client_order_id} {order.side} {order.type} {order.status} {order.executed} of {order.quantity}"
            for order in self.double.orders
        )
        books = self.books().told() if self._journal.exists() else "none"
        printed = (self._folder / "output.log").read_text(encoding="utf-8")[-_LAST_WORDS:]
        return f"--- at the venue\n{venue}\n--- journal\n{books}\n--- printed\n{printed}"
