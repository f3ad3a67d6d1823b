"""A document from a stranger: it is refused soon, runs no code, overwrites nothing, and spends no money by itself."""

import json
import sys
import time
from pathlib import Path

import pytest

from bots.bot import LiveTradingBot
from bots.config import Document
from bots.config.load import document_from_bytes
from bots.running.connections import refuse_real_money
from bots.running.options import RunOptions
from strategies.errors import DocumentError, StartError
from tests.unit.config.documents import accepted, faults_of, full, minimal, put, refusal

LIVE = {"broker__type": "binance", "data__data_source": "binance", "risk_management__stop_loss_pct": 5}
# With the fault that each is there to find, each of them takes many times as long.
_SECONDS_OF_PROCESSOR = 3.0


def nested(times: int) -> bytes:
    return b'{"a":' * times


def crowded(key: str) -> bytes:
    return json.dumps({key: {f"k{number}": 0 for number in range(3000)}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * 1_000_000, id="brackets"),
        pytest.param(nested(200_000), id="objects in objects"),
        pytest.param(crowded("Ab" * 50_000), id="many keys below a huge one"),
        pytest.param(json.dumps({f"brokr{number}": 0 for number in range(20_000)}).encode(), id="unknown keys"),
        pytest.param(b'{"trading": {"position_size": ' + b"1" * 1_000_000 + b"}}", id="digits"),
        pytest.param(json.dumps({"trading": {"symbol": "B" * 1_000_000}}).encode(), id="a symbol"),
        pytest.param(b"{" + b" " * 2_000_000 + b"}", id="more than a document may have"),
    ],
)
def test_a_huge_or_deep_document_is_refused_soon(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError):
        document_from_bytes(content, "stranger.json")
    assert time.process_time() - began < _SECONDS_OF_PROCESSOR


@pytest.mark.parametrize("place", ["strategy.type", "strategy.entry_logic.name", "strategy.exit_logic.name"])
@pytest.mark.parametrize("name", ["canary", "canary.Rules", "canary:Rules", "os:system", "strategies.canary"])
def test_a_name_in_a_document_imports_nothing(
    place: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "canary.py").write_text("raise SystemExit('a document has run code')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    refused(put(full(), place, name))
    assert not [module for module in set(sys.modules) - before if "canary" in module]


def refused(document: object) -> None:
    with pytest.raises(DocumentError):
        document_from_bytes(json.dumps(document).encode(), "stranger.json")


@pytest.mark.parametrize(
    "path",
    ["journal/0001.live.sqlite", "journal/0001.live.lock", "0001.json", "logs/json/trades.json", "token", "x.log.json"],
)
def test_a_log_takes_the_place_of_no_journal_document_or_token(path: str) -> None:
    assert 'must end in ".log"' in refusal("logging.log_file", path)


@pytest.mark.parametrize("name", ["..", ".", "../other", "a/b", "/etc/x", "", "a\nb", "x" * 41, "Ünicode"])
def test_the_name_of_a_bot_is_no_way_out_of_its_folder(name: str, tmp_path: Path) -> None:
    document = tmp_path / f"{name.replace('/', '_') or ' '}.json" if len(name) < 41 else tmp_path / f"{name}.json"
    document.write_text(json.dumps(minimal()))
    with pytest.raises(DocumentError, match="cannot name a bot"):
        LiveTradingBot(document, RunOptions(workdir=tmp_path, name=name or None))


def places(document: Document) -> list[str]:
    return [warning.place for warning in document.warnings()]


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("http", "https://api.binance.example"),
        ("http", "http://localhost.example.com"),
        ("http", "http://127.0.0.1.example.com"),
        ("http", "https://[2001:db8::1]:8080/x"),
        ("ws", "wss://stream.example.com"),
    ],
)
def test_orders_and_keys_that_leave_for_a_strange_address_are_warned_of(key: str, address: str) -> None:
    document = accepted(**LIVE, broker__endpoints={key: address})
    assert places(document) == [f"broker.endpoints.{key}"]
    assert address[:30] in document.warnings()[0].message


def test_orders_and_keys_in_the_open_are_warned_of() -> None:
    (warning,) = accepted(**LIVE, broker__endpoints={"http": "http://proxy.example.com"}).warnings()
    assert "open for all to read on the way" in warning.message


@pytest.mark.parametrize("address", ["http://127.0.0.1:8081", "http://localhost", "http://[::1]:8081/x"])
def test_an_address_on_this_machine_is_nothing_to_warn_of(address: str) -> None:
    assert places(accepted(**LIVE, broker__endpoints={"http": address})) == []


def practising(**endpoints: str) -> Document:
    return accepted(**LIVE, broker__environment="testnet", broker__endpoints=endpoints)


def test_no_document_makes_play_money_of_real_money_by_calling_it_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADINGBOT_ALLOW_LIVE", raising=False)
    refuse_real_money(practising(), "bot")
    with pytest.raises(StartError, match="TRADINGBOT_ALLOW_LIVE"):
        refuse_real_money(practising(http="https://api.binance.com"), "bot")


@pytest.mark.parametrize("file", ["/etc/passwd", "../.ssh/id_ed25519", "token", "journal/0001.live.sqlite"])
def test_a_document_reads_nothing_but_files_of_bars(file: str) -> None:
    document = minimal() | {"data": {"data_source": "replay", "file": file}}
    assert "replay cannot read" in faults_of(document)["data.file"]
