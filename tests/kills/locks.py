"""The locks of accounts: the doubles of two runs have the same accounts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_locks(folder: str) -> Iterator[None]:
    """Keep the locks of accounts apart from those of other runs."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before
