"""Where something was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bots.version import VERSION


def described() -> dict[str, str]:
    """Return the machine, the versions that matter, and the day."""
    return {
        "Processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores to be used",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "Kernel": platform.release().split("-")[0],
        "Python": platform.python_version(),
        "tradingbot": VERSION,
        "nautilus_trader": version("nautilus_trader"),
        "Date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
