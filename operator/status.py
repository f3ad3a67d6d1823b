"""The status of a TradingBot: facts in, what `kubectl get` shows out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from answers import UNKNOWN, Answer
from bots.resource.status import FALLBACK
from desired import Desired
from seen import BotSeen, PodSeen, SetSeen
from troubles import Trouble, trouble_of

type Status = dict[str, Any]

# These change with every bar; all else is told at once.
FIGURES = ("position", "equity", "profit", "trades", "lastBarTime")
_LONGEST_MESSAGE = 4000
_LONGEST_HALT = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """Where a bot is on its way to what was asked for; `soon` where nothing will tell that it has got further."""

    reason: str
    message: str
    phase: str | None = None
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a status is made of.

    Parameters
    ----------
    bot : BotSeen
        The resource, with the status that it has now.
    desired : Desired, optional
        What was asked for; None where that has faults.
    faults : str
        Those faults.
    stateful_set, pod, answer : optional
        What runs, and what it says of itself.
    step : Step, optional
        What is under way or waited for.
    trouble : Trouble, optional
        What the operator itself ran into; a pod's own troubles are read off the pod.
    """

    bot: BotSeen
    desired: Desired | None
    faults: str = ""
    stateful_set: SetSeen | None = None
    pod: PodSeen | None = None
    answer: Answer | None = None
    step: Step | None = None
    trouble: Trouble | None = None


def status_of(facts: Facts, now: datetime, last_reason: str | None = None) -> Status:
    """Return the whole status; figures of a bot that does not answer stay those that it told last."""
    old, pod, answer = facts.bot.status, facts.pod, facts.answer
    trouble = facts.trouble or (trouble_of(pod) if pod is not None else None)
    status: Status = {key: old[key] for key in (*FIGURES, "currency", "mode", "symbol", "lastReason") if key in old}
    status["observedGeneration"] = facts.bot.metadata["generation"]
    stateful_set, desired = facts.stateful_set, facts.desired
    # What runs, not what is waited for.
    if desired is not None and (stateful_set is None or stateful_set.revision == desired.revision):
        status |= {"mode": desired.document.mode, "symbol": desired.document.symbol}
    if _on_paper(old, pod, answer):
        status["mode"] = FALLBACK
    elif status.get("mode") == FALLBACK:
        status["mode"] = "live"
    if stateful_set is not None:
        status |= {"configHash": stateful_set.config_digest, "image": stateful_set.image}
    if answer is not None:
        status |= {
            "position": answer.position,
            "equity": answer.equity,
            "profit": answer.profit,
            "currency": answer.currency,
            "trades": answer.trades,
        }
        if answer.last_bar is not None:
            status["lastBarTime"] = answer.last_bar
        if answer.halt is not None:
            status["halt"] = answer.halt[:_LONGEST_HALT]
    elif pod is not None:
        if "halt" in old:
            status["halt"] = old["halt"]
        if pod.has_run and "position" not in status:
            status["position"] = UNKNOWN
    if stateful_set is not None and stateful_set.replicas == 0 and "position" in status:
        status["position"] = stateful_set.last_words or UNKNOWN
    status["phase"] = phase_of(facts, trouble, status.get("halt"))
    status["restarts"] = pod.restarts if pod is not None else old.get("restarts", 0)
    if last_reason is not None:
        status["lastReason"] = last_reason
    elif trouble is not None and not _trades(pod):
        status["lastReason"] = trouble.reason
    status["conditions"] = _conditions(facts, trouble, status.get("halt"), now)
    return {key: value for key, value in status.items() if value is not None}


def _on_paper(old: Mapping[str, Any], pod: PodSeen | None, answer: Answer | None) -> bool:
    return answer.on_paper if answer is not None else pod is not None and old.get("mode") == FALLBACK


