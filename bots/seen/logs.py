"""Where the bot's words go: the console, and the log files that people and scripts have always read.

logs/live/trading_bot_<bot>.log  everything, this bot's own file
logs/errors.log                  errors of all bots
logs/json/trades.json            one JSON object a line for each entry and exit, naming its bot
logs/json/orders.json            one JSON object a line for each step of an order, naming its bot
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO

from concurrent_log_handler import ConcurrentRotatingFileHandler

from bots.config.wording import one_line
from bots.trading.events import EventKind
from bots.trading.keeping import Change
from bots.trading.orders import OrderIntent
from strategies.errors import StartError

_MEGABYTES_EACH = 10
_KEPT = 5
_LINGER_SECONDS = 0.01
LOGGER = logging.getLogger("tradingbot")

type _Line = tuple[logging.Handler, dict[str, Any]]


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, bot: str) -> None:
        super().__init__()
        self._bot = bot

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line: dict[str, Any] = {
            "time": _iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "bot": self._bot,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A line for people; UTC, as everywhere."""

    def __init__(self, bot: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {bot}  %(message)s", "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line; words of a venue or a person never make a second one."""
        record.message = one_line(record.message)
        return super().formatMessage(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time in UTC."""
        return datetime.fromtimestamp(record.created, UTC).strftime(datefmt or "%Y-%m-%d %H:%M:%SZ")


class _Console(logging.StreamHandler[TextIO]):
    """Writes to standard output, after whatever stands on the terminal's last line was cleared."""

    def __init__(self, before_line: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self._before_line = before_line

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        self._before_line()
        super().emit(record)


def configure(
    bot: str, workdir: Path, main_file: str, level: str, *, json_console: bool, before_line: Callable[[], None]
) -> None:
    """Send the bot's words to the console, to its own file and to errors.log.

    Raises
    ------
    StartError
        If a log file cannot be written.
    """
    text, json_lines = TextFormatter(bot), JsonFormatter(bot)
    console = _Console(before_line)
    console.setFormatter(json_lines if json_console else text)
    try:
        own = _file(workdir / main_file)
        errors = _file(workdir / "logs" / "errors.log")
    except OSError as error:
        raise StartError(f"cannot write the log file {error.filename}: {error.strerror}") from error
    own.setFormatter(text)
    errors.setFormatter(text)
    errors.setLevel(logging.ERROR)
    for old in list(LOGGER.handlers):
        LOGGER.removeHandler(old)
        old.close()
    for handler in (console, own, errors):
        LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
    LOGGER.propagate = False


class TradeLog:
    """Writes trades.json and orders.json, which all bots of a working directory share.

    In a thread of its own, and a moment later: no order waits for a disk, or for another bot's lock on these files.
    """

    def __init__(self, bot: str, workdir: Path) -> None:
        self._bot = bot
        self._trades = _lines(workdir / "logs" / "json" / "trades.json")
        self._orders = _lines(workdir / "logs" / "json" / "orders.json")
        self._waiting: SimpleQueue[_Line | None] = SimpleQueue()
        self._writer = Thread(target=self._go_on, name="trade-log", daemon=True)
        self._writer.start()

    def write(self, change: Change) -> None:
        """Take in what a committed change holds of trades and orders."""
        for event in change.events:
            if event.kind in (EventKind.TRADE_ENTRY, EventKind.TRADE_EXIT):
                self._put(self._trades, str(event.kind), {"bar_time": event.time, **event.data})
        for intent in change.intents:
            self._put(self._orders, "intent", _order(intent))
        for fill in change.fills:
            names = ("client_order_id", "quantity", "price", "commission")
            self._put(self._orders, "fill", {name: getattr(fill, name) for name in names})
        for update in change.updates:
            detail = {"detail": update.detail} if update.detail else {}
            self._put(self._orders, str(update.status), {"client_order_id": update.client_order_id, **detail})

    def close(self) -> None:
        """Write what still waits, and close both files."""
        self._waiting.put(None)
        self._writer.join()
        self._trades.close()
        self._orders.close()

    def _put(self, handler: logging.Handler, event: str, line: Mapping[str, Any]) -> None:
        self._waiting.put((handler, {"time": datetime.now(UTC), "bot": self._bot, "event": event, **line}))

    def _go_on(self) -> None:
        while (each := self._next()) is not None:
            handler, row = each
            text = json.dumps(row, default=_json, ensure_ascii=False)
            handler.emit(logging.LogRecord("tradingbot", logging.INFO, "", 0, text, None, None))

    def _next(self) -> _Line | None:
        if not self._waiting.empty():
            return self._waiting.get()
        first = self._waiting.get()
        # The order that it tells of is just about to leave, and the interpreter runs one thread at a time.
        time.sleep(_LINGER_SECONDS)
        return first


def _order(intent: OrderIntent) -> dict[str, Any]:
    return {
        "bar_time": intent.bar_time,
        "client_order_id": intent.client_order_id,
        "lot": intent.lot,
        "side": str(intent.side),
        "quantity": intent.quantity,
        "reference_price": intent.reference_price,
        "reason": intent.reason,
    }


def _lines(path: Path) -> logging.Handler:
    try:
        handler = _file(path)
    except OSError as error:
        raise StartError(f"cannot write the log file {error.filename}: {error.strerror}") from error
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def _file(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()  # There from the start: people follow it before anything is written.
    # Several bots may run in one working directory: files that they share are rotated under a lock.
    size = _MEGABYTES_EACH * 1_000_000
    return ConcurrentRotatingFileHandler(str(path), maxBytes=size, backupCount=_KEPT, encoding="utf-8")


def _json(value: Any) -> str:
    return _iso(value) if isinstance(value, datetime) else str(value)


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
