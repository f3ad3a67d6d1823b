"""Fixtures of the operator's tests."""

import pytest

from tests.unit.operator.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """A cluster without bots, and a reconciler that knows all of it."""
    return Stage()
