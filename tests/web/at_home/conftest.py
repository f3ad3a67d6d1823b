"""Fixtures of the console at home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.at_home.places import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty folder of documents, and a working directory."""
    made = Place(tmp_path / "configs", tmp_path / "work")
    made.configs.mkdir()
    yield made
    made.clear()
