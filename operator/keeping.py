"""Keeping a bot's children: applied when they change, and again when one may have gone without anybody's seeing it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from api import Api
from children import Children
from desired import Desired
from seen import BotSeen, Key, PodSeen
from status import Step, condition
from troubles import Trouble
from world import World

STORAGE_REFUSED = "StorageRefused"
_RETRY_STORAGE_SECONDS = 60.0
_REFRESH_SECONDS = 3600.0
_REFRESH_MISSED_SECONDS = 30.0


@dataclass(slots=True)
class _Kept:
    refreshed: float
    storage: Trouble | None = None
    storage_tried: float | None = None
    unused: dict[str, str] = field(default_factory=dict)


class Keeping:
    """What is remembered of each bot's children may be lost at any time: it saves calls, nothing rests on it.

    Parameters
    ----------
    api, world, children : Api, World and Children
        The cluster, what is known of it, and the maker of the objects.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, api: Api, world: World, children: Children, clock: Callable[[], float] = time.monotonic) -> None:
        self._api, self._world, self._children, self._clock = api, world, children, clock
        self._kept: dict[Key, _Kept] = {}

    def forget(self, key: Key) -> None:
        """Forget a bot that is no more."""
        self._kept.pop(key, None)

    async def apply(self, key: Key, desired: Desired) -> Step | None:
        """Apply all children; return what has to be waited for instead, if anything.

        Raises
        ------
        ClusterRefusedError
            If the API server refuses one, or if one of them is somebody else's.
        """
        known = self._world.sets.get(key)
        if known is None:
            # The watch may be behind: what is really there decides.
            body, waiting = await self._children.present(key, desired.uid)
            if waiting is not None:
                return waiting
            if body is not None:
                self._world.take("StatefulSet", body)
            if key in self._world.sets:
                return None
        kept = self._of(key)
        if known is None and await self._children.claim_is_leaving(key):
            return Step("WaitingForRemoval", "the volume of an earlier bot of this name is being removed", soon=True)
        kept.storage = await self._children.claim(desired)
        kept.storage_tried = kept.refreshed = self._clock()
        if known is not None and known.owner == desired.uid and known.revision == desired.revision:
            # Not rendered anew: a later release of the operator must not change a pod that nobody has changed.
            self._world.take("StatefulSet", await self._children.mark(desired))
            return None
        # Stopping is a move of its own: before it the bot is asked for its last words.
        first = 0 if desired.spec.suspend else 1
        replicas = first if known is None else known.replicas
        ours = known is not None and known.owner in (None, desired.uid)
        self._world.take("StatefulSet", await self._children.apply(desired, replicas, force=ours))
        return None

    async def refused_storage(self, key: Key, bot: BotSeen, desired: Desired) -> Trouble | None:
        """Ask for a refused volume again now and then; until it is granted, go on saying so."""
        kept = self._of(key)
        told = condition(bot.status, "Degraded").get("reason") == STORAGE_REFUSED
        if kept.storage is None and not (told and kept.storage_tried is None):
            return None
        if kept.storage_tried is None or self._clock() - kept.storage_tried >= _RETRY_STORAGE_SECONDS:
            kept.storage_tried = self._clock()
            kept.storage = await self._children.claim(desired)
        return kept.storage

    async def refresh(self, key: Key, desired: Desired, pod: PodSeen | None, *, denied: bool) -> None:
        """Apply the small children again now and then, and when one is missed: no watch looks after them.

        One is missed where a pod waits for it, and where a bot does not take the token that is in its Secret.
        """
        kept, stateful_set = self._of(key), self._world.sets.get(key)
        missed = denied or (pod is not None and pod.waiting == "ContainerCreating")
        due = _REFRESH_MISSED_SECONDS if missed else _REFRESH_SECONDS
        if stateful_set is None or self._clock() - kept.refreshed < due:
            return
        kept.refreshed = self._clock()
        if stateful_set.applied == desired.applied:
            await self._children.apply_small(desired, force=True)
        elif denied:
            # A change waits until the bot is flat: of all that it is made of only the token may be put right.
            await self._children.apply_token(desired, force=True)

    def note_unused(self, key: Key, name: str, uid: str) -> None:
        """Note a document that nothing seemed to use; whether it may go is seen when the bot has its turn."""
        self._of(key).unused[name] = uid

    async def remove_unused_documents(self, key: Key) -> None:
        """Delete noted documents that neither the StatefulSet nor a pod uses."""
        kept, stateful_set = self._of(key), self._world.sets.get(key)
        unused, kept.unused = kept.unused, {}
        if stateful_set is None or not unused:
            return
        used = {stateful_set.config_map, *(pod.config_map for pod in self._world.pods(key))}
        for name, uid in unused.items():
            if name not in used:
                await self._api.delete("ConfigMap", key.namespace, name, uid)

    def _of(self, key: Key) -> _Kept:
        return self._kept.setdefault(key, _Kept(refreshed=self._clock()))
