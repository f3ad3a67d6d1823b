"""Writing a bot's status and telling what changed: conditions at once, figures at most twice a minute."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from api import Api
from events import Told, tell, told_by_status
from resources import Manifest
from seen import Key, PodSeen, SetSeen
from status import Facts, is_urgent, patch_of, status_of
from strategies.errors import ClusterError, ClusterRefusedError
from troubles import restart_trouble
from world import World

FIGURES_SECONDS = 30.0
# From the kubelet's word to the end of the container: at most the probe's own grace, and some.
_KILLING_LASTS = timedelta(seconds=60)
_STILL_FAILING = timedelta(minutes=30)


class Writer:
    """The only one who writes status.

    Parameters
    ----------
    api, world : Api and World
        Where to, and what is known of it.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, api: Api, world: World, clock: Callable[[], float] = time.monotonic) -> None:
        self._api, self._world, self._clock = api, world, clock
        self._figures_written: dict[Key, float] = {}
        self._disruptions_told: dict[Key, str] = {}

    def forget(self, key: Key) -> None:
        """Forget a bot that is no more."""
        self._figures_written.pop(key, None)
        self._disruptions_told.pop(key, None)

    async def write(self, key: Key, facts: Facts) -> float | None:
        """Write what changed; return the seconds after which figures wait to be written, if they do."""
        told = await self._what_befell_the_pod(key, facts)
        reason = told[-1].reason if told else None
        status = status_of(facts, datetime.now(UTC), last_reason=reason)
        patch = patch_of(facts.bot.status, status)
        if not patch:
            return None
        now = self._clock()
        due = self._figures_written.get(key, now - FIGURES_SECONDS) + FIGURES_SECONDS
        if not is_urgent(facts.bot.status, patch) and now < due:
            return due - now
        try:
            body = await self._api.patch(
                "TradingBot", *key, {"metadata": {"uid": facts.bot.uid}, "status": patch}, "status"
            )
        except ClusterRefusedError as error:
            if error.status == 404:
                return None
            raise
        self._figures_written[key] = now
        if facts.pod is not None and facts.pod.disrupted is not None:
            self._disruptions_told[key] = facts.pod.uid
        self._world.take("TradingBot", body)
        for one in (*told, *told_by_status(facts.bot.status, status)):
            await tell(self._api, facts.bot, one)
        return None

    async def _what_befell_the_pod(self, key: Key, facts: Facts) -> list[Told]:
        """Return what the kubelet or the cluster did to the pod since the status was written."""
        pod, told = facts.pod, []
        if pod is not None and pod.restarts > facts.bot.status.get("restarts", 0):
            trouble = restart_trouble(pod, await self._killing(key, pod))
            told.append(Told(trouble.reason, trouble.message, warning=True))
        if pod is not None and pod.disrupted is not None and self._disruptions_told.get(key) != pod.uid:
            told.append(Told(pod.disrupted, f"the cluster takes the pod away ({pod.disrupted}); another follows"))
        return told

    async def _killing(self, key: Key, pod: PodSeen) -> str:
        """Return what the kubelet told when it killed the container."""
        selector = f"involvedObject.uid={pod.uid},reason=Killing"
        try:
            events = await self._api.find("Event", key.namespace, fieldSelector=selector)
        except ClusterError:
            return ""
        when, message = max(_told(events), default=("", ""))
        # Events stay for an hour: an old one tells of another restart.
        return message if _belongs(when, pod.ended.finished if pod.ended is not None else "") else ""

    async def failed_creations(self, key: Key, stateful_set: SetSeen | None) -> str:
        """Return what the StatefulSet's controller told last of a pod that it could not make."""
        if stateful_set is None:
            return ""
        selector = f"involvedObject.uid={stateful_set.uid},reason=FailedCreate"
        try:
            events = await self._api.find("Event", key.namespace, fieldSelector=selector)
        except ClusterError:
            return ""
        when, message = max(_told(events), default=("", ""))
        recent = when and datetime.now(UTC) - datetime.fromisoformat(when) < _STILL_FAILING
        return message if recent else ""


def _told(events: list[Manifest]) -> list[tuple[str, str]]:
    return [(event.get("lastTimestamp") or "", event.get("message") or "") for event in events]


def _belongs(killed: str, finished: str) -> bool:
    if not killed or not finished:
        return True
    return datetime.fromisoformat(finished) - datetime.fromisoformat(killed) < _KILLING_LASTS
