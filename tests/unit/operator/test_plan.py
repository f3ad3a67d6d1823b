"""The next move: what is done at once, what waits until nothing is held, and that it always comes to an end."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desired import Desired
from plan import Do, Move, next_move, waiting_until_flat
from seen import PodSeen, SetSeen
from tests.unit.operator.things import CONFIG, OTHER_CONFIG, Json, a_pod, a_set, wanted

OLD, NEW = wanted(), wanted(OTHER_CONFIG)
PATIENT = wanted(OTHER_CONFIG, updatePolicy="OnFlat")
ANY_FLAT = [True, False, None]


def move(
    desired: Desired, stateful_set: SetSeen | None, *pods: PodSeen, flat: bool | None = None
) -> tuple[Do, str | None]:
    """Return what is done, and the reason shown for it."""
    made = next_move(desired, stateful_set, list(pods), flat=flat)
    return made.do, made.step.reason if made.step is not None else None


# --- To begin with ---


@pytest.mark.parametrize("policy", ["Recreate", "OnFlat"])
@pytest.mark.parametrize("flat", ANY_FLAT)
def test_what_is_not_there_is_made(policy: str, flat: bool | None) -> None:
    assert move(wanted(updatePolicy=policy), None, flat=flat) == (Do.APPLY, "Creating")


def test_a_set_on_its_way_out_is_waited_for() -> None:
    made = next_move(NEW, a_set(OLD, deleting=True), [], flat=None)
    assert made.do is Do.WAIT
    assert made.step is not None
    assert made.step.soon


@pytest.mark.parametrize("desired", [OLD, NEW, PATIENT, wanted(suspend=True)], ids=["same", "new", "patient", "off"])
@pytest.mark.parametrize("flat", ANY_FLAT)
def test_a_set_of_an_earlier_bot_is_waited_for_and_not_touched(desired: Desired, flat: bool | None) -> None:
    made = next_move(desired, a_set(OLD, owner="an earlier bot"), [a_pod(OLD)], flat=flat)
    assert made.do is Do.WAIT
    assert made.step is not None
    assert (made.step.reason, made.step.soon) == ("WaitingForRemoval", True)


@pytest.mark.parametrize("desired", [OLD, NEW, wanted(suspend=True)], ids=["same", "new", "suspended"])
@pytest.mark.parametrize("flat", ANY_FLAT)
def test_a_set_without_an_owner_is_taken_over(desired: Desired, flat: bool | None) -> None:
    """Else it would trade on when its bot is deleted."""
    assert move(desired, a_set(OLD, owner=None), a_pod(OLD), flat=flat) == (Do.APPLY, "Updating")


def test_a_set_on_its_way_out_is_not_taken_over_first() -> None:
    assert move(OLD, a_set(OLD, owner=None, deleting=True)) == (Do.WAIT, "Recreating")


def test_where_all_is_as_asked_for_nothing_is_done() -> None:
    assert move(OLD, a_set(OLD), a_pod(OLD)) == (Do.NOTHING, None)


@pytest.mark.parametrize("pods", [[], [a_pod(OLD, ready=False)], [a_pod(OLD, deleting=True)]])
def test_a_bot_without_a_ready_pod_is_starting(pods: list[PodSeen]) -> None:
    assert move(OLD, a_set(OLD), *pods) == (Do.NOTHING, "Starting")


# --- Recreate ---


@pytest.mark.parametrize("flat", ANY_FLAT)
def test_a_change_is_applied_at_once_and_then_the_pod_is_replaced(flat: bool | None) -> None:
    assert move(NEW, a_set(OLD), a_pod(OLD), flat=flat) == (Do.APPLY, "Updating")
    pod = a_pod(OLD)
    made = next_move(NEW, a_set(NEW), [pod], flat=flat)
    assert (made.do, made.pod) == (Do.REPLACE, pod)


def test_a_pod_on_its_way_out_is_not_deleted_again() -> None:
    assert move(NEW, a_set(NEW), a_pod(OLD, deleting=True)) == (Do.NOTHING, "Starting")


def test_a_larger_volume_is_applied_and_the_pod_is_left_alone() -> None:
    larger = wanted(storage={"size": "2Gi"})
    assert move(larger, a_set(OLD), a_pod(OLD)) == (Do.APPLY, "Updating")
    assert move(larger, a_set(larger), a_pod(OLD)) == (Do.NOTHING, None)


# --- OnFlat ---


def test_a_change_of_a_bot_that_may_hold_something_is_asked_about_first() -> None:
    assert move(PATIENT, a_set(OLD), a_pod(OLD), flat=None) == (Do.ASK_FLAT, "WaitingUntilFlat")


def test_a_change_of_a_bot_that_holds_something_waits_and_is_looked_at_again() -> None:
    made = next_move(PATIENT, a_set(OLD), [a_pod(OLD)], flat=False)
    assert made.do is Do.WAIT
    assert made.step is not None
    assert (made.step.phase, made.step.soon) == ("WaitingUntilFlat", True)


def test_a_flat_bot_has_its_change_applied_and_then_its_pod_replaced() -> None:
    assert move(PATIENT, a_set(OLD), a_pod(OLD), flat=True) == (Do.APPLY, "Updating")
    assert move(PATIENT, a_set(PATIENT), a_pod(OLD), flat=True) == (Do.REPLACE, "Replacing")


def test_a_pod_is_not_replaced_either_while_something_is_held() -> None:
    """The operator may have been killed between the two moves, and the bot has entered since."""
    assert move(PATIENT, a_set(PATIENT), a_pod(OLD), flat=None)[0] is Do.ASK_FLAT
    assert move(PATIENT, a_set(PATIENT), a_pod(OLD), flat=False)[0] is Do.WAIT


def test_while_a_change_waits_an_evicted_pod_comes_back_as_it_was() -> None:
    assert move(PATIENT, a_set(OLD), flat=None)[0] is Do.ASK_FLAT
    assert move(PATIENT, a_set(OLD), flat=False)[0] is Do.WAIT


def test_a_larger_volume_waits_for_nothing() -> None:
    larger = wanted(updatePolicy="OnFlat", storage={"size": "2Gi"})
    assert move(larger, a_set(OLD), a_pod(OLD), flat=False) == (Do.APPLY, "Updating")


def test_a_change_taken_back_before_the_bot_was_flat_leaves_nothing_to_do() -> None:
    assert move(wanted(updatePolicy="OnFlat"), a_set(OLD), a_pod(OLD), flat=False) == (Do.NOTHING, None)


def test_a_change_to_recreate_ends_the_waiting() -> None:
    assert move(NEW, a_set(OLD), a_pod(OLD), flat=False)[0] is Do.APPLY


def test_what_is_waited_for_is_said_with_what_is_held() -> None:
    assert "0.25" in waiting_until_flat("0.25").message
    assert "known to be flat" in waiting_until_flat("").message


# --- Suspended, resumed ---


@pytest.mark.parametrize("policy", ["Recreate", "OnFlat"])
@pytest.mark.parametrize("flat", ANY_FLAT)
def test_suspending_waits_for_nothing_and_keeps_the_position(policy: str, flat: bool | None) -> None:
    suspended = wanted(suspend=True, updatePolicy=policy)
    assert move(suspended, a_set(OLD), a_pod(OLD), flat=flat) == (Do.SCALE, "Suspending")
    assert move(suspended, a_set(OLD, replicas=0), a_pod(OLD), flat=flat) == (Do.NOTHING, "Suspending")
    assert move(suspended, a_set(OLD, replicas=0), flat=flat) == (Do.NOTHING, None)


def test_resuming_starts_the_pod() -> None:
    assert move(OLD, a_set(OLD, replicas=0)) == (Do.SCALE, "Resuming")


def test_a_suspended_bot_has_its_change_applied_without_a_pod_to_replace() -> None:
    suspended = wanted(OTHER_CONFIG, suspend=True)
    assert move(suspended, a_set(OLD, replicas=0)) == (Do.APPLY, "Updating")
    assert move(suspended, a_set(NEW, replicas=0)) == (Do.NOTHING, None)


@pytest.mark.parametrize("flat", [False, None])
@pytest.mark.parametrize("pods", [[], [a_pod(OLD, deleting=True)]], ids=["stopped", "being stopped"])
def test_suspended_with_a_change_that_waits_it_is_left_in_peace(flat: bool | None, pods: list[PodSeen]) -> None:
    """It cannot become flat while it is stopped; so it is called suspended, and nobody looks again and again."""
    suspended = wanted(OTHER_CONFIG, suspend=True, updatePolicy="OnFlat")
    made = next_move(suspended, a_set(OLD, replicas=0), pods, flat=flat)
    assert made.do is Do.WAIT
    assert made.step is not None
    assert (made.step.reason, made.step.phase, made.step.soon) == ("WaitingUntilFlat", None, False)


def test_resumed_with_a_change_that_waits_it_comes_back_as_it_was() -> None:
    """It was stopped with a position: the old configuration has to close it."""
    assert move(PATIENT, a_set(OLD, replicas=0), flat=False) == (Do.SCALE, "Resuming")


def test_resumed_flat_it_comes_back_changed() -> None:
    assert move(PATIENT, a_set(OLD, replicas=0), flat=True) == (Do.APPLY, "Updating")


# --- Whatever happens ---

CONFIGS: list[Json] = [CONFIG, OTHER_CONFIG, {**CONFIG, "risk_management": {"take_profit_pct": 9.0}}]


@cache
def asked(config: int, suspend: bool, policy: str, size: str) -> Desired:
    return wanted(CONFIGS[config], suspend=suspend, updatePolicy=policy, storage={"size": size})


SPECS = [asked(*one) for one in product(range(3), (False, True), ("Recreate", "OnFlat"), ("1Gi", "2Gi"))]
specs = st.sampled_from(SPECS)
sets = st.builds(
    lambda desired, replicas, deleting: a_set(desired, replicas=replicas, deleting=deleting),
    specs,
    st.sampled_from([0, 1]),
    st.booleans(),
)
pods = st.lists(
    st.builds(
        lambda desired, ready, deleting: a_pod(desired, ready=ready, deleting=deleting),
        specs,
        st.booleans(),
        st.booleans(),
    ),
    max_size=2,
)


@given(specs, sets, pods, st.sampled_from([False, None]))
def test_onflat_touches_nothing_that_a_pod_is_made_of_while_the_bot_may_hold_something(
    desired: Desired, stateful_set: SetSeen, pods: list[PodSeen], flat: bool | None
) -> None:
    made = next_move(desired, stateful_set, pods, flat=flat)
    if desired.spec.update_policy == "OnFlat":
        assert made.do is not Do.REPLACE
        assert made.do is not Do.APPLY or stateful_set.revision == desired.revision


@dataclass
class Toy:
    """A cluster of one bot: does what moves say, as the API server and the StatefulSet's controller would."""

    desired: Desired
    holds: bool = False
    set: SetSeen | None = None
    pod: PodSeen | None = None

    def control(self) -> None:
        """Have the StatefulSet's controller do its part."""
        if self.set is None or self.set.replicas == 0:
            self.pod = None
        elif self.pod is None:
            self.pod = replace(a_pod(OLD), revision=self.set.revision)

    def carry_out(self, move: Move) -> None:
        """Make a move."""
        if move.do is Do.APPLY:
            first = 0 if self.desired.spec.suspend else 1
            self.set = a_set(self.desired, replicas=first if self.set is None else self.set.replicas)
        elif move.do is Do.SCALE and self.set is not None:
            self.set = replace(self.set, replicas=0 if self.desired.spec.suspend else 1)
        elif move.do is Do.REPLACE and move.pod is not None:
            self.pod = None
        self.control()

    def settle(self) -> Move:
        """Make moves until none is left, and watch over what is held."""
        flat = not self.holds if self.pod is None else None
        revision = self.set.revision if self.set is not None else None
        move: Move | None = None
        for _ in range(6):
            move = next_move(self.desired, self.set, [self.pod] if self.pod is not None else [], flat=flat)
            if move.do in (Do.NOTHING, Do.WAIT):
                return move
            if move.do is Do.ASK_FLAT:
                flat = not self.holds and self.pod is not None
            if self.holds and self.desired.spec.update_policy == "OnFlat" and revision is not None:
                assert move.do is not Do.REPLACE
            self.carry_out(move)
            if self.holds and self.desired.spec.update_policy == "OnFlat" and revision is not None:
                assert self.set is not None
                assert self.set.revision == revision
        raise AssertionError(f"no end of moves: {move}")


happenings = st.lists(
    st.one_of(specs, st.sampled_from(["evicted", "enters", "exits", "set gone"])), min_size=1, max_size=12
)


@settings(max_examples=200)
@given(specs, happenings)
def test_moves_come_to_an_end_and_leave_what_was_asked_for(first: Desired, happened: list[Desired | str]) -> None:
    toy = Toy(first)
    toy.settle()
    for one in happened:
        if isinstance(one, Desired):
            toy.desired = one
        elif one == "evicted":
            toy.pod = None
            toy.control()
        elif one == "set gone":
            toy.set = None
            toy.control()
        else:
            # Only a bot that runs trades.
            toy.holds = one == "enters" if toy.pod is not None else toy.holds
        # Twice, as a reconciler looks again: what a stopped bot held is known only once it has stopped.
        toy.settle()
        last = toy.settle()
        assert toy.set is not None
        assert toy.set.replicas == (0 if toy.desired.spec.suspend else 1)
        if last.do is Do.NOTHING:
            assert (toy.set.applied, toy.set.revision) == (toy.desired.applied, toy.desired.revision)
            assert toy.pod is None or toy.pod.revision == toy.desired.revision
        else:
            assert toy.holds
            assert toy.desired.spec.update_policy == "OnFlat"
