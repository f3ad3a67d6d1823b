"""Looking at a journal from outside: trades, equity, halts; and what a person changes there: halts."""

from sqlalchemy import Engine, select

from bots.journal import store, tables, writing
from bots.journal.store import ADDRESS
from bots.trading.halts import Halt
from bots.trading.records import EquityPoint, Trade


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
