"""Each installation of the matrix is rendered once."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.chart.rendering import MATRIX, Rendered, render


@cache
def _rendered(case: str) -> Rendered:
    return render(MATRIX[case])


@pytest.fixture(params=MATRIX)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Every installation of the matrix, one after the other."""
    return _rendered(request.param)


@pytest.fixture
def installed() -> Callable[[str], Rendered]:
    """One installation of the matrix, by its name."""
    return _rendered
