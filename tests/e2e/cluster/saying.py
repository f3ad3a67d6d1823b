"""Telling the person who waits what is happening."""

import sys


def say(text: str) -> None:
    """Print a line at once, beside whatever else is printed."""
    print(f"cluster: {text}", file=sys.stderr, flush=True)
