"""Asking a bot how it is: over HTTP, from whoever answers there, and told to people."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from bots.commands.asking import ask_status, lines
from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.running.health import Health
from bots.seen.server import BotServer
from bots.seen.status import Surroundings, describe
from bots.trading.records import EquityPoint, Trade
from bots.trading.risk import Limits
from strategies.errors import BotUnreachableError
from tests.unit.bots.scripted import DOCUMENT, Desk, Script, dashes


def status_of(desk: Desk, state: str = "running", address: str | None = None) -> dict[str, Any]:
    around = Surroundings(state, "0.1.0", address=address)
    return describe(DOCUMENT, desk.trader, Health(True, True, ()), around)


@dataclass
class Bot:
    """A running bot as its server sees it."""

    name: str
    registry: CollectorRegistry

    def get_status(self) -> Mapping[str, Any]:
        return status_of(Desk(Script()).play(dashes(100))) | {"bot": self.name}

    def health(self) -> Health:
        return Health(True, True, ())

    def trades(self) -> list[Trade]:
        return []

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        return []


@pytest.fixture
def serve() -> Iterator[Callable[[str], str]]:
    """Serve a bot of some name from a loop of its own, and return its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers: list[BotServer] = []

    def start(name: str) -> str:
        servers.append(BotServer(Bot(name, CollectorRegistry())))
        return asyncio.run_coroutine_threadsafe(servers[-1].start("127.0.0.1", 0), loop).result(10)

    yield start
    for server in servers:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Answer one caller with these bytes, whatever is asked."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def answer(said: bytes) -> str:
        def run() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(said)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield answer
    for thread in threads:
        thread.join(10)
    listening.close()


def http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def ask(target: str, folder: Path) -> dict[str, Any]:
    return ask_status(target, folder, None, None)


def refusal(target: str, folder: Path) -> str:
    with pytest.raises(BotUnreachableError) as caught:
        ask(target, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_running_bot_answers_at_its_address(serve: Callable[[str], str], tmp_path: Path) -> None:
    assert ask(serve("0001"), tmp_path)["bot"] == "0001"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="not HTTP"),
        pytest.param(http(b"<html>hello</html>"), id="not JSON"),
        pytest.param(http(b"[1, 2]"), id="a list"),
        pytest.param(http(b'{"status": "UP"}'), id="another service"),
        pytest.param(b"", id="silence"),
    ],
)
def test_what_answers_and_is_no_bot_is_told_in_a_line(
    answering: Callable[[bytes], str], tmp_path: Path, said: bytes
) -> None:
    address = answering(said)
    assert address in refusal(address, tmp_path)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The document of a bot whose journal says that it serves at some address."""
    path = tmp_path / "0001.json"
    logics = {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}}
    path.write_text(json.dumps({"trading": {"symbol": "BTCUSDT"}, "strategy": logics}))
    return path


def noted(document: Path, address: str) -> None:
    key = JournalKey("0001", "paper", "BTCUSDT")
    journal = open_journal(key, journal_url(key, document.parent))
    journal.note_address(address)
    journal.close()


def test_a_documents_bot_is_asked_where_its_journal_says(serve: Callable[[str], str], document: Path) -> None:
    noted(document, serve("0001"))
    assert ask(str(document), document.parent)["state"] == "running"


def test_another_bot_that_has_the_port_by_now_is_not_taken_for_it(serve: Callable[[str], str], document: Path) -> None:
    noted(document, serve("0002"))
    told = ask(str(document), document.parent)
    assert (told["bot"], told["state"]) == ("0001", "stopped")


def test_a_bot_that_is_gone_is_told_from_its_journal(document: Path) -> None:
    noted(document, "http://127.0.0.1:9")
    assert ask(str(document), document.parent)["state"] == "stopped"


def test_a_status_for_people_shows_lots_with_their_stops_and_the_address() -> None:
    desk = Desk(Script(enter=[0]), Limits(stop_loss_pct=5)).play(dashes(100, 110))
    assert lines(status_of(desk, address="http://127.0.0.1:8080"))[4:] == [
        "  lot 1     5 at 100 since 2024-01-01T00:00:00Z: +50.00 stop loss 95",
        "  address   http://127.0.0.1:8080",
    ]


def test_a_status_for_people_shows_a_halt_and_the_way_out() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 80))
    assert lines(status_of(desk))[-1].endswith("the limit is 10 % (tradingbot resume)")
    assert "HALTED    max_drawdown_pct: " in lines(status_of(desk))[-1]
