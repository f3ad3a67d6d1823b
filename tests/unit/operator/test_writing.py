"""When a status is written: what changed at once, figures at most twice a minute, and each thing told once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from answers import UNKNOWN
from seen import bot_seen
from status import Facts, condition
from strategies.errors import ClusterRefusedError, ClusterUnreachableError
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.stage import Clock
from tests.unit.operator.things import KEY, a_pod, a_set, said, wanted
from world import World
from writing import FIGURES_SECONDS, Writer

BOT = wanted()
PLAIN_POD = a_pod(BOT)


class Desk:
    """A writer with a bot to write about."""

    def __init__(self) -> None:
        self.cluster, self.world, self.clock = Cluster(), World(), Clock()
        self.cluster.add_bot()
        self.writer = Writer(self.cluster, self.world, self.clock)
        self.cluster.show(self.world)

    async def write(self, **facts: Any) -> float | None:
        """Write down how the bot is."""
        self.cluster.show(self.world)
        trading = Facts(self.world.bots[KEY], BOT, pod=PLAIN_POD, answer=said(), stateful_set=a_set(BOT))
        return await self.writer.write(KEY, replace(trading, **facts))

    @property
    def writes(self) -> int:
        """How often was written."""
        return len(self.cluster.writes)


@pytest.fixture
def desk() -> Desk:
    """A bot of which nothing was written yet."""
    return Desk()


async def test_a_bot_that_is_new_is_written_at_once(desk: Desk) -> None:
    assert await desk.write() is None
    assert desk.cluster.status()["phase"] == "Running"


async def test_the_same_is_not_written_twice(desk: Desk) -> None:
    await desk.write()
    desk.clock.now += 3600
    assert await desk.write() is None
    assert desk.writes == 1


async def test_figures_are_written_at_most_twice_a_minute_and_the_last_ones_are(desk: Desk) -> None:
    await desk.write()
    for second in range(60):
        desk.clock.now += 1
        await desk.write(answer=said(equity=f"{second}.00"))
    assert desk.writes == 1 + 60 / FIGURES_SECONDS
    assert desk.cluster.status()["equity"] == "59.00"


async def test_figures_that_wait_say_how_long(desk: Desk) -> None:
    await desk.write()
    desk.clock.now += 12
    assert await desk.write(answer=said(equity="1.00")) == FIGURES_SECONDS - 12
    assert desk.cluster.status()["equity"] == "1000.00"


async def test_a_condition_is_written_at_once_with_the_figures_of_that_moment(desk: Desk) -> None:
    await desk.write()
    desk.clock.now += 1
    assert await desk.write(answer=said(equity="1.00", halt="max_daily_loss: 5 %")) is None
    assert desk.cluster.status()["phase"] == "Halted"
    assert desk.cluster.status()["equity"] == "1.00"


async def test_what_is_no_more_true_is_taken_away(desk: Desk) -> None:
    await desk.write(answer=said(halt="max_daily_loss: 5 %"))
    await desk.write()
    assert "halt" not in desk.cluster.status()


async def test_what_was_written_is_known_before_the_watch_says_it(desk: Desk) -> None:
    await desk.write()
    assert desk.world.bots[KEY].status == desk.cluster.status()


async def test_a_bot_that_is_gone_by_now_is_not_written(desk: Desk) -> None:
    desk.cluster.show(desk.world)
    seen = bot_seen(desk.cluster.there("TradingBot", "btc"))
    desk.cluster.remove("TradingBot", "btc")
    assert await desk.writer.write(KEY, Facts(seen, BOT, pod=PLAIN_POD, answer=said())) is None
    assert desk.cluster.told == []


async def test_another_refusal_is_not_hidden(desk: Desk) -> None:
    desk.cluster.refuse("patch status", "TradingBot", ClusterRefusedError(422, "Invalid", "no"))
    with pytest.raises(ClusterRefusedError):
        await desk.write()


async def test_what_could_not_be_written_is_not_told_before_it_is(desk: Desk) -> None:
    desk.cluster.refuse("patch status", "TradingBot", ClusterUnreachableError("away"))
    with pytest.raises(ClusterUnreachableError):
        await desk.write(pod=a_pod(BOT, restarts=1))
    assert desk.cluster.told == []
    desk.cluster.relent()
    await desk.write(pod=a_pod(BOT, restarts=1))
    assert desk.cluster.told == ["Restarted", "Ready"]


async def test_several_restarts_at_once_are_told_once(desk: Desk) -> None:
    await desk.write()
    for _ in range(2):
        await desk.write(pod=a_pod(BOT, restarts=3))
    assert desk.cluster.told == ["Ready", "Restarted"]
    await desk.write(pod=a_pod(BOT, restarts=4))
    assert desk.cluster.told.count("Restarted") == 2


async def test_why_it_was_restarted_is_not_needed_to_tell_that_it_was(desk: Desk) -> None:
    desk.cluster.refuse("list", "Event", ClusterRefusedError(403, "Forbidden", "no right to list events"))
    await desk.write(pod=a_pod(BOT, restarts=1))
    assert "Restarted" in desk.cluster.told


async def test_the_latest_word_of_the_kubelet_counts(desk: Desk) -> None:
    pod = a_pod(BOT, restarts=1)
    for number, (when, message) in enumerate(
        [("2026-01-01T00:00:09Z", "failed liveness probe"), ("2026-01-01T00:00:01Z", "Stopping container bot")]
    ):
        told = {"reason": "Killing", "message": message, "lastTimestamp": when, "involvedObject": {"uid": pod.uid}}
        desk.cluster.put("Event", {"metadata": {"name": f"kubelet.{number}"}, **told})
    await desk.write(pod=pod)
    assert desk.cluster.status()["lastReason"] == "FailedLiveness"


async def test_times_of_conditions_are_the_wall_clocks(desk: Desk) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    await desk.write()
    since = datetime.fromisoformat(desk.cluster.status()["conditions"][0]["lastTransitionTime"])
    assert before <= since <= datetime.now(UTC)


async def test_a_reason_that_counts_seconds_is_no_news_at_every_look(desk: Desk) -> None:
    """Each write is a revision of the cluster's store, and a thousand bots may wait for a feed."""
    unready = a_pod(BOT, ready=False)
    for second in range(60):
        desk.clock.now += 1
        told = f"the last bar came {137 + second} s ago"
        await desk.write(pod=unready, answer=said(ready=False, reasons=(told,)))
    assert desk.writes == 60 / FIGURES_SECONDS
    assert condition(desk.cluster.status(), "Ready")["message"] == "the last bar came 167 s ago"


