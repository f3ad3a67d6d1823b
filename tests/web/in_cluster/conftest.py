"""Fixtures of the console in a cluster."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.web.in_cluster.places import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """An empty cluster."""
    async with AsyncExitStack() as stack:
        yield Stage(tmp_path, stack)
