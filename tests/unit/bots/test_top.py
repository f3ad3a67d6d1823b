"""`tradingbot top`: what each key does, whom it asks, and what it prints where there is no terminal."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console, RenderableType

from bots.cli import main
from bots.commands.top_asking import Everybody
from bots.commands.top_drawing import draw_once, draw_screen
from bots.commands.top_view import View, keys_in
from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.seen.overview import Order
from bots.seen.rows import Row, State

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["top", *map(str, arguments)], catch_exceptions=False)


def rows_of(*arguments: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call("--json", *arguments).stdout.splitlines()]


def journal_of(workdir: Path, bot: str, mode: str = "paper", address: str = NOBODY) -> None:
    """Leave a journal behind as a bot does that ran and saw no bar."""
    key = JournalKey(bot, mode, "BTCUSDT")
    journal = open_journal(key, journal_url(key, workdir))
    journal.note_address(address)
    journal.close()


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Any]], str]]:
    """Serve a status and return its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: dict[str, Any]) -> str:
        class Bot(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(status).encode())

            def log_message(self, *words: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Bot))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def told(bot: str, **more: Any) -> dict[str, Any]:
    """Return a bot's status."""
    broker = {"currency": "USDT", "equity": 1010.0, "initial_balance": 1000.0, "type": "mock", "connected": True}
    return {
        "bot": bot, "mode": "paper", "symbol": "BTCUSDT", "state": "running", "alive": True, "ready": True,
        "reasons": [], "data_feed_status": {"source": "mock", "connected": True}, "broker_status": broker, "pid": 7,
    } | more  # fmt: skip


