"""Looking on, through a whole test, at which pods exist: never may there be two of one bot."""

import json
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from bots.resource.names import BOT_LABEL
from tests.e2e.kube import Kube, Manifest, RefusedError, place
from tests.e2e.waiting import NotYetError, wait_for


@dataclass
class Life:
    """A pod's life as the API told it; times are of time.monotonic()."""

    name: str
    uid: str
    bot: str
    seen: float
    asked_to_go: float | None = None
    gone: float | None = None
    restarts: int = 0
    ready: list[tuple[float, bool]] = field(default_factory=list)

    def __str__(self) -> str:
        """Say it in a line."""
        end = "still there" if self.gone is None else f"gone after {self.gone - self.seen:.1f} s"
        return f"{self.name} ({self.uid[:8]}): {end}, {self.restarts} restarts"


class PodWatch:
    """All pods of a namespace, from a list followed by a watch, in the order in which the API server tells of them.

    The order is etcd's, so there is no race: a pod that appears while another of its bot has not been deleted is two
    pods at one time, however short. A broken watch goes on where it broke; where the API server has forgotten that
    place, a new list is taken, in which two pods would be seen too, and no pod can have come and gone unseen between
    two that the StatefulSet gave the same name.
    """

    def __init__(self, kube: Kube, namespace: str) -> None:
        self.kube, self.namespace = kube, namespace
        self.lives: dict[str, Life] = {}
        self.doubles: list[str] = []
        self.breaks = 0
        self._version = ""
        self._stopped = threading.Event()
        self._listed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pods of {namespace}", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch; everything from here on is seen."""
        self._thread.start()
        if not self._listed.wait(30):
            raise AssertionError(f"the pods of {self.namespace} could not be listed within 30 s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching; the stream ends by itself a little later."""
        self._stopped.set()

    def of(self, bot: str) -> list[Life]:
        """Return the lives of a bot's pods, the first one first."""
        return [life for life in self.lives.values() if life.bot == bot]

    def assert_never_two(self) -> None:
        """Fail if two pods of one bot ever existed at one time; and if no pod was seen at all."""
        latest = wait_for("list of pods", lambda: self.kube.request("GET", place("pods", self.namespace))["metadata"])[
            "resourceVersion"
        ]
        if int(latest) > int(self._version or 0):
            # What the watch has not told yet must be told first; a mark makes sure that there is something to tell.
            uids = {pod["metadata"]["uid"] for pod in self.kube.list("pods", self.namespace)}
            wait_for(
                "watch that has caught up",
                lambda: {uid for uid, life in self.lives.items() if life.gone is None},
                lambda seen: seen == uids,
                seconds=30,
            )
        seen = "\n".join(map(str, self.lives.values()))
        assert not self.doubles, f"two pods at one time: {'; '.join(self.doubles)}. All pods:\n{seen}"
        assert self.lives, f"no pod was ever seen in {self.namespace}"

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
            except (NotYetError, OSError, ValueError):
                self.breaks += 1
                time.sleep(0.2)
            except RefusedError as refused:
                self.breaks += 1
                if refused.code == 410:
                    self._version = ""
                time.sleep(0.2)

    def _list(self) -> None:
        found = self.kube.request("GET", place("pods", self.namespace))
        there = {pod["metadata"]["uid"] for pod in found["items"]}
        for uid, life in self.lives.items():
            if uid not in there and life.gone is None:
                life.gone = time.monotonic()
        for pod in found["items"]:
            self._seen(pod)
        self._version = found["metadata"]["resourceVersion"]
        self._listed.set()

    def _watch(self) -> None:
        query = f"?watch=true&allowWatchBookmarks=true&timeoutSeconds=240&resourceVersion={self._version}"
        with self.kube.open("GET", place("pods", self.namespace) + query, seconds=90) as stream:
            for line in stream:
                if self._stopped.is_set():
                    return
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise RefusedError(int(event["object"].get("code", 500)), json.dumps(event["object"]))
                self._take(event["type"], event["object"])

    def _take(self, kind: str, pod: dict[str, Any]) -> None:
        if kind == "DELETED" and (life := self.lives.get(pod["metadata"]["uid"])):
            life.gone = time.monotonic()
        elif kind in {"ADDED", "MODIFIED"}:
            self._seen(pod)
        self._version = pod["metadata"]["resourceVersion"]

    def _seen(self, pod: Manifest) -> None:
        about, now = pod["metadata"], time.monotonic()
        life = self.lives.get(about["uid"])
        if life is None:
            life = Life(about["name"], about["uid"], about.get("labels", {}).get(BOT_LABEL, about["name"]), now)
            others = [other for other in self.lives.values() if other.bot == life.bot and other.gone is None]
            self.doubles += [f"{life.name} ({life.uid}) appeared while {other} existed" for other in others]
            self.lives[life.uid] = life
        if "deletionTimestamp" in about and life.asked_to_go is None:
            life.asked_to_go = now
        statuses = pod["status"].get("containerStatuses") or []
        life.restarts = max([life.restarts, *(int(each["restartCount"]) for each in statuses)])
        ready = bool(statuses) and all(each["ready"] for each in statuses)
        if not life.ready or life.ready[-1][1] != ready:
            life.ready.append((now, ready))
