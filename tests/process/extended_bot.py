"""`tradingbot` with a venue more: `extended_bot.py FOLDER LINE ...` has FOLDER/adapters and LINE in the registry."""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Put the line where the page says that it stands, before anybody reads the registry."""
    folder, line = Path(sys.argv[1]), sys.argv[2]
    sys.path.insert(0, str(ROOT))
    import adapters

    adapters.__path__.append(str(folder / "adapters"))
    text = (ROOT / "adapters" / "registry.py").read_text(encoding="utf-8")
    first = "VENUES = {\n"
    if first not in text:
        raise SystemExit("the registry has no VENUES")
    registry = ModuleType("adapters.registry")
    sys.modules["adapters.registry"] = registry
    exec(compile(text.replace(first, f"{first}{line}\n"), "registry.py", "exec"), registry.__dict__)
    sys.argv = ["tradingbot", *sys.argv[3:]]
    from bots.cli import main as tradingbot

    tradingbot()


if __name__ == "__main__":
    main()
