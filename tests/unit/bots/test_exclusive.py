"""One bot for each account and symbol on a machine."""

import os
from pathlib import Path

import pytest

from bots.running.exclusive import alone_with
from strategies.errors import AlreadyRunningError, StartError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the locks of this machine lie."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_second_bot_is_told_who_trades_there() -> None:
    with (
        alone_with("account", "BTCUSDT", "first"),
        pytest.raises(AlreadyRunningError, match=r"bot first \(process \d+\)"),
        alone_with("account", "BTCUSDT", "second"),
    ):
        pass


@pytest.mark.parametrize(("account", "symbol"), [("account", "ETHUSDT"), ("other", "BTCUSDT")])
def test_other_symbols_and_accounts_are_free(account: str, symbol: str) -> None:
    with alone_with("account", "BTCUSDT", "first"), alone_with(account, symbol, "second"):
        pass


def test_who_comes_later_may_trade() -> None:
    for bot in ("first", "second"):
        with alone_with("account", "BTCUSDT", bot):
            pass


def test_the_account_is_in_no_name_that_others_could_read(folder: Path) -> None:
    with alone_with("U1234567", "BTCUSDT", "first"):
        assert not [path for path in folder.rglob("*") if "U1234567" in path.name]


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    (folder / f"tradingbot-{os.getuid()}").write_text("in the way")
    told = pytest.raises(StartError, match="cannot make the folder of locks")
    with told, alone_with("account", "BTCUSDT", "first"):
        pass
