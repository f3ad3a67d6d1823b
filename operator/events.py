"""Events on the resource: what happened to a bot and why, as `kubectl describe` shows it."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api import Api
from bots.resource.names import API_VERSION, KIND
from resources import MANAGER
from seen import BotSeen
from status import condition
from strategies.errors import ClusterError

LOG = logging.getLogger(MANAGER)
_LONGEST_NOTE = 1000
# Steps of which the reconciler itself tells that it has made them.
_TOLD_WHEN_DONE = {"Replacing", "Suspending", "Resuming", "Updating"}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell: what, and why."""

    reason: str
    note: str
    warning: bool = False


def told_by_status(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Told]:
    """Return what a change of status is worth telling. Pure; each change is told once, whoever tells."""
    told = []
    for kind, bad in (("ConfigValid", "False"), ("Degraded", "True")):
        before, after = condition(old, kind), condition(new, kind)
        same = [before.get(key) for key in ("status", "reason")] == [after["status"], after["reason"]]
        changed_fault = kind == "ConfigValid" and before.get("message") != after["message"]
        if after["status"] == bad and (not same or changed_fault):
            told.append(Told("ConfigRejected" if kind == "ConfigValid" else after["reason"], after["message"], True))
        elif kind == "Degraded" and before.get("status") == "True" and after["status"] != "True":
            told.append(Told("Recovered", f"no longer: {before['reason']}"))
    before, after = condition(old, "Progressing"), condition(new, "Progressing")
    if after["status"] == "True" and after["reason"] not in _TOLD_WHEN_DONE and before.get("reason") != after["reason"]:
        told.append(Told(after["reason"], after["message"]))
    if condition(new, "Ready")["status"] == "True" and condition(old, "Ready").get("status") != "True":
        told.append(Told("Ready", "the bot trades"))
    return told


async def tell(api: Api, bot: BotSeen, told: Told) -> None:
    """Post an event; one that cannot be posted is logged, and nothing else waits for it."""
    metadata = bot.metadata
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    note = told.note[:_LONGEST_NOTE]
    LOG.log(
        logging.WARNING if told.warning else logging.INFO,
        "%s/%s: %s: %s",
        metadata["namespace"],
        metadata["name"],
        told.reason,
        note,
    )
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex[:16]}", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": bot.uid,
        },
        "type": "Warning" if told.warning else "Normal",
        "reason": told.reason,
        "message": note,
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    try:
        await api.create(event)
    except ClusterError as error:
        LOG.warning("cannot post the event %s of %s: %s", told.reason, metadata["name"], error)
