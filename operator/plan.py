"""What to do next for a bot, as a value. Pure: reconcile.py does it and asks again, until nothing is left to do."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from desired import Desired
from seen import PodSeen, SetSeen
from status import Step


class Do(Enum):
    """The next move."""

    NOTHING = auto()
    APPLY = auto()
    SCALE = auto()
    REPLACE = auto()
    ASK_FLAT = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Move:
    """A move, with what to show of it, and the pod that it is about."""

    do: Do
    step: Step | None = None
    pod: PodSeen | None = None


def next_move(desired: Desired, stateful_set: SetSeen | None, pods: list[PodSeen], *, flat: bool | None) -> Move:
    """Return the next move; `flat` says whether the bot is known to hold nothing and to enter nothing, None unknown.

    A change of the pod waits, where the policy says so, until the bot is flat; until then nothing that a pod is made
    of is touched, so that a pod evicted meanwhile comes back as it was.
    """
    if stateful_set is None:
        return Move(Do.APPLY, Step("Creating", "the bot's objects are being made"))
    if stateful_set.deleting:
        return Move(
            Do.WAIT, Step("Recreating", "the StatefulSet was deleted and is made anew when it is gone", soon=True)
        )
    if stateful_set.owner not in (None, desired.uid):
        return Move(Do.WAIT, removal_awaited())
    replicas = 0 if desired.spec.suspend else 1
    patient = desired.spec.update_policy == "OnFlat" and not flat
    if stateful_set.owner is None:
        return Move(Do.APPLY, Step("Updating", "what an earlier bot of this name has left is taken over"))
    if stateful_set.applied != desired.applied and not (patient and stateful_set.revision != desired.revision):
        return Move(Do.APPLY, Step("Updating", "what changed is being applied"))
    if stateful_set.replicas != replicas:
        step = Step("Suspending", "the pod is stopped, its position is kept") if replicas == 0 else None
        return Move(Do.SCALE, step or Step("Resuming", "the pod is started"))
    outdated = next((pod for pod in pods if not pod.deleting and pod.revision != desired.revision), None)
    if stateful_set.revision == desired.revision and (outdated is None or replicas == 0):
        return _watch(pods, replicas)
    if patient and replicas == 0:
        # It cannot become flat while it is stopped.
        return Move(Do.WAIT, replace(waiting_until_flat(""), phase=None, soon=False))
    if patient:
        return Move(Do.WAIT if flat is False else Do.ASK_FLAT, waiting_until_flat(""), outdated)
    return Move(Do.REPLACE, Step("Replacing", "the pod is replaced by one of the new configuration"), outdated)


def _watch(pods: list[PodSeen], replicas: int) -> Move:
    if replicas == 0:
        return Move(Do.NOTHING, Step("Suspending", "the pod is stopped, its position is kept") if pods else None)
    if any(pod.ready and not pod.deleting for pod in pods):
        return Move(Do.NOTHING)
    return Move(Do.NOTHING, Step("Starting", "the pod is not ready yet"))


def removal_awaited() -> Step:
    """Return what to show while an earlier bot's StatefulSet is on its way out."""
    return Step("WaitingForRemoval", "the StatefulSet of an earlier bot of this name is being removed", soon=True)


def waiting_until_flat(position: str) -> Step:
    """Return what to show while a change waits for a flat bot."""
    held = f"the position of {position} is closed" if position not in ("", "0") else "the bot is known to be flat"
    message = f"the change waits until {held} (updatePolicy OnFlat; Recreate applies it at once)"
    return Step("WaitingUntilFlat", message, "WaitingUntilFlat", soon=True)
