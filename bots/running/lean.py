"""Leaving out what an import would bring along and a bot never uses: each of a thousand bots would hold it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_if_absent(package: str) -> Iterator[None]:
    """Let a package be absent for those who load it only where it happens to be installed.

    Parameters
    ----------
    package : str
        Its name. One that is loaded already stays.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own way to say that there is none.
    try:
        yield
    finally:
        del sys.modules[package]
