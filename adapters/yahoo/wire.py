"""Asking Yahoo, one question at a time, and what its answers mean."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from adapters.live.reading import MOST_SKEW_SECONDS, seconds_in
from adapters.yahoo.chart import Chart, read_chart
from strategies.errors import VenueLostError, VenueRefusedError

if TYPE_CHECKING:
    from adapters.yahoo.session import Asker, ChartRefusedError

PATIENCE_SECONDS = 10.0
# Yahoo does not say how long it wants to be left alone, and counts by address: all bots behind one share it.
BUSY_SECONDS = 60.0
# How Yahoo says that a range has no bars, in the middle of a refusal.
_NOTHING_THERE = "Data doesn't exist for startDate"


class Wire:
    """The way to Yahoo's charts. Opens nothing before the first question.

    Parameters
    ----------
    address : str, optional
        Where to ask instead of at Yahoo.
    now : callable
        Seconds since 1970, to compare Yahoo's clock with.
    patience : float
        Seconds to wait for one answer; a question may take several requests and twice as long.
    """

    def __init__(self, address: str | None, now: Callable[[], float], patience: float = PATIENCE_SECONDS) -> None:
        self.address = address or "https://query2.finance.yahoo.com"
        self.skew: float | None = None
        """By how many seconds Yahoo's clock is ahead of ours, as last seen."""
        self.skew_error = 0.0
        """By how much that may be wrong: Yahoo tells whole seconds, and the line takes its time."""
        self._given, self._now, self._patience = address, now, patience
        self._silent_until = 0.0
        self._has_answered = False
        # One thread: one question at a time, over a connection that stays open.
        self._thread: ThreadPoolExecutor | None = None
        self._asker: Asker | None = None

    async def ask(self, symbol: str, **params: Any) -> Chart | None:
        """Return the chart that is asked for; None if Yahoo has no rows in that range.

        Raises
        ------
        VenueLostError
            If Yahoo does not answer, or not now.
        VenueRefusedError
            If it says that there is no such symbol, interval or range.
        """
        if (wait := self._silent_until - self._now()) > 0:
            raise VenueLostError(f"Yahoo asked for silence: {wait:.0f} s are left", wait)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="yahoo")
        body = await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, symbol, params)
        if body is None:
            return None
        chart = read_chart(body)
        self._has_answered = True
        return chart

    async def close(self) -> None:
        """Let go of the connections; a question that is under way may take its time, nobody waits for it."""
        thread, asker = self._thread, self._asker
        self._thread = self._asker = None
        if asker is not None and thread is not None:
            asker.stop()
            thread.submit(asker.close)
        if thread is not None:
            thread.shutdown(wait=False)

    def _ask(self, symbol: str, params: dict[str, Any]) -> Any:
        from adapters.yahoo.session import Asker, ChartRefusedError, OutOfTimeError

        if self._asker is None:
            self._asker = Asker(self._given)
        sent = self._now()
        try:
            response = self._asker.ask(symbol, params, self._patience)
            self._measure(response, sent)
            return response.json()
        except ChartRefusedError as refusal:
            if _NOTHING_THERE in refusal.description:
                return None
            raise self._meaning(symbol, refusal) from None
        except OutOfTimeError:
            raise VenueLostError(f"Yahoo did not answer within {2 * self._patience:g} s") from None
        except ValueError:
            raise VenueLostError("Yahoo's answer is no JSON") from None
        except Exception as error:
            # Whatever yfinance and curl raise, of many kinds: each means that there was no answer.
            raise VenueLostError(f"Yahoo does not answer: {str(error)[:200] or type(error).__name__}") from None

    def _measure(self, response: Any, sent: float) -> None:
        told, age = response.headers.get("Date"), response.headers.get("Age")
        try:
            theirs = parsedate_to_datetime(told).timestamp() + (seconds_in(age) or 0.0)
        except (TypeError, ValueError, OverflowError):
            return
        came = self._now()
        if abs(theirs - came) > MOST_SKEW_SECONDS:
            return
        # Half a second more: the seconds are rounded down.
        self.skew, self.skew_error = theirs + 0.5 - (sent + came) / 2, 0.5 + (came - sent) / 2

    def _meaning(self, symbol: str, refusal: "ChartRefusedError") -> VenueLostError | VenueRefusedError:
        said = " ".join((refusal.description or refusal.code or f"status {refusal.status}").split())
        if refusal.status == 429:
            wait = refusal.retry_after
            if wait is not None:
                self._silent_until = self._now() + wait
            return VenueLostError("Yahoo is asked too often from this address (429)", wait or BUSY_SECONDS)
        if refusal.status == 404 and self._has_answered:
            # It happens to symbols that are as alive as ever.
            return VenueLostError(f"Yahoo has no data of {symbol} all of a sudden: {said}")
        if refusal.status == 404:
            return VenueRefusedError(f"Yahoo does not know the symbol '{symbol}': {said}")
        if refusal.status in (400, 422):
            return VenueRefusedError(f"Yahoo refuses what is asked of {symbol}: {said}")
        if refusal.status in (401, 403):
            return VenueLostError(f"Yahoo does not take our cookie ({refusal.status}): {said}")
        return VenueLostError(f"Yahoo answers with status {refusal.status}: {said}")