def until[T](look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Return the first sight that is good."""
    deadline = time.monotonic() + 10
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"last seen: {seen}"
        time.sleep(0.01)
    return seen


# --- Whom it asks -----------------------------------------------------------------------------------------------


def test_a_folder_without_journals_is_told_so_in_a_line(tmp_path: Path) -> None:
    result = call("--workdir", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"no bot has a journal in {tmp_path / 'journal'}; name --workdir or --url\n"


def test_a_folder_that_is_not_there_is_refused_in_a_line(tmp_path: Path) -> None:
    result = call("--workdir", tmp_path / "nowhere")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert result.output.startswith("there is no folder ")


def test_an_address_without_its_scheme_is_refused_with_the_remedy() -> None:
    result = call("--once", "--url", "127.0.0.1:8080")
    assert (result.exit_code, result.output) == (
        1, "'127.0.0.1:8080' is no address of a bot; write it as --url http://HOST:PORT\n"
    )  # fmt: skip


def test_every_journal_names_a_bot_and_a_mode_but_a_fallbacks_does_not(tmp_path: Path) -> None:
    for bot, mode in (("0001", "paper"), ("0001", "live"), ("my.bot", "live"), ("0001", "fallback")):
        journal_of(tmp_path, bot, mode)
    (tmp_path / "journal" / "notes.sqlite").touch()
    found = {(row["bot"], row["mode"], row["state"], row["symbol"]) for row in rows_of("--workdir", tmp_path)}
    assert found == {(bot, mode, "stopped", "BTCUSDT") for bot, mode in (("0001", "paper"), ("0001", "live"),
                                                                       ("my.bot", "live"))}  # fmt: skip


def test_a_running_bot_is_asked_where_its_journal_says(tmp_path: Path, serve: Callable[[dict[str, Any]], str]) -> None:
    journal_of(tmp_path, "0001", address=serve(told("0001")))
    (row,) = rows_of("--workdir", tmp_path)
    assert (row["state"], row["equity"], row["profit"]) == ("ready", 1010.0, 10.0)


def test_another_bot_that_has_the_port_by_now_is_not_taken_for_it(
    tmp_path: Path, serve: Callable[[dict[str, Any]], str]
) -> None:
    journal_of(tmp_path, "0001", address=serve(told("0002")))
    (row,) = rows_of("--workdir", tmp_path)
    assert (row["bot"], row["state"]) == ("0001", "stopped")


def test_a_process_that_holds_its_journal_and_is_silent_is_no_stopped_bot(tmp_path: Path) -> None:
    key = JournalKey("0001", "paper", "BTCUSDT")
    journal = open_journal(key, journal_url(key, tmp_path))
    (row,) = rows_of("--workdir", tmp_path)
    journal.close()
    assert (row["state"], row["detail"]) == (
        "no answer", f"process {os.getpid()} holds its journal and does not answer"
    )  # fmt: skip


def test_a_process_that_only_has_a_dead_bots_number_does_not_count(tmp_path: Path) -> None:
    journal_of(tmp_path, "0001")
    # This very process lives, and has no such file open.
    assert (tmp_path / "journal" / "0001.paper.lock").read_text() == str(os.getpid())
    assert rows_of("--workdir", tmp_path)[0]["state"] == "stopped"


def test_a_damaged_journal_takes_no_other_bot_out_of_sight(tmp_path: Path) -> None:
    journal_of(tmp_path, "well")
    (tmp_path / "journal" / "torn.paper.sqlite").write_bytes(b"no database" * 500)
    torn, well = rows_of("--workdir", tmp_path)
    assert (torn["bot"], torn["state"], well["state"]) == ("torn", "unreadable", "stopped")
    assert "torn" in torn["detail"]


def test_bots_elsewhere_are_asked_too_and_one_that_is_gone_is_said_to_be(
    tmp_path: Path, serve: Callable[[dict[str, Any]], str]
) -> None:
    gone, there = rows_of("--workdir", tmp_path, "--url", serve(told("far")), "--url", NOBODY)
    assert (there["bot"], there["state"]) == ("far", "ready")
    assert (gone["bot"], gone["state"]) == ("127.0.0.1:9", "no answer")
    assert gone["detail"] == "no bot answers at http://127.0.0.1:9 (Connection refused)"


def test_a_bot_that_is_silent_holds_up_nobody_else(tmp_path: Path, serve: Callable[[dict[str, Any]], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Everybody(tmp_path, [address, serve(told("well"))], 0.01) as everybody:
            seen = until(lambda: [row.state for row in everybody.gather()], lambda states: State.READY in states)
            assert sorted(seen) == [State.ASKING, State.READY]
            assert sorted(row.state for row in everybody.wait(0)) == [State.NO_ANSWER, State.READY]


def test_what_a_bot_said_last_is_kept_when_it_is_gone(tmp_path: Path, serve: Callable[[dict[str, Any]], str]) -> None:
    said = told("far")
    with Everybody(tmp_path, [serve(said)], 0.01) as everybody:
        assert everybody.wait(10)[0].state is State.READY
        said.clear()
        (row,) = until(everybody.gather, lambda rows: rows[0].state is not State.READY)
    assert (row.bot, row.state, row.equity) == ("far", State.NO_ANSWER, Decimal("1010.0"))


def test_a_bot_that_comes_later_is_seen_and_one_that_is_removed_is_not(tmp_path: Path) -> None:
    with Everybody(tmp_path, [], 0.01) as everybody:
        assert everybody.wait(10) == []
        journal_of(tmp_path, "0001")
        assert [row.bot for row in everybody.wait(10)] == ["0001"]
        (tmp_path / "journal" / "0001.paper.sqlite").unlink()
        assert everybody.gather() == []


# --- What it shows ----------------------------------------------------------------------------------------------


def text_of(drawn: RenderableType, width: int, height: int = 24) -> list[str]:
    console = Console(width=width, height=height, record=True, file=StringIO(), highlight=False)
    console.print(drawn)
    return console.export_text().splitlines()


def bots(count: int, **known: Any) -> list[Row]:
    made = Row("", "paper", State.READY, symbol="BTCUSDT", currency="USDT", equity=Decimal(1000), profit=Decimal(1))
    return [replace(made, bot=f"bot-{number:04}", **known) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 16, 17, 18, 19, 20, 21, 100])
def test_a_screen_is_full_and_never_too_full(count: int) -> None:
    lines = text_of(draw_screen(bots(count), View(), NOW, 80, 24), 80)
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert "q quit" in lines[-1]


def test_a_hundred_bots_fill_the_screen_and_are_all_in_the_totals() -> None:
    lines = text_of(draw_screen(bots(100), View(), NOW, 80, 24), 80)
    assert len(lines) == 24
    assert lines[-2].startswith("paper  USDT  100 bots  equity 100,000.00")
    assert lines[-4] == "... 82 more: scroll down"
    assert lines[-5].startswith("bot-0017")


def test_details_of_troubled_bots_do_not_push_totals_off_the_screen() -> None:
    drawn = draw_screen(bots(40, state=State.UNREADY, detail="the feed is not connected " * 9), View(), NOW, 80, 24)
    lines = text_of(drawn, 80)
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("paper  USDT  40 bots") for line in lines)


def test_a_screen_of_the_smallest_terminal_still_holds_together() -> None:
    lines = text_of(draw_screen(bots(5, detail="why"), View(), NOW, 20, 5), 20)
    assert max(map(len, lines)) <= 20


def test_scrolling_shows_the_bots_below() -> None:
    lines = text_of(draw_screen(bots(100), View(first=50), NOW, 80, 24), 80)
    assert lines[2].startswith("bot-0050")


def test_a_filter_that_nothing_matches_is_said_and_shown() -> None:
    lines = text_of(draw_screen(bots(3), View(words="xyz"), NOW, 80, 24), 80)
    assert "filter: xyz  0 of 3 bots by trouble: 3 ready" in lines[0]
    assert lines[1] == "none matches"


def test_a_name_in_markup_is_shown_as_it_is() -> None:
    lines = text_of(draw_once([replace(bots(1)[0], bot="[red]x[/red]")], NOW, 80), 80)
    assert lines[1].startswith("[red]x[/red]")


# --- Keys -------------------------------------------------------------------------------------------------------


def after(*keys: str, bots: int = 30) -> View:
    view = View()
    for key in keys:
        pressed = view.press(key, bots)
        assert pressed is not None
        view = pressed
    return view


def test_q_is_enough() -> None:
    assert View().press("q", 3) is None


def test_s_sorts_by_the_next_thing_and_begins_at_the_top() -> None:
    assert after("down", "s") == View(order=Order.NAME)


def test_a_filter_is_typed_kept_and_forgotten() -> None:
    assert after("/", "e", "t", "x", "backspace", "h") == View(words="eth", typing=True)
    assert after("/", "q", "enter") == View(words="q")
    assert after("/", "q", "enter", "escape") == View()
    assert after("/", "q", "escape") == View()


def test_scrolling_ends_at_the_first_and_at_the_last_bot() -> None:
    assert after("up").first == 0
    assert after("page down", "down", "up").first == 10
    assert after("page down", "page down", "page down", "page down", bots=15).first == 14
    assert after("down", bots=0).first == 0


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("qs", ["q", "s"]), ("\x1b[A\x1bOB", ["up", "down"]), ("\x1b[6~q", ["page down", "q"]), ("\x1b", ["escape"]),
     ("\r\x7f", ["enter", "backspace"]), ("\x1b[15~", []), ("é", ["é"])],
)  # fmt: skip
def test_what_a_terminal_sends_is_read_as_keys(typed: str, keys: list[str]) -> None:
    assert list(keys_in(typed)) == keys


def test_the_other_commands_do_not_wait_for_what_draws() -> None:
    probe = "import sys, bots.cli; print(sorted({'rich', 'sqlalchemy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
