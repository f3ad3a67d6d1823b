"""Other users of the machine, and what the process leaves lying around."""

import ast
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.running.exclusive import alone_with
from bots.seen import logs
from strategies.errors import StartError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [file for room in ("adapters", "bots", "operator", "strategies") for file in (ROOT / room).rglob("*.py")]
# The console starts bots and a sweep its workers: this very program, as a list of words, and nothing that was read.
STARTS_ITSELF = {
    "bots/commands/sweeping/worker.py": {"pickle"},
    "bots/commands/sweeping/workers.py": {"pickle", "subprocess"},
    "bots/web/at_home/processes.py": {"subprocess"},
    "bots/web/backtests/process.py": {"asyncio.create_subprocess_exec"},
}
STARTS_OR_RUNS = {"subprocess", "pty", "pickle", "marshal", "shelve", "dill", "cloudpickle", "multiprocessing"}


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like /tmp, in which everybody may lay something."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def locks(shared: Path) -> Path:
    return shared / f"tradingbot-{os.getuid()}"


def refuses() -> str:
    with pytest.raises(StartError) as told, alone_with("account", "BTCUSDT", "first"):
        pass
    return str(told.value)


def test_a_link_in_the_place_of_the_folder_of_locks_is_not_followed(shared: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    locks(shared).symlink_to(elsewhere)
    assert "is a link" in refuses()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_of_locks_that_others_may_write_to_is_not_used(shared: Path) -> None:
    locks(shared).mkdir()
    locks(shared).chmod(0o777)
    assert "open to others" in refuses()


def test_a_link_in_the_place_of_a_lock_empties_no_file(shared: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("all that I have")
    with alone_with("account", "BTCUSDT", "first"):
        (lock,) = locks(shared).iterdir()
    lock.unlink()
    lock.symlink_to(precious)
    assert "cannot make the lock" in refuses()
    assert precious.read_text() == "all that I have"


def test_locks_are_nobody_elses_to_read(shared: Path) -> None:
    with alone_with("account", "BTCUSDT", "first"):
        assert [mode(each) for each in (locks(shared), *locks(shared).iterdir())] == [0o700, 0o600]


@pytest.fixture
def private() -> Iterator[None]:
    """The umask that docs/security.md advises."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private")
def test_under_a_private_umask_nobody_else_reads_journal_or_logs(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    logs.configure("0001", work, "logs/live/0001.log", "INFO", json_console=False, before_line=lambda: None)
    trade_log = logs.TradeLog("0001", work)
    key = JournalKey("0001", "live", "BTCUSDT")
    open_journal(key, journal_url(key, work)).close()
    logs.LOGGER.error("anything")
    trade_log.close()
    for handler in list(logs.LOGGER.handlers):
        logs.LOGGER.removeHandler(handler)
        handler.close()
    written = list(work.rglob("*"))
    assert {file.name for file in written} >= {"0001.live.sqlite", "0001.live.lock", "errors.log", "trades.json"}
    assert {file.name: oct(mode(file)) for file in written if mode(file) & 0o077} == {}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# --- What the program never does --------------------------------------------------------------------------------


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_starts_a_program_runs_a_text_or_trusts_any_certificate(file: Path) -> None:
    """A program that was started would inherit the keys in the environment, and `ps` would show its arguments."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    allowed = STARTS_ITSELF.get(str(file.relative_to(ROOT)), set())
    assert STARTS_OR_RUNS & set(imported(tree)) <= allowed
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"), called
            assert not called.startswith(("os.exec", "os.spawn", "os.fork")), called
            assert "create_subprocess" not in called or called in allowed, called
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                assert not (off and keyword.arg in ("ssl", "verify", "verify_ssl")), ast.unparse(node)
