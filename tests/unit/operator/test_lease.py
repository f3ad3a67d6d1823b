"""The Lease: two operators never hold it at a time, and none holds it for ever."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from lease import LASTS_SECONDS, NAME, Lease, Watched, may_take, taken
from strategies.errors import ClusterUnreachableError
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.things import Json

RENEWED = "2026-01-01T12:00:00.000000Z"
NOW = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
THEIRS: Json = {"holderIdentity": "other", "leaseDurationSeconds": 30, "renewTime": RENEWED}


# --- Deciding ---


@pytest.mark.parametrize("spec", [{}, {"holderIdentity": ""}, {"holderIdentity": None}, {"holderIdentity": "me"}])
def test_what_is_nobodys_or_mine_may_be_taken_at_once(spec: Json) -> None:
    assert may_take(spec, "me", None, 0.0)


@pytest.mark.parametrize(("passed", "free"), [(29.0, False), (30.0, False), (30.1, True)])
def test_what_is_anothers_may_be_taken_once_it_was_not_renewed_for_long(passed: float, free: bool) -> None:
    assert may_take(THEIRS, "me", Watched(RENEWED, 100.0), 100.0 + passed) is free


def test_what_was_renewed_meanwhile_is_watched_anew() -> None:
    assert not may_take(THEIRS, "me", Watched("2026-01-01T11:59:00.000000Z", 0.0), 999.0)


def test_what_was_never_watched_is_not_taken() -> None:
    """However old its time is: clocks of two nodes differ."""
    assert not may_take(THEIRS, "me", None, 1e9)


def test_a_holder_says_how_long_its_word_lasts() -> None:
    patient = {**THEIRS, "leaseDurationSeconds": 300}
    assert not may_take(patient, "me", Watched(RENEWED, 0.0), 299.0)
    assert may_take(patient, "me", Watched(RENEWED, 0.0), 301.0)


def test_who_takes_it_signs_it() -> None:
    head = {"metadata": {"name": NAME, "resourceVersion": "7"}}
    mine = taken({**head, "spec": {**THEIRS, "leaseTransitions": 4, "acquireTime": "x"}}, "me", NOW)
    stamp = "2026-01-01T12:00:00.250000Z"
    assert mine == {
        **head,
        "spec": {
            "holderIdentity": "me",
            "leaseDurationSeconds": int(LASTS_SECONDS),
            "renewTime": stamp,
            "acquireTime": stamp,
            "leaseTransitions": 5,
        },
    }


def test_who_renews_it_has_held_it_all_the_time() -> None:
    first = taken({}, "me", NOW)
    renewed = taken(first, "me", NOW + timedelta(seconds=5))
    assert renewed["spec"]["acquireTime"] == first["spec"]["acquireTime"]
    assert renewed["spec"]["leaseTransitions"] == first["spec"]["leaseTransitions"]
    assert renewed["spec"]["renewTime"] == "2026-01-01T12:00:05.250000Z"


# --- Holding ---


class Time:
    """Monotonic seconds that pass as soon as somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.until = 0.0
        self.planned: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def plan(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something happen after a while."""
        self.planned.append((self.now + seconds, call))

    async def sleep(self, seconds: float) -> None:
        """Let time pass; the sleeper is cancelled once there is no more of it."""
        self.now += seconds
        due = [one for one in self.planned if one[0] <= self.now]
        self.planned = [one for one in self.planned if one not in due]
        for _, call in due:
            call()
        if self.now >= self.until:
            raise asyncio.CancelledError


class Holder:
    """An operator with nothing to do but to hold the Lease; it notes when it begins to and when it no longer does."""

    def __init__(self, cluster: Cluster, me: str, time: Time) -> None:
        self._time = time
        self.noted: list[tuple[str, float]] = []
        self.lease = Lease(cluster, "trading-system", me, self._acquired, self._lost)

    @property
    def told(self) -> list[str]:
        """What it was told, without when."""
        return [what for what, _ in self.noted]

    async def _acquired(self) -> None:
        self.noted.append(("acquired", self._time.now))

    async def _lost(self) -> None:
        self.noted.append(("lost", self._time.now))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock for Lease."""
    clock = Time()
    monkeypatch.setattr("lease.time", clock)
    monkeypatch.setattr("lease.asyncio", SimpleNamespace(sleep=clock.sleep, wait_for=asyncio.wait_for))
    return clock


async def live(holder: Holder, time: Time, seconds: float) -> None:
    """Have a holder keep its Lease for a while."""
    time.until = time.now + seconds
    with pytest.raises(asyncio.CancelledError):
        await holder.lease.keep()


def lease_of(cluster: Cluster) -> Json:
    (only,) = cluster.of_kind("Lease")
    spec = only["spec"]
    assert isinstance(spec, dict)
    return spec


async def test_the_first_one_makes_it_and_renews_it(time: Time) -> None:
    cluster = Cluster()
    holder = Holder(cluster, "one", time)
    await live(holder, time, 60)
    assert holder.told == ["acquired"]
    assert lease_of(cluster)["holderIdentity"] == "one"
    renewals = [call for call in cluster.calls if call.verb == "replace"]
    assert 60 / LASTS_SECONDS < len(renewals) < 60


async def test_a_second_one_waits_as_long_as_the_first_renews(time: Time) -> None:
    cluster = Cluster()
    first, second = Holder(cluster, "one", time), Holder(cluster, "two", time)
    for _ in range(20):
        await live(first, time, 5)
        await live(second, time, 5)
    assert (first.told, second.told) == (["acquired"], [])


async def test_a_second_one_takes_over_from_one_that_was_killed_and_not_before_its_time(time: Time) -> None:
    cluster = Cluster()
    await live(Holder(cluster, "one", time), time, 5)
    second = Holder(cluster, "two", time)
    await live(second, time, LASTS_SECONDS - 1)
    assert second.told == []
    await live(second, time, 10)
    assert second.told == ["acquired"]
    assert lease_of(cluster)["holderIdentity"] == "two"


async def test_one_that_cannot_renew_stops_before_another_may_begin(time: Time) -> None:
    cluster = Cluster()
    holder = Holder(cluster, "one", time)
    time.plan(40, lambda: cluster.refuse("replace", "Lease", ClusterUnreachableError("no answer")))
    time.plan(80, cluster.relent)
    begun = time.now
    await live(holder, time, 100)
    assert holder.told == ["acquired", "lost", "acquired"]
    stopped = holder.noted[1][1] - begun
    # Requests under way end within ten seconds of it; from 70 on another may begin.
    assert 45 < stopped < 40 + LASTS_SECONDS - 10


async def test_one_failed_renewal_changes_nothing(time: Time) -> None:
    cluster = Cluster()
    holder = Holder(cluster, "one", time)
    time.plan(40, lambda: cluster.refuse("replace", "Lease", ClusterUnreachableError("no answer")))
    time.plan(49, cluster.relent)
    await live(holder, time, 100)
    assert holder.told == ["acquired"]


async def test_one_from_whom_it_was_taken_knows_at_its_next_try(time: Time) -> None:
    cluster = Cluster()
    holder = Holder(cluster, "one", time)
    await live(holder, time, 5)
    lease_of(cluster)["holderIdentity"] = "two"
    await live(holder, time, 5)
    assert holder.told == ["acquired", "lost"]


async def test_one_that_cannot_renew_for_any_reason_stops_and_goes_on_trying(time: Time) -> None:
    """The library raises more than its documented errors, where its token file is empty for a moment, say."""
    cluster = Cluster()
    holder = Holder(cluster, "one", time)
    time.plan(40, lambda: cluster.refuse("get", "Lease", ValueError("Token file exists but empty.")))
    time.plan(80, cluster.relent)
    begun = time.now
    await live(holder, time, 100)
    assert holder.told == ["acquired", "lost", "acquired"]
    assert 45 < holder.noted[1][1] - begun < 40 + LASTS_SECONDS - 10


async def test_one_without_a_time_of_renewal_is_taken_over_in_the_end(time: Time) -> None:
    """Somebody made it by hand, or with another tool."""
    cluster = Cluster()
    head = {"kind": "Lease", "metadata": {"namespace": "trading-system", "name": NAME}}
    cluster.put("Lease", {**head, "spec": {"holderIdentity": "who"}})
    holder = Holder(cluster, "one", time)
    await live(holder, time, LASTS_SECONDS - 1)
    assert holder.told == []
    await live(holder, time, 10)
    assert holder.told == ["acquired"]


async def test_let_go_it_is_free_at_once(time: Time) -> None:
    cluster = Cluster()
    first, second = Holder(cluster, "one", time), Holder(cluster, "two", time)
    await live(first, time, 5)
    await first.lease.release()
    await live(second, time, 1)
    assert second.told == ["acquired"]


async def test_what_is_not_held_is_not_let_go(time: Time) -> None:
    cluster = Cluster()
    first, second = Holder(cluster, "one", time), Holder(cluster, "two", time)
    await live(first, time, 5)
    await second.lease.release()
    assert lease_of(cluster)["holderIdentity"] == "one"
