"""The commands that reach a bot from outside: `tradingbot status`, `tradingbot halt` and `tradingbot resume`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bots.bot import LiveTradingBot
from bots.config.wording import one_line
from bots.running.options import RunOptions
from bots.seen.fetching import fetch_status
from bots.trading.halts import HaltMode

_STOPS = ("stop_loss", "take_profit", "trailing_stop")


def ask_status(target: str, workdir: Path, name: str | None, journal_url: str | None) -> dict[str, Any]:
    """Return a bot's status: from its address, or for a document from the running bot or else its journal.

    Raises
    ------
    BotUnreachableError
        If nobody answers at an address.
    """
    if target.startswith(("http://", "https://")):
        return fetch_status(target.rstrip("/"))
    return LiveTradingBot(target, RunOptions(workdir=workdir, name=name, journal_url=journal_url)).get_status()


def halt_bot(file: Path, mode: str, reason: str, workdir: Path, name: str | None, journal_url: str | None) -> str:
    """Halt a bot and return what to tell."""
    bot = LiveTradingBot(file, RunOptions(workdir=workdir, name=name, journal_url=journal_url))
    standing = bot.put_halt(HaltMode(mode), reason)
    if (standing.mode, standing.detail) != (mode, reason):
        return f"{bot.name} is halted already, {standing.limit} ({standing.mode}): {standing.detail}"
    if bot.is_running():
        return f"{bot.name} is halted ({mode}); it hears of it within a second"
    waits = "; it does not run: what it holds stays until it does" if standing.closes else "; it does not run"
    return f"{bot.name} is halted ({mode}){waits}"


def resume_bot(file: Path, workdir: Path, name: str | None, journal_url: str | None) -> str:
    """Lift a bot's halt and return what to tell."""
    bot = LiveTradingBot(file, RunOptions(workdir=workdir, name=name, journal_url=journal_url))
    lifted = bot.lift_halt()
    return f"{bot.name} may make entries again" if lifted else f"{bot.name} is not halted"


def lines(status: Mapping[str, Any]) -> list[str]:
    """Return a status for people."""
    feed, broker, position, profit = (
        status[key] for key in ("data_feed_status", "broker_status", "position", "profit")
    )
    quote = broker["currency"]
    health = "ready" if status["ready"] else f"not ready ({'; '.join(status['reasons'])})"
    told = [
        f"{status['bot']}  {status['mode']}  {status['state']}, {health}",
        f"  market    {status['symbol']} {status['interval']} from {feed['source']}: {feed['last_price']:.12g} at "
        f"{feed['last_bar'] or 'no bar yet'}, {feed['data_points']} bars seen",
        f"  account   equity {broker['equity']:.2f} {quote}, cash {broker['cash']:.2f}, drawdown "
        f"{status['drawdown_pct']:.2f} %",
        f"  profit    realised {profit['realised']:+.2f}, open {profit['unrealised']:+.2f}, fees {profit['fees']:.2f}, "
        f"{status['trades']} trades",
    ]
    for lot in position["lots"]:
        stops = [f"{key.replace('_', ' ')} {lot[key]:.12g}" for key in _STOPS if lot[key]]
        told.append(
            f"  lot {lot['lot']:<5} {lot['quantity']:.12g} at {lot['entry_price']:.12g} since {lot['entry_bar']}: "
            f"{lot['unrealised']:+.2f} {', '.join(stops)}".rstrip()
        )
    if status["halt"]:
        told.append(f"  HALTED    {status['halt']['limit']}: {status['halt']['detail']} (tradingbot resume)")
    if paper := status.get("fallback"):
        told.append(
            f"  ON PAPER  new entries, since the broker is away: equity {paper['equity']:.2f} {quote}, holds "
            f"{paper['position']:.12g}, {paper['trades']} trades, none of them real"
        )
    if status["address"]:
        told.append(f"  address   {status['address']}")
    # Whoever answers at an address may be no bot of ours.
    return [one_line(line) for line in told]
