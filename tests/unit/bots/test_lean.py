"""What a bot leaves out, so that a thousand of them do not each hold it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bots.running.lean import as_if_absent
from tests.process.running import ROOT


def test_a_package_is_absent_for_a_while_only() -> None:
    with as_if_absent("plotly.nothing_of_this_name"), pytest.raises(ModuleNotFoundError):
        __import__("plotly.nothing_of_this_name")
    assert "plotly.nothing_of_this_name" not in sys.modules


def test_a_package_that_is_loaded_stays() -> None:
    with as_if_absent("pathlib"):
        import pathlib

        assert pathlib.Path is Path


@pytest.mark.slow
def test_a_bot_holds_neither_what_draws_nor_what_migrates_nor_another_databases_words(tmp_path: Path) -> None:
    code = (
        "import atexit, sys; from bots.cli import main\n"
        "unwanted = ('plotly.graph_objects', 'alembic', 'telegram', 'PIL', 'rich', 'fastapi', 'kopf',\n"
        "            'kubernetes', 'yfinance', 'sqlalchemy.dialects.postgresql', 'sqlalchemy.orm')\n"
        "atexit.register(lambda: print('held:', [name for name in unwanted if name in sys.modules]))\n"
        "main(['run', f'{sys.argv[1]}/demo.json', '--workdir', sys.argv[1], '--port', '0'], standalone_mode=False)"
    )
    bars = tmp_path / "bars.csv"
    subprocess.run([sys.executable, "-m", "tests.real_bars", "EURUSD-1H", bars], cwd=ROOT, check=True)
    document = json.loads((ROOT / "configs" / "demo.json").read_text(encoding="utf-8"))
    document.pop("$schema")
    document["data"] |= {"file": str(bars), "speed": 100_000_000}
    (tmp_path / "demo.json").write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "report: " in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    assert "held: []" in done.stdout, done.stdout[-2000:]
