"""What bots say of themselves as replies for a small screen. Pure; `status` is a bot's own, see docs/run.md."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bots.trading.events import plain
from bots.trading.records import Trade

type Status = Mapping[str, Any]

DAYS, TRADES = 7, 5
_LONGEST_LINE, _MOST_LINES = 300, 40


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a title, lines, a block in letters of one width, and buttons by their labels."""

    title: str
    lines: tuple[str, ...] = ()
    block: str = ""
    buttons: Mapping[str, str] = field(default_factory=dict)


def head(status: Status) -> str:
    """Return whose answer it is; real money stands out."""
    return f"{status['bot']} ({'LIVE' if status['mode'] == 'live' else 'paper'})"


def state(status: Status) -> str:
    """Return how a bot is, in a few words."""
    if status["halt"]:
        return f"HALTED ({status['halt']['mode']})"
    if status["state"] != "running":
        return str(status["state"])
    return "running, ready" if status["ready"] else "running, NOT READY"


def status_reply(status: Status) -> Reply:
    """Return how a bot is."""
    feed, broker, position = status["data_feed_status"], status["broker_status"], status["position"]
    currency, halt = broker["currency"], status["halt"]
    lines = [
        f"{status['symbol']} {status['interval']}: {feed['last_price']:.12g}, bar of {feed['last_bar'] or 'never'}"
    ]
    lines += [f"not ready: {reason}" for reason in status["reasons"]]
    lines += [f"halted by {halt['limit']} since {halt['since']}: {halt['detail']}"] if halt else []
    lines += [f"entries are held until {status['hold_until']}"] if status["hold_until"] else []
    lines += ["the broker is away: new entries are made ON PAPER"] if status.get("fallback") else []
    lines.append(f"equity {broker['equity']:.2f} {currency}, drawdown {status['drawdown_pct']:.2f} %")
    lines += [_lot(lot, currency) for lot in position["lots"]] or ["no position is open"]
    lines += [f"last error: {status['last_error']}"] if status["last_error"] else []
    return Reply(f"{head(status)}: {state(status)}", short(lines))


def _lot(lot: Mapping[str, Any], currency: str) -> str:
    stop = f", stop {lot['stop_loss']:.12g}" if lot.get("stop_loss") else ""
    return (
        f"lot {lot['lot']}: {lot['quantity']:.12g} at {lot['entry_price']:.12g}, "
        f"{lot['unrealised']:+.2f} {currency}, {lot['bars_held']} bars{stop}"
    )


def overview_reply(statuses: Mapping[str, Status | str]) -> Reply:
    """Return how many bots are, a line each, those first that need to be looked at; a text is what one did not say."""
    lines = []
    for name, status in statuses.items():
        if isinstance(status, str):
            lines.append((0, f"{name}: {status}"))
            continue
        broker, quantity = status["broker_status"], status["position"]["quantity"]
        held = f"holds {quantity:.12g}" if quantity else "flat"
        well = status["state"] == "running" and status["ready"] and not status["halt"]
        lines.append((
            int(well),
            f"{head(status)}: {state(status)}, {status['symbol']}, {held}, "
            f"{broker['equity']:.2f} {broker['currency']} {_gain(broker)}",
        ))  # fmt: skip
    well = sum(weight for weight, _ in lines)
    return Reply(f"{len(lines)} bots, {well} of them well", short(line for _, line in sorted(lines, key=_weight)))


def _weight(line: tuple[int, str]) -> int:
    return line[0]


