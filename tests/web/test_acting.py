"""The one way to change anything: what cannot be done is refused, and whatever comes of it is written down."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bots.trading.halts import HaltMode
from bots.web import acting
from bots.web.auditing import AuditLog
from bots.web.bots import Action, OnLeaving
from bots.web.console import Console
from bots.web.login.doors import Doors
from bots.web.login.roles import Role
from bots.web.login.sessions import Session
from bots.web.login.users import UsersFile
from strategies.errors import (
    BotUnreachableError,
    ChangedMeanwhileError,
    DocumentError,
    ManagingError,
    NameTakenError,
    NoSuchBacktestError,
    NoSuchBotError,
    NotConfirmedError,
    NotNowError,
)
from tests.web.staged_backtests import StagedBacktests
from tests.web.staged_bots import StagedBots, many
from tests.web.staged_sayings import document

OLGA = Session("olga", Role.OPERATOR, "token", 0.0, 0.0)
# Of ten staged bots: one that holds, a stopped one, a halted one, a live one that holds, a live one that does not.
HOLDS, STOPPED, HALTED, LIVE, FLAT_LIVE = "0002", "0003", "0004", "0005", "0010"


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
def console(bots: StagedBots, tmp_path: Path) -> Console:
    backtests: Any = StagedBacktests(tmp_path)
    return Console(bots, Doors(UsersFile(tmp_path / "users.json")), AuditLog(tmp_path / "audit.log"), backtests)


def line(console: Console) -> dict[str, Any]:
    """Return the last line of the audit log, but when it was written."""
    return {key: value for key, value in console.audit.last(1)[0].items() if key not in ("time", "address")}


async def test_what_was_done_is_written_down_with_its_details(console: Console, bots: StagedBots) -> None:
    await acting.act(console, OLGA, HOLDS, Action.STOP, position=OnLeaving.CLOSE, way="api")
    assert (bots.told[-1].what, str(bots.told[-1].who)) == ("stop", "olga (api)")
    assert bots.told[-1].more == {"position": OnLeaving.CLOSE}
    assert line(console) == {
        "user": "olga", "way": "api", "action": "stop", "bot": HOLDS, "outcome": "done", "more": {"position": "close"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (Action.START, HOLDS),
        (Action.STOP, STOPPED),
        (Action.RESTART, STOPPED),
        (Action.HALT, STOPPED),
        (Action.RESUME, HOLDS),
        (Action.CLOSE, "0001"),
    ],
)
async def test_what_cannot_be_done_now_is_refused_and_written_down(
    console: Console, bots: StagedBots, action: Action, name: str
) -> None:
    with pytest.raises(NotNowError, match=f"{name} cannot be .* now: it"):
        await acting.act(console, OLGA, name, action)
    assert bots.told == []
    assert line(console)["outcome"].startswith(f"refused: {name} cannot be")


async def test_a_bot_with_a_bad_document_is_refused_a_start_for_that(console: Console, bots: StagedBots) -> None:
    bots.change(STOPPED, faults=3)
    with pytest.raises(NotNowError, match="its document has faults"):
        await acting.act(console, OLGA, STOPPED, Action.START)


async def test_nobody_of_that_name_is_written_down_too(console: Console) -> None:
    with pytest.raises(NoSuchBotError):
        await acting.act(console, OLGA, "nobody", Action.START)
    assert line(console)["outcome"] == "refused: there is no bot named nobody"


# --- Real money -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [None, "", "0004", "0005 "])
@pytest.mark.parametrize("action", [Action.STOP, Action.RESTART, Action.CLOSE, Action.DELETE])
async def test_a_live_bot_is_left_alone_until_its_name_is_repeated(
    console: Console, bots: StagedBots, action: Action, typed: str | None
) -> None:
    with pytest.raises(NotConfirmedError, match="0005 trades live: repeat its name"):
        await acting.act(console, OLGA, LIVE, action, typed=typed)
    assert bots.told == []
    assert line(console)["outcome"].startswith("refused: 0005 trades live")
    await acting.act(console, OLGA, LIVE, action, typed=LIVE)
    assert line(console)["outcome"] == "done"


async def test_a_halt_that_sells_asks_for_the_name_as_closing_does(console: Console) -> None:
    with pytest.raises(NotConfirmedError):
        await acting.act(console, OLGA, LIVE, Action.HALT, mode=HaltMode.CLOSE_POSITIONS)
    await acting.act(console, OLGA, LIVE, Action.HALT, mode=HaltMode.CLOSE_POSITIONS, typed=LIVE)


async def test_stopping_and_halting_a_live_bot_that_holds_nothing_asks_for_no_name(console: Console) -> None:
    await acting.act(console, OLGA, FLAT_LIVE, Action.HALT)
    await acting.act(console, OLGA, FLAT_LIVE, Action.STOP)


# --- Halts ----------------------------------------------------------------------------------------------------------


async def test_closing_a_position_is_a_halt_that_sells(console: Console, bots: StagedBots) -> None:
    await acting.act(console, OLGA, HOLDS, Action.CLOSE, reason="enough")
    assert bots.told[-1].what == "halt"
    assert bots.told[-1].more == {"mode": HaltMode.CLOSE_POSITIONS, "reason": "enough"}
    assert line(console)["action"] == "close"


async def test_a_halt_without_a_reason_has_one_all_the_same(console: Console, bots: StagedBots) -> None:
    await acting.act(console, OLGA, HOLDS, Action.HALT, reason="  \n ")
    assert bots.told[-1].more["reason"] == acting.NO_REASON


async def test_a_reason_of_several_lines_becomes_one(console: Console, bots: StagedBots) -> None:
    await acting.act(console, OLGA, HOLDS, Action.HALT, reason="news\n at  noon")
    assert bots.told[-1].more["reason"] == "news at noon"


@pytest.mark.parametrize("reason", ["x" * 201, "bell\a", "right\u202eto left"])
async def test_a_reason_that_is_no_line_is_refused(console: Console, bots: StagedBots, reason: str) -> None:
    with pytest.raises(ManagingError, match="one line of text"):
        await acting.act(console, OLGA, HOLDS, Action.HALT, reason=reason)
    assert bots.told == []


async def test_a_halted_bot_that_holds_something_can_be_told_to_sell(console: Console, bots: StagedBots) -> None:
    await acting.act(console, OLGA, HOLDS, Action.HALT)
    await acting.act(console, OLGA, HOLDS, Action.HALT, mode=HaltMode.CLOSE_POSITIONS)
    assert bots.bot(HOLDS).position == 0


# --- Failures -------------------------------------------------------------------------------------------------------


async def test_a_bot_that_does_not_answer_is_a_failure(console: Console, bots: StagedBots) -> None:
    bots.fail("halt", BotUnreachableError("0002 does not answer"))
    with pytest.raises(BotUnreachableError):
        await acting.act(console, OLGA, HOLDS, Action.HALT)
    assert line(console)["outcome"] == "failed: 0002 does not answer"


async def test_a_fault_of_ours_is_written_down_without_its_words(console: Console, bots: StagedBots) -> None:
    bots.fail("start", ValueError("/home/olga/secret"))
    with pytest.raises(ValueError, match="secret"):
        await acting.act(console, OLGA, STOPPED, Action.START)
    assert line(console)["outcome"] == "failed: ValueError"


async def test_what_is_broken_off_is_written_down(console: Console, bots: StagedBots) -> None:
    class GoneError(BaseException):
        """Stands for a server that is ended."""

    bots.fail("start", GoneError())  # type: ignore[arg-type]  # what is no Exception is just what is staged
    with pytest.raises(GoneError):
        await acting.act(console, OLGA, STOPPED, Action.START)
    assert line(console)["outcome"] == "failed: broken off"


# --- Documents ------------------------------------------------------------------------------------------------------


async def test_a_bot_is_made_and_its_document_saved(console: Console, bots: StagedBots) -> None:
    entry = await acting.create(console, OLGA, "new", document(1))
    assert (entry.name, line(console)["action"], line(console)["outcome"]) == ("new", "create", "done")
    before = await bots.document("new")
    after = await acting.save(console, OLGA, "new", document(2), before.version)
    assert line(console)["more"] == {"version": before.version, "saved": after.version}


async def test_documents_that_are_refused_are_written_down(console: Console, bots: StagedBots) -> None:
    version = (await bots.document(HOLDS)).version
    attempts: list[tuple[Callable[[], Awaitable[Any]], type[Exception]]] = [
        (lambda: acting.create(console, OLGA, HOLDS, document(1)), NameTakenError),
        (lambda: acting.create(console, OLGA, "new", "{}"), DocumentError),
        (lambda: acting.save(console, OLGA, HOLDS, document(1), "another"), ChangedMeanwhileError),
        (lambda: acting.save(console, OLGA, HOLDS, "[]", version), DocumentError),
    ]
    for attempt, error in attempts:
        with pytest.raises(error):
            await attempt()
        assert line(console)["outcome"].startswith("refused: ")
    assert bots.told == []


@pytest.mark.parametrize("typed", [None, "", "new", "0003 "])
async def test_a_document_that_trades_live_is_not_kept_until_the_name_is_repeated(
    console: Console, bots: StagedBots, typed: str | None
) -> None:
    live, version = document(1, live=True), (await bots.document(STOPPED)).version
    with pytest.raises(NotConfirmedError, match="this document trades live: repeat the name 0003 to save it"):
        await acting.save(console, OLGA, STOPPED, live, version, typed=typed)
    with pytest.raises(NotConfirmedError, match="repeat the name another"):
        await acting.create(console, OLGA, "another", live, typed=typed)
    assert line(console)["outcome"] == "refused: this document trades live: repeat the name another to save it"
    assert bots.told == []


async def test_a_document_that_trades_live_is_kept_once_it_is_meant(console: Console, bots: StagedBots) -> None:
    live = document(1, live=True)
    await acting.save(console, OLGA, STOPPED, live, (await bots.document(STOPPED)).version, typed=STOPPED)
    await acting.create(console, OLGA, "another", live, typed="another")
    # Back to paper: nothing real is begun by that.
    await acting.save(console, OLGA, "another", document(1), (await bots.document("another")).version)
    assert [told.what for told in bots.told] == ["save", "create", "save"]


# --- Backtests ------------------------------------------------------------------------------------------------------


async def test_backtests_are_written_down_with_their_ids(console: Console) -> None:
    begun = await acting.backtest(console, OLGA, document(1), "made", bot="0001", count=100)
    assert line(console)["more"] == {"bars": "made", "count": 100, "id": begun}
    await acting.cancel_backtest(console, OLGA, "runs-1")
    assert (line(console)["action"], line(console)["more"]) == ("cancel backtest", {"id": "runs-1"})
    await acting.delete_backtest(console, OLGA, begun)
    assert line(console)["action"] == "delete backtest"
    with pytest.raises(NoSuchBacktestError):
        await acting.delete_backtest(console, OLGA, begun)
    assert line(console)["outcome"].startswith("refused: ")
