"""What a bot has done, as far as people look back at it: the last orders and events, the whole curve in few points."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Engine, Float, cast, false, func, or_, select

from bots.journal import tables

type Row = dict[str, Any]


def read_orders(engine: Engine, limit: int) -> list[Row]:
    """Return the last orders, newest first, each with its `fills`, oldest first."""
    order, fill = tables.orders.c, tables.fills.c
    newest = select(tables.orders).order_by(order.bar_time.desc(), order.lot.desc(), order.attempt.desc()).limit(limit)
    with engine.connect() as connection:
        orders = [dict(row) for row in connection.execute(newest).mappings()]
        named = [each["client_order_id"] for each in orders]
        found = connection.execute(select(tables.fills).where(fill.client_order_id.in_(named)).order_by(fill.time))
        fills: defaultdict[str, list[Row]] = defaultdict(list)
        for row in found.mappings():
            told = {name: row[name] for name in ("time", "quantity", "price", "commission")}
            fills[row["client_order_id"]].append(told)
    return [_without_marks(each) | {"fills": fills[each["client_order_id"]]} for each in orders]


def read_events(engine: Engine, limit: int) -> list[Row]:
    """Return what happened last, newest first."""
    newest = select(tables.events).order_by(tables.events.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [_numbered(dict(row)) for row in connection.execute(newest).mappings()]


def read_curve(engine: Engine, points: int) -> list[Row]:
    """Return equity and drawdown over the account's whole life, oldest first, in so many points at most.

    The first and the last point are among them, and the lowest and the highest of each run of points between. The
    drawdown is that from the highest point of all before, in percent. The database does it: it may hold millions.
    """
    time, value = tables.equity.c.time, cast(tables.equity.c.equity, Float)
    runs = (points - 2) // 2
    curve = select(
        time,
        value.label("equity"),
        func.max(value).over(order_by=time).label("peak"),
        (func.ntile(runs).over(order_by=time) if runs else func.count().over()).label("run"),
        func.row_number().over(order_by=time).label("number"),
        func.count().over().label("all"),
    ).subquery()
    lowest, highest = (
        func.row_number().over(partition_by=curve.c.run, order_by=(worth, curve.c.time)).label(name)
        for name, worth in (("lowest", curve.c.equity), ("highest", curve.c.equity.desc()))
    )
    ranked = select(curve, lowest, highest).subquery()
    extreme: ColumnElement[bool] = or_(ranked.c.lowest == 1, ranked.c.highest == 1) if runs else false()
    ends = or_(ranked.c.number == 1, ranked.c.number == ranked.c.all)
    chosen = select(ranked.c.time, ranked.c.equity, ranked.c.peak).where(or_(ends, extreme)).order_by(ranked.c.time)
    with engine.connect() as connection:
        return [
            {"time": row.time, "equity": row.equity, "drawdown_pct": _below(row.peak, row.equity)}
            for row in connection.execute(chosen)
        ]


def _below(peak: float, equity: float) -> float:
    return round((peak - equity) / peak * 100, 4) if peak > 0 else 0.0


def _without_marks(order: Row) -> Row:
    # They are the rules' own notes.
    return {name: value for name, value in order.items() if name != "marks"}


def _numbered(event: Row) -> Row:
    return {"number": event.pop("id"), **event}
