"""Fixtures for tests on the doubles."""

import pytest


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the locks of accounts apart: the doubles of two tests have the same accounts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("machine")))
