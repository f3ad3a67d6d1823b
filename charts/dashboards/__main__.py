"""Write Grafana's dashboards into the chart: python -m charts.dashboards."""

from pathlib import Path

from charts.dashboards.boards import as_json
from charts.dashboards.fleet import fleet
from charts.dashboards.one_bot import one_bot
from charts.dashboards.operators import operators

FOLDER = Path(__file__).resolve().parents[1] / "tradingbot-operator" / "files" / "dashboards"
MADE = {"fleet": fleet, "bot": one_bot, "operator": operators}


def texts() -> dict[str, str]:
    """Return what each file is to hold, by its name."""
    return {f"{name}.json": as_json(make()) for name, make in MADE.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