def phase_of(facts: Facts, trouble: Trouble | None, halt: str | None = None) -> str:
    """Return the one word for how a bot is; the first that applies, most urgent first."""
    bot, pod, step, trades = facts.bot, facts.pod, facts.step, _trades(facts.pod)
    if bot.deleting:
        return "Closing" if step is not None else "Deleting"
    if facts.desired is None:
        return "Invalid"
    if step is not None and step.phase is not None:
        return step.phase
    if trouble is not None and not trades:
        return "Failed"
    if facts.desired.spec.suspend:
        return "Suspended" if pod is None else "Updating"
    if pod is None:
        return "Pending"
    if pod.deleting or pod.revision != facts.desired.revision:
        return "Updating"
    if not pod.ready:
        return "Starting" if pod.running else "Pending"
    return "Halted" if halt is not None else "Running"


def patch_of(old: Mapping[str, Any], new: Status) -> Status:
    """Return the merge patch that makes one status of another; empty where they are equal."""
    gone = {key: None for key in old if key not in new}
    return {**gone, **{key: value for key, value in new.items() if old.get(key) != value}}


def is_urgent(old: Mapping[str, Any], patch: Status) -> bool:
    """Say whether a patch holds more than figures, which may wait; messages that count seconds are figures, too."""
    if any(key not in (*FIGURES, "conditions") for key in patch):
        return True
    return "conditions" in patch and _gist(old.get("conditions") or ()) != _gist(patch["conditions"])


def _gist(conditions: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    keys = ("type", "status", "reason", "observedGeneration")
    return [tuple(one.get(key) for key in keys) for one in conditions]


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return one of a status' conditions, or nothing."""
    return next((one for one in status.get("conditions") or () if one["type"] == kind), {})


def _trades(pod: PodSeen | None) -> bool:
    return pod is not None and pod.ready and not pod.deleting


def _conditions(facts: Facts, trouble: Trouble | None, halt: str | None, now: datetime) -> list[dict[str, Any]]:
    return [
        _condition(facts, now, "Ready", *_ready(facts, trouble)),
        _condition(facts, now, "Progressing", *_progressing(facts)),
        _condition(facts, now, "Degraded", *_degraded(trouble, halt)),
        _condition(facts, now, "ConfigValid", *_config_valid(facts)),
    ]


def _ready(facts: Facts, trouble: Trouble | None) -> tuple[bool, str, str]:
    pod, answer = facts.pod, facts.answer
    if _trades(pod):
        return True, "Trading", ""
    if trouble is not None:
        return False, trouble.reason, trouble.message
    if pod is None:
        suspended = facts.desired is not None and facts.desired.spec.suspend
        return False, "Suspended" if suspended else "NoPod", "suspended" if suspended else "there is no pod yet"
    if pod.deleting:
        return False, "Stopping", "the pod is being stopped"
    told = "; ".join(answer.reasons) if answer is not None and answer.reasons else "the pod is not ready yet"
    return False, "NotReady", told


def _progressing(facts: Facts) -> tuple[bool, str, str]:
    if facts.step is not None:
        return True, facts.step.reason, facts.step.message
    if facts.desired is None:
        return False, "Rejected", "what is asked for was refused; what ran before runs on"
    return False, "UpToDate", ""


def _degraded(trouble: Trouble | None, halt: str | None) -> tuple[bool, str, str]:
    if trouble is not None:
        return True, trouble.reason, trouble.message
    if halt is not None:
        return True, "Halted", f"the bot is halted, {halt}"
    return False, "AsExpected", ""


def _config_valid(facts: Facts) -> tuple[bool, str, str]:
    return (True, "Accepted", "") if facts.desired is not None else (False, "Rejected", facts.faults)


def _condition(facts: Facts, now: datetime, kind: str, true: bool, reason: str, message: str) -> dict[str, Any]:
    before, value = condition(facts.bot.status, kind), "True" if true else "False"
    since = before["lastTransitionTime"] if before.get("status") == value else f"{now:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "type": kind,
        "status": value,
        "reason": reason,
        "message": message[:_LONGEST_MESSAGE],
        "observedGeneration": facts.bot.metadata["generation"],
        "lastTransitionTime": since,
    }