def profit_reply(status: Status, trades: Sequence[Trade]) -> Reply:
    """Return what a bot has gained or lost."""
    profit, broker, today = status["profit"], status["broker_status"], status["today"]
    currency = broker["currency"]
    closed = [trade.profit for trade in trades if trade.profit is not None]
    won = sum(1 for each in closed if each > 0)
    lines = [
        f"realised {profit['realised']:+.2f}, open {profit['unrealised']:+.2f}, fees {profit['fees']:.2f} {currency}",
        f"{len(closed)} closed trades, {won} of them with a gain ({100 * won / len(closed):.0f} %)"
        if closed
        else "no closed trades yet",
    ]
    lines += [f"best {max(closed):+.2f}, worst {min(closed):+.2f} {currency}"] if closed else []
    lines.append(f"drawdown {status['drawdown_pct']:.2f} % below the peak of {status['peak_equity']:.2f} {currency}")
    lines += [f"{today['day']}: {today['profit']:+.2f} {currency}, {today['entries']} entries"] if today else []
    total = profit["realised"] + profit["unrealised"]
    return Reply(f"{head(status)}: {total:+.2f} {currency} {_gain(broker)}", short(lines))


def balance_reply(status: Status) -> Reply:
    """Return what a bot's account is worth."""
    broker, position = status["broker_status"], status["position"]
    currency = broker["currency"]
    lines = [
        f"cash {broker['cash']:.2f} {currency}",
        f"held: {position['quantity']:.12g} of {status['symbol']}, worth {position['value']:.2f} {currency}",
        f"begun with {broker['initial_balance']:.2f} {currency}",
    ]
    return Reply(f"{head(status)}: {broker['equity']:.2f} {currency} {_gain(broker)}", short(lines))


def _gain(broker: Mapping[str, Any]) -> str:
    begun = broker["initial_balance"]
    return f"({(broker['equity'] / begun - 1) * 100:+.2f} %)" if begun else ""


def daily_reply(status: Status, trades: Sequence[Trade], days: int | None) -> Reply:
    """Return what the last days with trades have brought, the newest first; a day is one of UTC."""
    by_day: defaultdict[date, list[Decimal]] = defaultdict(list)
    for trade in trades:
        if trade.exit_bar is not None and trade.profit is not None:
            by_day[trade.exit_bar.date()].append(trade.profit)
    currency, shown = status["broker_status"]["currency"], sorted(by_day, reverse=True)[: days or DAYS]
    lines = [f"{day}: {sum(by_day[day]):+.2f} {currency}, {_counted(len(by_day[day]))}" for day in shown]
    total = sum((sum(by_day[day], Decimal(0)) for day in shown), Decimal(0))
    days_told = "1 day" if len(shown) == 1 else f"{len(shown)} days"
    return Reply(f"{head(status)}: {total:+.2f} {currency} on {days_told} with closed trades", short(lines))


def _counted(trades: int) -> str:
    return f"{trades} {'trade' if trades == 1 else 'trades'}"


def trades_reply(status: Status, trades: Sequence[Trade], count: int | None) -> Reply:
    """Return the last trades, the newest first."""
    shown = list(trades)[-(count or TRADES) :][::-1]
    currency = status["broker_status"]["currency"]
    if not shown:
        return Reply(f"{head(status)}: no trades yet")
    return Reply(
        f"{head(status)}: the last {len(shown)} of {_counted(len(trades))}",
        short(_trade(trade, currency) for trade in shown),
    )


def _trade(trade: Trade, currency: str) -> str:
    begun = f"lot {trade.lot}, {trade.entry_bar:%m-%d %H:%M}: {plain(trade.quantity)} at {plain(trade.entry_price)}"
    if trade.exit_bar is None or trade.exit_price is None or trade.profit is None:
        return f"{begun}, open"
    percent = trade.profit / (trade.entry_price * trade.quantity) * 100
    return (
        f"{begun}, {trade.exit_bar:%m-%d %H:%M} at {plain(trade.exit_price)}: "
        f"{trade.profit:+.2f} {currency} ({percent:+.2f} %), {trade.exit_reason}"
    )


def short(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines, none of which takes the room of all others; of very many the first, and how many are left out."""
    every = list(lines)
    shown = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in every[:_MOST_LINES]]
    return (*shown, *((f"and {len(every) - _MOST_LINES} more",) if len(every) > _MOST_LINES else ()))
