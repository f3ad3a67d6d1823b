"""Each mistake of `mutants.py` is found soon; a simulation that finds none would prove nothing."""

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.run import run_seed

_SEEDS = 300


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_found(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)

    found = next((seed for seed in range(_SEEDS) if run_seed(seed).broken), None)

    assert found is not None, f"{_SEEDS} seeds did not find it"
