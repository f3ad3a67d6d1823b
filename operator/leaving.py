"""A bot that is deleted and must close its position first. Without that policy nothing here is needed.

Everything else of a deleted bot is the garbage collector's, which works while the operator is down.
"""

from datetime import datetime, timedelta
from typing import Any

from answers import Answer
from bots.resource.names import FINALIZER, SKIP_CLOSE
from seen import BotSeen, PodSeen, SetSeen
from status import Step
from troubles import Trouble

# A bot that starts, or an order that fills, takes a moment: before this nothing is called trouble.
_PATIENCE = timedelta(seconds=60)
# A StatefulSet makes its first pod at once.
_FIRST_POD_WITHIN = timedelta(seconds=20)


def finalizer_patch(bot: BotSeen, *, closes: bool) -> dict[str, Any] | None:
    """Return the patch that has a deleted bot wait for its position to be closed, or not; None where all is right."""
    has = FINALIZER in bot.finalizers
    if has == closes:
        return None
    others = [one for one in bot.finalizers if one != FINALIZER]
    return {
        "metadata": {
            "finalizers": [*others, FINALIZER] if closes else others,
            # Refused, should somebody else have changed the list meanwhile.
            "resourceVersion": bot.metadata["resourceVersion"],
        }
    }


def never_ran(bot: BotSeen, stateful_set: SetSeen | None, pod: PodSeen | None) -> bool:
    """Say whether a bot is known never to have run.

    It never said what it holds, and either its StatefulSet has never been told to start it, or the pod that is there
    is the first one, and has not run. An earlier pod may have run and gone while the operator was away.
    """
    if "position" in bot.status:
        return False
    if stateful_set is None:
        return pod is None
    if pod is None:
        return stateful_set.replicas == 0 and stateful_set.last_words is None
    return not pod.has_run and _first(stateful_set, pod)


def _first(stateful_set: SetSeen, pod: PodSeen) -> bool:
    if not stateful_set.created or not pod.created:
        return False
    return datetime.fromisoformat(pod.created) - datetime.fromisoformat(stateful_set.created) <= _FIRST_POD_WITHIN


def may_leave(
    bot: BotSeen,
    stateful_set: SetSeen | None,
    pod: PodSeen | None,
    answer: Answer | None,
    *,
    journal_is_new: bool,
) -> str | None:
    """Say why a deleted bot may go, or None while it may not.

    `journal_is_new` says that no earlier bot has left it a journal, in which there might be a position.
    """
    if bot.annotations.get(SKIP_CLOSE) == "true":
        return f"{SKIP_CLOSE} is set: the position is left as it is"
    if bot.spec.get("deletePolicy") != "ClosePosition":
        return "deletePolicy keeps the position"
    if answer is not None:
        return None
    if journal_is_new and never_ran(bot, stateful_set, pod):
        return "it has never run"
    if stateful_set is None or stateful_set.replicas != 0 or pod is not None:
        return None
    return "it was stopped and held nothing" if stateful_set.last_words == "0" else None


def closing_step(bot: BotSeen, answer: Answer | None) -> Step:
    """Return what to show while the position is being closed."""
    held = answer.position if answer is not None else bot.status.get("position", "unknown")
    return Step("ClosingPosition", f"the bot is deleted once its position of {held} is closed", "Closing")


def closing_trouble(
    bot: BotSeen, stateful_set: SetSeen | None, pod: PodSeen | None, refused: str | None, now: datetime
) -> Trouble | None:
    """Say what keeps the position from being closed, once that has taken longer than it should."""
    deleted = datetime.fromisoformat(bot.metadata["deletionTimestamp"])
    if now - deleted < _PATIENCE:
        return None
    if stateful_set is None:
        why = "its StatefulSet is gone already (deleted in the foreground, or by hand)"
    elif pod is None:
        why = "it has no pod"
    else:
        why = refused or "the bot has not closed it yet (is its market open? see its log)"
    return Trouble(
        "CannotClose",
        f"{why}; to leave the position as it is: kubectl annotate tradingbot {bot.metadata['name']} {SKIP_CLOSE}=true",
    )
