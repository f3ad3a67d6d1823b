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
    if "position" not in bot.status and journal_is_new and (pod is None or not pod.has_run):
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
