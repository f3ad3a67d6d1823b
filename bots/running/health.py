"""Is the bot alive, is it ready? Pure: facts in, answers with reasons out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# After this many bars' time without a bar the feed counts as stale (not ready), and after this many as deaf (dead).
_STALE_BARS = 3
_DEAF_BARS = 10
_LEAST_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What is known about a bot at one moment; times are the wall clock's, aware UTC.

    `bar_pace` is the time that should pass between two bars (an hour for 1h at real time, less when quickened);
    `running_since` says from when on a first bar is waited for.
    """

    now: datetime
    starting: bool
    stopping: bool
    trader_running: bool
    feed_connected: bool
    broker_connected: bool
    venue_answers: bool
    market_open: bool
    warmed_up: bool
    running_since: datetime | None
    feed_ended: bool
    last_bar_arrived: datetime | None
    bar_pace: timedelta
    outages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Alive: a restart would not help. Ready: connected, warmed up, bars fresh. Reasons say why not.

    `stale` says that bars are overdue though the market is open.
    """

    alive: bool
    ready: bool
    reasons: tuple[str, ...]
    stale: bool = False


def judge(facts: HealthFacts) -> Health:
    """Return what the probes answer. Never dead for what a restart cannot cure."""
    if facts.stopping:
        return Health(True, False, ("stopping",))
    dead = _dead(facts)
    unready = dead + _unready(facts)
    return Health(not dead, not unready, unready, _silent(facts, _STALE_BARS))


def _dead(facts: HealthFacts) -> tuple[str, ...]:
    if not facts.starting and not facts.trader_running:
        return ("the node is up but its trader does not run",)
    if facts.venue_answers and _silent(facts, _DEAF_BARS):
        return (f"no bar for {_seconds(_silence(facts))} though the venue answers",)
    return ()


def _unready(facts: HealthFacts) -> tuple[str, ...]:
    reasons = []
    if facts.starting:
        reasons.append("starting")
    reasons += facts.outages
    if not facts.feed_connected and not facts.outages:
        reasons.append("the feed is not connected")
    if not facts.broker_connected and not facts.outages:
        reasons.append("the broker is not connected")
    if not facts.warmed_up:
        reasons.append("warming up")
    if _silent(facts, _STALE_BARS):
        reasons.append(f"the last bar came {_seconds(_silence(facts))} ago")
    return tuple(reasons)


def _silent(facts: HealthFacts, bars: int) -> bool:
    if facts.starting or not facts.market_open or facts.feed_ended:
        return False
    return _silence(facts) > max(facts.bar_pace * bars, _LEAST_PATIENCE)


def _silence(facts: HealthFacts) -> timedelta:
    since = facts.last_bar_arrived or facts.running_since
    return facts.now - since if since is not None else timedelta(0)


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} s"
