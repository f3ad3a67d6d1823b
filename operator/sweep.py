"""The sweep behind the watches: what is really there, compared with what the watches have shown.

Deletions during a broken watch are never reported, and a watch may be deaf without an error: nothing may depend on
having seen an event.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from api import Api
from bots.resource.names import BOT_LABEL
from resources import MANAGED
from seen import Key, version_of
from world import KINDS, World

SELECTOR = ",".join(f"{key}={value}" for key, value in MANAGED.items())
# What the watches show a moment later was not missed by them.
_GRACE_SECONDS = 3.0


@dataclass(slots=True)
class Swept:
    """What a sweep found: how often the watches had missed something, and whose it was."""

    missed: int = 0
    keys: set[Key] = field(default_factory=set)


async def sweep(api: Api, world: World, namespaces: Iterable[str | None]) -> Swept:
    """Bring the world up to date; None among the namespaces means all of them."""
    swept = Swept()
    for kind in KINDS:
        for namespace in namespaces:
            await _compare(api, world, kind, namespace, swept)
    return swept


async def _compare(api: Api, world: World, kind: str, namespace: str | None, swept: Swept) -> None:
    selector = "" if kind == "TradingBot" else SELECTOR
    before = {place for place in world.places(kind) if namespace in (None, place[0])}
    live: dict[tuple[str, str], int] = {}
    async for item in api.metadata(kind, namespace, selector):
        metadata = item["metadata"]
        live[metadata["namespace"], metadata["name"]] = int(metadata["resourceVersion"])
    differing = _differing(world, kind, before, live)
    if differing and world.places(kind):
        await asyncio.sleep(_GRACE_SECONDS)
        differing = _differing(world, kind, before, live)
    for place in differing:
        body = await api.get(kind, *place)
        if body is not None and version_of(body) < world.known_version(kind, place):
            # The API server's own memory has gone back, as after a restored backup: what it says now counts.
            world.drop(kind, *place)
        key = world.drop(kind, *place) if body is None else world.take(kind, body)
        if key is not None:
            swept.missed += 1
            swept.keys.add(key)


def _differing(
    world: World, kind: str, before: set[tuple[str, str]], live: dict[tuple[str, str], int]
) -> list[tuple[str, str]]:
    gone = [place for place in before - live.keys() if place in world.places(kind)]
    newer = [place for place, version in live.items() if world.known_version(kind, place) != version]
    return gone + newer


async def unused_documents(api: Api, world: World, namespaces: Iterable[str | None]) -> list[tuple[Key, str, str]]:
    """Return bot, name and uid of ConfigMaps that neither a StatefulSet nor a pod seems to use any more."""
    unused = []
    for namespace in namespaces:
        async for item in api.metadata("ConfigMap", namespace, SELECTOR):
            metadata = item["metadata"]
            key = Key(metadata["namespace"], metadata["labels"].get(BOT_LABEL, ""))
            stateful_set = world.sets.get(key)
            used = {pod.config_map for pod in world.pods(key)}
            if stateful_set is not None and metadata["name"] not in used | {stateful_set.config_map}:
                unused.append((key, metadata["name"], metadata["uid"]))
    return unused
