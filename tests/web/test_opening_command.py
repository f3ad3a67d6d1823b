"""`tradingbot web` in a process of its own: what it prints, how it ends, and what it refuses."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.web.audited import audited
from tests.web.staging import PASSWORDS, write_users

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from bots.entry import main; main()", "web"]
ADDRESS = re.compile(r"the console is open at (http://[0-9.:]+)")
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (INFO|WARNING|ERROR) +web  .+")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "configs").mkdir()
    write_users(tmp_path / "web" / "users.json")
    return tmp_path


@contextmanager
def console(home: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; gives the process and its address."""
    arguments = ["--configs", str(home / "configs"), "--workdir", str(home), "--port", "0", *more]
    process = subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process, _address(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := ADDRESS.search(line):
            assert LINE.fullmatch(line.rstrip()) or line.startswith("{"), line
            return found[1]
    raise AssertionError(f"it ended with {process.wait()} before it was open")


def refused(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_though_a_page_listens(home: Path, number: signal.Signals) -> None:
    with console(home) as (process, address), httpx.Client(base_url=address) as client:
        client.post("/login", data={"user": "olga", "password": PASSWORDS["olga"]})
        with client.stream("GET", "/api/v1/events", headers={"Accept": "text/event-stream"}) as stream:
            assert stream.status_code == 200
            begun = time.monotonic()
            process.send_signal(number)
            code = process.wait(10)
            assert process.stderr is not None
            rest = process.stderr.read()

    assert code == 0
    assert time.monotonic() - begun < 3
    assert "Traceback" not in rest
    assert "ERROR" not in rest


def test_it_listens_on_this_machine_only(home: Path) -> None:
    with console(home) as (_, address):
        assert address.startswith("http://127.0.0.1:")


def test_its_log_may_be_json(home: Path) -> None:
    with console(home, "--log-format", "json") as (_, address):
        assert httpx.get(f"{address}/healthz").json() == {"ok": True}


def test_a_second_one_for_the_same_bots_is_refused(home: Path) -> None:
    with console(home):
        code, told = refused("--configs", str(home / "configs"), "--workdir", str(home), "--port", "0")

    assert (code, told.count("\n")) == (1, 1)
    assert "already" in told


def test_a_port_in_use_is_one_clear_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, told = refused("--configs", str(home / "configs"), "--workdir", str(home), "--port", port)

    assert (code, told) == (1, f"port {port} on 127.0.0.1 is in use; choose another with --port\n")


@pytest.mark.parametrize(
    ("configs", "workdir", "told"),
    [
        ("nowhere", ".", "there is no folder {home}/nowhere; name another by --configs\n"),
        ("web/users.json", ".", "{home}/web/users.json is a file, not a folder; name another by --configs\n"),
        ("configs", "web/users.json", "cannot make the working directory {home}/web/users.json: File exists\n"),
    ],
)
def test_a_folder_that_is_none_is_one_clear_line(home: Path, configs: str, workdir: str, told: str) -> None:
    found = refused("--configs", str(home / configs), "--workdir", str((home / workdir).resolve()))

    assert found == (1, told.format(home=home))


def test_the_one_time_password_is_told_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    with console(tmp_path) as (process, address):
        assert process.stderr is not None
        box = [process.stderr.readline() for _ in range(6)]

    assert box[0].startswith("+---")
    assert box[2].startswith(f"|     {address}/login ")
    assert re.fullmatch(r"\|     ([a-z0-9]{5}-){3}[a-z0-9]{5} +\|\n", box[4])


DIPS = {"name": "RSIBBEntryMixin", "params": {"rsi_period": 2, "bb_period": 2, "bb_dev": 0.1}}
HOLDS = {"entry_logic": DIPS, "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 999}}}


@contextmanager
def operator(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        told = client.post("/api/v1/session", json={"user": "olga", "password": PASSWORDS["olga"]}).json()
        client.headers["X-CSRF-Token"] = told["csrf"]
        yield client


def is_alive(pid: int) -> bool:
    try:
        # Where nobody buries orphans, one that has ended still has its number.
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_bots_go_on_without_it_and_the_next_one_knows_them_again(home: Path) -> None:
    (home / "configs" / "trend.json").write_text(json.dumps({"trading": {"symbol": "BTCUSDT"}, "strategy": HOLDS}))
    with console(home) as (process, address), operator(address) as client:
        assert client.post("/api/v1/bots/trend/start").status_code < 300
        before = client.get("/api/v1/bots/trend/status").json()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert is_alive(before["pid"])
    with console(home) as (_, address), operator(address) as client:
        after = client.get("/api/v1/bots/trend/status").json()
        stopped = client.post("/api/v1/bots/trend/stop", json={"position": "keep"})

    assert not is_alive(before["pid"])
    assert after["pid"] == before["pid"]
    assert stopped.status_code < 300, stopped.text
    actions = [(line["user"], line["action"], line["outcome"]) for line in audited(home / "web")]
    assert [line for line in actions if line[1] in ("start", "stop")] == [
        ("olga", "start", "done"),
        ("olga", "stop", "done"),
    ]
