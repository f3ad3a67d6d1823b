"""Deleting a TradingBot, its position kept or closed: the operator sees to that."""

from typing import Any

from bots.resource.names import FINALIZER, SKIP_CLOSE
from bots.web.bots import OnLeaving
from bots.web.in_cluster.found import Key
from bots.web.in_cluster.resources import Body, Resources
from strategies.errors import ChangedMeanwhileError, NoSuchBotError

_TRIES = 5


async def delete(resources: Resources, key: Key, position: OnLeaving) -> None:
    """Delete a bot; one that closes its position goes once it holds nothing."""
    uid = None
    for last in range(_TRIES - 1, -1, -1):
        body = await resources.get(key)
        if uid not in (None, body["metadata"]["uid"]):
            raise NoSuchBotError(f"{'.'.join(key)} is gone already, and there is another one of that name: look at it")
        uid = body["metadata"]["uid"]
        change = wish_of(body, position)
        try:
            if change is not None:
                await resources.merge(key, change)
            await resources.delete(key, str(uid))
            return
        except ChangedMeanwhileError:
            # The operator writes the status with every bar.
            if not last:
                raise


def wish_of(body: Body, position: OnLeaving) -> Body | None:
    """Return the change by which the operator closes the position of a deleted bot, or leaves it; None without need."""
    metadata, spec = body["metadata"], body.get("spec") or {}
    finalizers, notes = metadata.get("finalizers") or [], metadata.get("annotations") or {}
    about: dict[str, Any] = {"resourceVersion": metadata["resourceVersion"]}
    if position is OnLeaving.KEEP:
        if FINALIZER not in finalizers and spec.get("deletePolicy") != "ClosePosition":
            return None
        return {"metadata": about | {"annotations": {SKIP_CLOSE: "true"}}}
    # The operator would put the finalizer there itself, but the bot may be gone before it has seen the policy.
    about["finalizers"] = [*(each for each in finalizers if each != FINALIZER), FINALIZER]
    if SKIP_CLOSE in notes:
        about["annotations"] = {SKIP_CLOSE: None}
    return {"metadata": about, "spec": {"deletePolicy": "ClosePosition"}}
