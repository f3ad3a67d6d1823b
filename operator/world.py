"""What the watches have shown so far: the latest of every bot, StatefulSet and pod."""

from collections.abc import Iterator, Mapping
from typing import Any

from seen import BotSeen, Key, PodSeen, SetSeen, bot_seen, key_of_child, pod_seen, set_seen, version_of

KINDS = ("TradingBot", "StatefulSet", "Pod")


class World:
    """A cache of three kinds. It takes objects as the API server writes them, in any order; older ones are ignored."""

    def __init__(self) -> None:
        self.bots: dict[Key, BotSeen] = {}
        self.sets: dict[Key, SetSeen] = {}
        self._pods: dict[Key, dict[str, PodSeen]] = {}
        # By kind, namespace and object name: which state of it is known, and whose it is.
        self._versions: dict[str, dict[tuple[str, str], tuple[int, Key]]] = {kind: {} for kind in KINDS}

    def pods(self, key: Key) -> list[PodSeen]:
        """Return a bot's pods; there is never more than one, but nothing is taken for granted here."""
        return list(self._pods.get(key, {}).values())

    def holders(self, namespace: str) -> Iterator[tuple[Key, SetSeen | PodSeen]]:
        """Yield all of a namespace that trades or is about to, each with its bot's key, there or gone already."""
        for key, stateful_set in self.sets.items():
            if key.namespace == namespace:
                yield key, stateful_set
        for key, pods in self._pods.items():
            if key.namespace == namespace:
                for pod in pods.values():
                    yield key, pod

    def take(self, kind: str, body: Mapping[str, Any]) -> Key | None:
        """Note an object as it is now; return whose it is, or None where nothing is new."""
        place = (body["metadata"]["namespace"], body["metadata"]["name"])
        key = Key(*place) if kind == "TradingBot" else key_of_child(body)
        version = version_of(body)
        if key is None or self.known_version(kind, place) >= version:
            return None
        self._versions[kind][place] = (version, key)
        if kind == "TradingBot":
            self.bots[key] = bot_seen(body)
        elif kind == "StatefulSet":
            self.sets[key] = set_seen(body)
        else:
            self._pods.setdefault(key, {})[place[1]] = pod_seen(body)
        return key

    def drop(self, kind: str, namespace: str, name: str, version: int | None = None) -> Key | None:
        """Note that an object is gone, as of `version`; return whose it was.

        A later object of the same name may be known already: it stays.
        """
        if version is not None and self.known_version(kind, (namespace, name)) > version:
            return None
        _, key = self._versions[kind].pop((namespace, name), (0, None))
        if key is None:
            return None
        if kind == "TradingBot":
            self.bots.pop(key, None)
        elif kind == "StatefulSet":
            self.sets.pop(key, None)
        else:
            pods = self._pods.get(key, {})
            pods.pop(name, None)
            if not pods:
                self._pods.pop(key, None)
        return key

    def known_version(self, kind: str, place: tuple[str, str]) -> int:
        """Return which state of an object is known, 0 where none is."""
        return self._versions[kind].get(place, (0, None))[0]

    def places(self, kind: str) -> set[tuple[str, str]]:
        """Return namespace and name of all known objects of a kind."""
        return set(self._versions[kind])

    def keys(self) -> Iterator[Key]:
        """Yield every bot that is known."""
        yield from list(self.bots)
