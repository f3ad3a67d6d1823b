"""What ails a pod, in words that say what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from seen import PodSeen
from strategies.errors import ClusterRefusedError

_PULLING = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
_KILLED = 137
# Beyond the end of its grace, which is what deletionTimestamp says.
_ENDS_WITHIN = timedelta(seconds=60)
# How a bot itself ends; see docs/operate.md.


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that keeps a bot from trading; `reason` in CamelCase as conditions have it."""

    reason: str
    message: str


def trouble_of(pod: PodSeen) -> Trouble | None:
    """Say what keeps a pod from running, or None."""
    if pod.deleting:
        return None
    if pod.unschedulable is not None:
        return Trouble("Unschedulable", f"no node takes the pod: {pod.unschedulable}")
    if pod.waiting in _PULLING:
        told = pod.waiting_message or pod.waiting
        return Trouble("CannotPull", f"the image cannot be pulled, check spec.image and the registry: {told}")
    if pod.waiting in ("CreateContainerError", "RunContainerError"):
        return Trouble(pod.waiting, f"the container cannot be started: {pod.waiting_message}")
    if pod.waiting == "CreateContainerConfigError":
        return Trouble("SecretMissing", f"the container cannot be made, check spec.secretRef: {pod.waiting_message}")
    if pod.waiting == "CrashLoopBackOff":
        return Trouble(
            "CrashLooping", f"the bot ends again and again, {last_end(pod)}: see `kubectl logs {pod.name} -p`"
        )
    if pod.phase == "Failed":
        return Trouble(pod.reason or "Failed", f"the pod has failed ({pod.reason or 'no reason given'})")
    return None


def lasting_trouble(pod: PodSeen, degraded: Mapping[str, Any]) -> Trouble | None:
    """Return a crash loop that is between two crashes: a container that runs for a moment has not recovered."""
    if degraded.get("reason") == "CrashLooping" and not pod.ready and not pod.deleting and pod.restarts > 0:
        return trouble_of(pod) or Trouble("CrashLooping", str(degraded.get("message", "")))
    return None


def stuck_trouble(pod: PodSeen, now: datetime) -> Trouble | None:
    """Say that a pod does not end although its grace is long over."""
    if pod.deleted is None or now - datetime.fromisoformat(pod.deleted) < _ENDS_WITHIN:
        return None
    told = "the pod should have ended and has not; its node may be lost (docs/deploy.md, When a node dies)"
    return Trouble("StuckTerminating", told)


def not_heard(pod: PodSeen) -> Trouble:
    """Say that a bot runs and cannot be asked."""
    told = f"the operator cannot ask the bot at {pod.ip} (a NetworkPolicy?): position and figures are old"
    return Trouble("NotHeard", told)


def cannot_create(message: str) -> Trouble | None:
    """Say why Kubernetes makes no pod, where it told."""
    return Trouble("CannotCreate", f"the pod cannot be made: {message}") if message else None


def refusal(error: ClusterRefusedError) -> Trouble:
    """Say what the API server's refusal of one of a bot's objects means."""
    told = str(error).split("\n", 1)[0]
    if error.status == 409:
        # Only what is not ours is applied without force.
        return Trouble("NameTaken", f"an object of that name is there already and not this bot's, rename one: {told}")
    return Trouble(error.reason or "Refused", f"the API server refuses what the bot needs: {told}")


def last_end(pod: PodSeen) -> str:
    """Say how the container's last run ended, in a few words."""
    ended = pod.ended
    if ended is None:
        return "for a reason that the kubelet does not tell"
    if ended.reason == "OOMKilled":
        return "out of memory (raise spec.resources.limits.memory)"
    if ended.exit_code == _KILLED:
        return "killed (status 137)"
    return f"it ended with status {ended.exit_code}"


def restart_trouble(pod: PodSeen, killing: str) -> Trouble:
    """Say why the kubelet restarted a container; `killing` is what it told of it, if anything."""
    ended = pod.ended
    if ended is not None and ended.reason == "OOMKilled":
        return Trouble("OutOfMemory", "the container was out of memory: raise spec.resources.limits.memory")
    if "liveness probe" in killing:
        return Trouble("FailedLiveness", "the bot did not answer its liveness probe and was restarted")
    return Trouble("Restarted", f"the container was restarted: {last_end(pod)}")


def not_halted(why: str) -> Trouble:
    """Say that a halt which a person asked for has not reached the bot."""
    return Trouble("NotHalted", f"the bot has not been told yet to halt as annotated: {why}")
