"""What the double of Yahoo says: charts in Yahoo's form, and its refusals in Yahoo's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.venues.yahoo.faults import Faults
from tests.venues.yahoo.listing import DAY, LENGTHS, Listing

_VALID_INTERVALS = "1m, 2m, 5m, 15m, 30m, 60m, 90m, 1h, 4h, 1d, 5d, 1wk, 1mo, 3mo"
_VALID_RANGES = {"1d": 1, "5d": 7, "1mo": 31, "3mo": 92, "6mo": 183, "1y": 366, "2y": 731, "5y": 1827, "10y": 3653}
_REACH = {"1m": 30, "2m": 60, "5m": 60, "15m": 60, "30m": 60, "90m": 60, "60m": 730, "1h": 730, "4h": 730}
_LONGEST_MINUTES_DAYS = 8


class RefusedError(Exception):
    """What Yahoo says no to, in its own words."""

    def __init__(self, status: int, code: str, description: str, part: str = "chart") -> None:
        super().__init__(description)
        self.status = status
        self.body = {part: {"result": None, "error": {"code": code, "description": description}}}


def chart(
    listing: Listing,
    faults: Faults,
    query: Mapping[str, str],
    interval: str,
    begin: datetime,
    end: datetime,
    now: datetime,
) -> Any:
    """Return the chart of a range as it is at a moment, with what is wrong with it."""
    data = faults.data_time(now) - listing.delay
    extended = query.get("includePrePost", "false").lower() == "true" or faults.leaks_extended_hours
    # An old fault of Yahoo's, which yfinance goes around: asked for half hours it answers with hours.
    rows = listing.rows("60m" if interval == "30m" else interval, begin, end, data, extended)
    live = listing.present(data)
    if live is not None and interval != "1d" and rows and begin.timestamp() <= live[0] < end.timestamp():
        rows = rows if rows[-1][0] == live[0] else [*rows, live]
    rows = faults.spoil(rows)
    if not rows and interval == "1d":
        start, until = int(begin.timestamp()), int(end.timestamp())
        raise RefusedError(400, "Bad Request", f"Data doesn't exist for startDate = {start}, endDate = {until}")
    told = "1h" if faults.lies_about_granularity else interval
    result: dict[str, Any] = {"meta": _meta(listing, told, begin, end, data), **_columns(rows)}
    if "split" in query.get("events", "") and (splits := listing.split_events(begin, end, data)):
        result["events"] = {"splits": splits}
    return {"chart": {"result": [result], "error": None}}


def asked_range(query: Mapping[str, str], now: datetime) -> tuple[str, datetime, datetime]:
    """Return the interval and the range that are asked for.

    Raises
    ------
    RefusedError
        If Yahoo would not have it.
    """
    interval = query.get("interval", "1d")
    if interval not in LENGTHS:
        raise RefusedError(
            400,
            "Bad Request",
            f"Invalid input - interval={interval} is not supported. Valid intervals: [{_VALID_INTERVALS}]",
        )
    return interval, *_range(query, interval, now)


def _range(query: Mapping[str, str], interval: str, now: datetime) -> tuple[datetime, datetime]:
    if ("range" in query) == ("period1" in query):
        raise RefusedError(400, "Bad Request", "Invalid input - either range or period1 and period2")
    if "range" in query:
        if query["range"] not in _VALID_RANGES:
            raise RefusedError(400, "Bad Request", f"Invalid input - range={query['range']}")
        begin, end = now - _VALID_RANGES[query["range"]] * DAY, now + DAY
    else:
        begin, end = (datetime.fromtimestamp(int(query[name]), UTC) for name in ("period1", "period2"))
    start, until = int(begin.timestamp()), int(end.timestamp())
    what = f"{interval} data not available for startTime={start} and endTime={until}."
    if begin >= end:
        raise RefusedError(400, "Bad Request", f"Invalid input - start date {start} is after end date {until}")
    if interval == "1m" and end - begin > _LONGEST_MINUTES_DAYS * DAY:
        days = _LONGEST_MINUTES_DAYS
        raise RefusedError(
            422,
            "Unprocessable Entity",
            f"{what} Only {days} days worth of 1m granularity data are allowed to be fetched per request.",
        )
    reach = _REACH.get(interval)
    if reach is not None and begin < now - reach * DAY:
        raise RefusedError(
            422, "Unprocessable Entity", f"{what} The requested range must be within the last {reach} days."
        )
    return begin, end


def _columns(rows: list[Any]) -> dict[str, Any]:
    if not rows:
        return {"indicators": {"quote": [{}]}}
    names = ("open", "high", "low", "close", "volume")
    quote = {name: [values and values[place] for _, values in rows] for place, name in enumerate(names)}
    return {"timestamp": [stamp for stamp, _ in rows], "indicators": {"quote": [quote]}}


def _meta(listing: Listing, interval: str, begin: datetime, end: datetime, data: datetime) -> dict[str, Any]:
    traded = listing.last_trade(data)
    within = [session for session in listing.sessions if session[1] > begin and session[0] < end]
    latest = [session for session in listing.sessions if session[0] <= data] or listing.sessions[:1]
    meta: dict[str, Any] = {
        "currency": listing.currency,
        "symbol": listing.symbol,
        "exchangeName": listing.exchange,
        "instrumentType": listing.kind,
        "firstTradeDate": 345479400,
        "regularMarketTime": traded and int(traded.timestamp()),
        "hasPrePostMarketData": listing.kind == "EQUITY",
        "gmtoffset": 0,
        "timezone": "UTC",
        "exchangeTimezoneName": listing.zone,
        "priceHint": listing.price_hint,
        "currentTradingPeriod": {name: _period(*latest[-1]) for name in ("pre", "regular", "post")},
        "dataGranularity": interval,
        "range": "",
        "validRanges": [*_VALID_RANGES, "ytd", "max"],
    }
    if interval != "1d":
        meta["tradingPeriods"] = [[_period(*session)] for session in within]
    return meta


def _period(opens: datetime, closes: datetime) -> dict[str, Any]:
    return {"timezone": "UTC", "start": int(opens.timestamp()), "end": int(closes.timestamp()), "gmtoffset": 0}
