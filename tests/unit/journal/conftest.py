"""The journal's URL on either database."""

from pathlib import Path

import pytest

from tests.unit.journal.databases import on_disk


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a journal."""
    if request.param == "sqlite":
        return on_disk(tmp_path)
    found: str = request.getfixturevalue("postgres_url")
    return found
