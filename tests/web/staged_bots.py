"""A port `Bots` of any size in memory, which behaves as real ones do, notes what it is told, and fails where asked."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from bots.config import document_from_bytes
from bots.resource.names import NAME, NAME_LIMIT
from bots.seen.rows import Row, State, row_of_status
from bots.trading.halts import HaltMode
from bots.trading.records import Trade
from bots.web.bots import Action, Entry, OnLeaving, Who, Written
from strategies.errors import (
    BotUnreachableError,
    ChangedMeanwhileError,
    DocumentError,
    Fault,
    NameTakenError,
    NoSuchBotError,
    NotNowError,
)
from tests.web import staged_sayings
from tests.web.staged_sayings import NOW, StagedBot, document

_AT_HOME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
# What makes a folder or a cluster of few bots show every state there is.
_KINDS: tuple[Mapping[str, Any], ...] = (
    {},
    {"position": Decimal("1.5")},
    {"running": False},
    {"halt": {"limit": "manual_halt", "detail": "lunch", "since": "2026-11-23T11:00:00Z", "mode": "block-entries"}},
    {"mode": "live", "position": Decimal("0.25"), "stop_at_venue": Decimal(95)},
    {"running": False, "position": Decimal("0.75")},
    {"ready": False},
    {"mode": "live", "running": False, "position": Decimal("0.5")},
    {"last_error": "ZeroDivisionError: division by zero", "position": Decimal(2)},
    {"mode": "live"},
)


@dataclass(frozen=True, slots=True)
class Told:
    """One change that the port was told: what, of which bot, and the rest by its names."""

    what: str
    name: str
    who: Who
    more: Mapping[str, Any]


class StagedBots:
    """Bots in memory; a `Bots`.

    Parameters
    ----------
    bots : sequence of StagedBot
        Which; `many` makes some of every kind.
    kind : str
        Whether they behave as those of a `folder` or of a `cluster`.

    Notes
    -----
    `told` is all that it was told to change. `fail("start", error)` lets a method raise from then on,
    `change(name, running=False)` changes a bot as if by itself.
    """

    def __init__(self, bots: Sequence[StagedBot] = (), kind: Literal["folder", "cluster"] = "folder") -> None:
        self.told: list[Told] = []
        self.begun = self.closed = False
        self._kind = kind
        self._bots = {bot.name: bot for bot in bots}
        self._entries: dict[str, Entry] = {}
        self._failures: dict[str, Exception] = {}
        self._version = 1
        self._news = asyncio.Condition()
        self._soon: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- what tests do -------------------------------------------------------------------------------------------

    def fail(self, method: str, error: Exception | None) -> None:
        """Let a method raise from now on, or not any more."""
        if error is None:
            self._failures.pop(method, None)
        else:
            self._failures[method] = error

    def change(self, name: str, **values: Any) -> None:
        """Change a bot as if by itself."""
        self._bots[name] = replace(self._bots[name], **values)
        self._news_of(name)

    def change_unseen(self, name: str, **values: Any) -> None:
        """Change a bot of which the fleet has not seen that yet; it says so itself when it is asked."""
        self.entry(name)
        self._bots[name] = replace(self._bots[name], **values)

    def gone(self, name: str) -> None:
        """Take a bot away as if somebody else had deleted it."""
        del self._bots[name]
        self._news_of(name)

    def bot(self, name: str) -> StagedBot:
        """Return one of them, to look at."""
        return self._bots[name]

    # -- the port ------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def place(self) -> str:
        return "configs" if self._kind == "folder" else "namespace trading"

    async def begin(self) -> None:
        self.begun = True
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        self.closed = True
        self._loop = None

    def fleet(self) -> Sequence[Entry]:
        return [self.entry(name) for name in sorted(self._bots)]

    def entry(self, name: str) -> Entry:
        bot = self._of(name)
        if name not in self._entries:
            self._entries[name] = self._entry(bot)
        return self._entries[name]

    @property
    def version(self) -> int:
        return self._version

    async def changed(self, since: int) -> int:
        async with self._news:
            await self._news.wait_for(lambda: self._version != since)
        return self._version

    async def status(self, name: str) -> Mapping[str, Any]:
        return staged_sayings.status(self._asked(name, "status"))

    async def trades(self, name: str) -> Sequence[Trade]:
        return staged_sayings.trades(self._asked(name, "trades"))

    async def curve(self, name: str, points: int) -> Sequence[Mapping[str, Any]]:
        return staged_sayings.curve(self._asked(name, "curve"), points)

    async def bars(self, name: str, limit: int) -> Mapping[str, Any]:
        return staged_sayings.bars(self._asked(name, "bars"), limit)

    async def orders(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        return staged_sayings.orders(self._asked(name, "orders"), limit)

    async def events(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        return staged_sayings.events(self._asked(name, "events"), limit)

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        bot = self._asked(name, "log_tail")
        return (bot.log or [f"2026-11-23 12:00:{second:02} INFO    {name}  a bar" for second in range(60)])[-lines:]

    async def document(self, name: str) -> Written:
        self._fails("document")
        return _written(self._of(name).text)

    async def create(self, name: str, text: str, who: Who) -> Entry:
        self._fails("create")
        self._check_name(name)
        if name in self._bots:
            raise NameTakenError(f"there is a bot named {name} already; choose another name")
        checked = document_from_bytes(text.encode(), name)
        self._note("create", name, who, text=text)
        self._bots[name] = StagedBot(name, len(self._bots), text, mode=checked.mode, running=False)
        self._news_of(name)
        return self.entry(name)

    async def save(self, name: str, text: str, version: str, who: Who) -> Written:
        self._fails("save")
        bot = self._of(name)
        if version != _written(bot.text).version:
            raise ChangedMeanwhileError(f"the document of {name} was changed by somebody else; look at it again")
        document_from_bytes(text.encode(), name)
        self._note("save", name, who, text=text, version=version)
        self.change(name, text=text, faults=0)
        return _written(text)

    async def start(self, name: str, who: Who) -> None:
        self._may(name, Action.START)
        self._note("start", name, who)
        self.change(name, running=True, state="running")

    async def stop(self, name: str, position: OnLeaving, who: Who) -> None:
        self._may(name, Action.STOP)
        self._note("stop", name, who, position=position)
        self.change(name, running=False, **_sold(position is OnLeaving.CLOSE))

    async def restart(self, name: str, who: Who) -> None:
        self._may(name, Action.RESTART)
        self._note("restart", name, who)
        self.change(name, running=True)

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        self._may(name, Action.CLOSE if mode is HaltMode.CLOSE_POSITIONS else Action.HALT, method="halt")
        self._note("halt", name, who, mode=mode, reason=reason)
        halt = {"limit": "manual_halt", "detail": reason, "since": "2026-11-23T12:00:00Z", "mode": str(mode)}
        self.change(name, halt=halt, **_sold(mode is HaltMode.CLOSE_POSITIONS))

    async def resume(self, name: str, who: Who) -> None:
        self._may(name, Action.RESUME)
        self._note("resume", name, who)
        self.change(name, halt=None)

    async def delete(self, name: str, position: OnLeaving, who: Who) -> None:
        self._may(name, Action.DELETE)
        self._note("delete", name, who, position=position)
        self.gone(name)

    # -- how it does it ------------------------------------------------------------------------------------------

    def _entry(self, bot: StagedBot) -> Entry:
        row = row_of_status(staged_sayings.status(bot), NOW)
        if not bot.running:
            row = replace(row, state=State.STOPPED, today=None, address="", pid=None, answered=None)
            row = replace(row, detail="nobody watches its position" if row.real and row.position else "")
        elif not bot.answers:
            row = replace(row, state=State.NO_ANSWER, detail="does not answer")
        alarms = (row.detail,) if row.detail else ()
        points = tuple(point["equity"] for point in staged_sayings.curve(bot, 30))
        return Entry(bot.name, row, bot.running, self._actions(bot, row), points, alarms, bot.faults)

    def _actions(self, bot: StagedBot, row: Row) -> frozenset[Action]:
        can = {Action.DELETE}
        if not bot.running:
            can |= {Action.START} if not bot.faults else set()
        else:
            can |= {Action.STOP, Action.RESTART, Action.HALT}
            can |= {Action.CLOSE} if row.position else set()
            can |= {Action.RESUME} if bot.halt else set()
        return frozenset(can)

    def _of(self, name: str) -> StagedBot:
        if name not in self._bots:
            raise NoSuchBotError(f"there is no bot named {name}")
        return self._bots[name]

    def _asked(self, name: str, method: str) -> StagedBot:
        self._fails(method)
        bot = self._of(name)
        if bot.running and not bot.answers:
            raise BotUnreachableError(f"{name} does not answer")
        return bot

    def _may(self, name: str, action: Action, method: str | None = None) -> None:
        self._fails(method or action)
        bot = self._of(name)
        # A halt that sells is one more halt to a bot that holds nothing.
        if action not in self.entry(name).actions and not (action is Action.CLOSE and bot.running):
            raise NotNowError(f"{name} cannot {action} now")

    def _fails(self, method: str) -> None:
        if method in self._failures:
            raise self._failures[method]

    def _check_name(self, name: str) -> None:
        good = _AT_HOME.fullmatch(name)
        if self._kind == "cluster":
            namespace, _, own = name.partition(".")
            good = re.fullmatch(NAME, own) if namespace == "trading" and len(own) <= NAME_LIMIT else None
        if not good:
            raise DocumentError(name, [Fault("name", "must be letters, digits, `.`, `-` and `_`, 40 at most")])

    def _note(self, what: str, name: str, who: Who, **more: Any) -> None:
        self.told.append(Told(what, name, who, more))

    def _news_of(self, name: str) -> None:
        self._entries.pop(name, None)
        self._version += 1

        async def tell() -> None:
            async with self._news:
                self._news.notify_all()

        try:
            task = asyncio.get_running_loop().create_task(tell())
        except RuntimeError:
            # A test with a browser is another thread than the console.
            if self._loop is not None:
                asyncio.run_coroutine_threadsafe(tell(), self._loop).result(30)
            return
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)


def many(count: int, kind: Literal["folder", "cluster"] = "folder") -> StagedBots:
    """Return that many bots; ten are one of every kind: at work, holding, stopped, halted, live with a stop, ..."""
    made = []
    for number in range(count):
        of_kind = _KINDS[number % len(_KINDS)]
        name = f"{number + 1:04}" if kind == "folder" else f"trading.bot-{number + 1:04}"
        made.append(StagedBot(name, number, document(number, live=of_kind.get("mode") == "live"), **of_kind))
    return StagedBots(made, kind)


def _written(text: str) -> Written:
    return Written(text, hashlib.sha256(text.encode()).hexdigest()[:16])


def _sold(closed: bool) -> dict[str, Any]:
    return {"position": Decimal(0), "stop_at_venue": None} if closed else {}
