"""A venue built from nothing but the text of docs/extend.md: one module and one line."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bots.bot import LiveTradingBot
from bots.running.options import RunOptions
from tests.made_bars import made_bars
from tests.process.running import RunningBot

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "extend.md").read_text(encoding="utf-8")
PAST = 100
# From the past on into the future: bars of long ago may exit, but never enter.
FIRST = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=PAST)
BARS = [bar._replace(time=FIRST + number * timedelta(minutes=1)) for number, bar in enumerate(made_bars(2000))]


def written(name: str) -> str:
    """Return what the page says a file should hold."""
    found = re.search(rf"^```\w+ file={re.escape(name)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


class Teletype(BaseHTTPRequestHandler):
    """A server as the page's module expects it; each question after the first finds fifty bars more."""

    known = PAST

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        limit, after = int(asked["limit"]), int(asked["after"])
        bars = BARS[: Teletype.known]
        if after:
            Teletype.known = min(Teletype.known + 50, len(BARS))
            bars = [bar for bar in bars if bar.time > datetime.fromtimestamp(after, UTC)][:limit]
        body = json.dumps([[bar.time.timestamp(), *bar[1:]] for bar in bars[-limit:]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def teletype() -> Iterator[str]:
    """Run the server and return its address."""
    Teletype.known = PAST
    server = ThreadingHTTPServer(("127.0.0.1", 0), Teletype)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_venue_of_the_page_is_one_module_and_one_line_and_a_bot_trades_on_it(teletype: str, tmp_path: Path) -> None:
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / "teletype.py").write_text(written("adapters/teletype.py"), encoding="utf-8")
    document = json.loads(written("teletype.json"))
    document["data"] |= {"endpoints": {"http": teletype}, "lookback_bars": PAST}
    (tmp_path / "acme.json").write_text(json.dumps(document), encoding="utf-8")
    line = written("registry-line").rstrip("\n")
    driver = str(Path(__file__).with_name("extended_bot.py"))
    with RunningBot(tmp_path / "acme.json", tmp_path, program=(driver, str(tmp_path), line)) as bot:
        status = bot.wait_for("a trade", lambda status: status["trades"] >= 1)
        code, output, _ = bot.stop()
    assert (code, status["symbol"]) == (0, "ACME"), output


def test_nobody_else_knows_that_venue(tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(written("teletype.json"), encoding="utf-8")
    with pytest.raises(Exception, match='"teletype"'):
        LiveTradingBot(tmp_path / "acme.json", RunOptions(workdir=tmp_path))
