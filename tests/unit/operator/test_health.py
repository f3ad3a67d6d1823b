"""When the operator calls itself ill: for what a restart would cure, and for nothing else."""

from dataclasses import replace

import pytest

from health import Doings, ailments

WELL = Doings(ended=[], leads=True, since_sweep=10.0, sweep_every=60.0, deaf_sweeps=0, queue_age=1.0)


def test_one_that_works_is_well() -> None:
    assert ailments(WELL) == []


@pytest.mark.parametrize(
    ("every", "since", "ill"), [(60.0, 170.0, False), (60.0, 190.0, True), (1.0, 50.0, False), (1.0, 70.0, True)]
)
def test_sweeps_have_to_go_on_but_one_may_be_slow(every: float, since: float, ill: bool) -> None:
    told = ailments(replace(WELL, sweep_every=every, since_sweep=since))
    assert bool(told) is ill
    assert all("no sweep" in one for one in told)


@pytest.mark.parametrize(("sweeps", "ill"), [(2, False), (3, True)])
def test_watches_that_are_deaf_again_and_again_are_an_ailment(sweeps: int, ill: bool) -> None:
    assert bool(ailments(replace(WELL, deaf_sweeps=sweeps))) is ill


def test_a_queue_that_stands_is_an_ailment_of_the_one_who_works() -> None:
    stands = replace(WELL, queue_age=121.0)
    assert ailments(stands) == ["a bot has waited 121 s for its turn"]
    assert ailments(replace(stands, leads=False)) == []


def test_all_ailments_are_told() -> None:
    ill = Doings(ended=["the Lease"], leads=True, since_sweep=999, sweep_every=60, deaf_sweeps=9, queue_age=999)
    assert len(ailments(ill)) == 4


def test_a_task_that_should_never_end_and_has_ended_is_an_ailment() -> None:
    assert ailments(replace(WELL, ended=["the Lease"])) == ["the Lease has ended"]
