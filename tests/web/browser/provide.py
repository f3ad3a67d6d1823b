"""Chromium, where this machine lacks it: python -m tests.web.browser.provide."""

import shutil
import sys

from tests.e2e.cluster import tools
from tests.e2e.cluster.errors import ClusterError


def main() -> int:
    """Install Debian's Chromium, with letters to write with, unless there is one."""
    if shutil.which("chromium") is None:
        try:
            tools.install(["chromium", "fonts-liberation"])
        except ClusterError as error:
            print(f"Chromium cannot be installed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
