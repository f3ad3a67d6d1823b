"""Looking at a journal from outside: trades, equity, halts; and what a person changes there: halts."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from bots.journal import store, tables, writing
from bots.journal.store import ADDRESS
from bots.trading.halts import Halt
from bots.trading.records import EquityPoint, Trade

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def read_trades(engine: Engine) -> list[Trade]:
    """Return closed trades, oldest first, then the open lots."""
    with engine.connect() as connection:
        closed = connection.execute(select(tables.trades).order_by(tables.trades.c.exit_bar, tables.trades.c.lot))
        done = [Trade(**row) for row in closed.mappings()]
        open_lots = connection.execute(select(tables.lots).order_by(tables.lots.c.number)).mappings()
        still = [
            Trade(row["number"], row["entry_bar"], row["entry_price"], row["bought"], row["commission"])
            for row in open_lots
        ]
    return done + still


def read_equity(engine: Engine, limit: int | None = None) -> list[EquityPoint]:
    """Return the equity curve, oldest first; the last `limit` points only, where given."""
    query = select(tables.equity).order_by(tables.equity.c.time.desc())
    with engine.connect() as connection:
        rows = connection.execute(query.limit(limit) if limit else query).mappings()
        return [EquityPoint(**row) for row in rows][::-1]


def read_hourly_equity(engine: Engine, last: datetime, interval: timedelta, days: int) -> list[EquityPoint]:
    """Return the last point of each hour, oldest first: few enough to be drawn, however short the bars are."""
    if interval >= _HOUR:
        return read_equity(engine, days * _DAY // interval)
    hour = last.replace(minute=0, second=0, microsecond=0)
    times = [hour - number * _HOUR + (_HOUR - interval) for number in range(1, days * 24)]
    query = select(tables.equity).where(tables.equity.c.time.in_([*times, last])).order_by(tables.equity.c.time)
    with engine.connect() as connection:
        return [EquityPoint(**row) for row in connection.execute(query).mappings()]


def read_address(engine: Engine) -> str | None:
    """Return where the bot said that it serves HTTP; it may be gone since."""
    with engine.connect() as connection:
        return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == ADDRESS)).scalar()


def read_halt(engine: Engine) -> Halt | None:
    """Return the halt that no person has lifted yet."""
    with engine.connect() as connection:
        return store.standing_halt(connection)


def put_halt(engine: Engine, halt: Halt) -> Halt:
    """Halt a bot, unless it is halted as strictly already; return the halt that stands then."""
    with engine.begin() as connection:
        standing = store.standing_halt(connection)
        if standing is not None and not halt.stricter_than(standing):
            return standing
        writing.add_halt(connection, halt)
        return halt


def lift_halts(engine: Engine) -> int:
    """Let a halted bot make entries again; return how many halts there were."""
    with engine.begin() as connection:
        return writing.lift_halts(connection)