async def test_a_disruption_is_told_once_whatever_is_written_after_it(desk: Desk) -> None:
    await desk.write()
    evicted = replace(PLAIN_POD, disrupted="EvictionByEvictionAPI", deleting=True)
    for trades in range(3):
        desk.clock.now += FIGURES_SECONDS
        await desk.write(pod=evicted, answer=said(trades=trades))
    assert desk.cluster.told.count("EvictionByEvictionAPI") == 1
    assert desk.cluster.status()["trades"] == 2


# --- Last words ---


@pytest.mark.parametrize(("last_words", "kept"), [("0.25", "0.25"), ("0", "0"), (UNKNOWN, UNKNOWN), (None, UNKNOWN)])
async def test_what_a_stopped_bot_held_is_kept_or_known_to_be_unknown(
    desk: Desk, last_words: str | None, kept: str
) -> None:
    await desk.write(answer=said(position="3", equity="990.00"))
    stopped = a_set(BOT, replicas=0, last_words=last_words)
    for pod in (replace(PLAIN_POD, deleting=True), None):
        desk.clock.now += FIGURES_SECONDS
        await desk.write(stateful_set=stopped, pod=pod, answer=None)
        assert desk.cluster.status()["position"] == kept
        assert desk.world.bots[KEY].status["position"] == kept
        # The other figures stay what they were.
        assert desk.cluster.status()["equity"] == "990.00"


async def test_last_words_that_say_what_was_known_are_no_news(desk: Desk) -> None:
    await desk.write()
    await desk.write(stateful_set=a_set(BOT, replicas=0, last_words="0"), answer=None)
    assert desk.writes == 1
