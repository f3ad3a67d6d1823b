"""Is the operator alive? Pure: what it has done lately in, reasons why not out."""

from dataclasses import dataclass

# A sweep may be slow on a large cluster, and one may fail; not three in a row.
_SWEEPS_LATE = 3
_SWEEPS_LEAST_SECONDS = 60.0
# So many sweeps one after another that had to put right what the watches should have shown: they are deaf.
_DEAF_SWEEPS = 3
_QUEUE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Doings:
    """What the operator has done lately; ages in seconds.

    `ended` names tasks that never should end; `since_sweep` counts from the start until the first sweep; `deaf_sweeps`
    is how many sweeps in a row had to repair.
    """

    ended: list[str]
    leads: bool
    since_sweep: float
    sweep_every: float
    deaf_sweeps: int
    queue_age: float


def ailments(doings: Doings) -> list[str]:
    """Say what a restart would cure; an API server that does not answer is nothing of that kind."""
    told = [f"{task} has ended" for task in doings.ended]
    if doings.since_sweep > max(_SWEEPS_LATE * doings.sweep_every, _SWEEPS_LEAST_SECONDS):
        told.append(f"no sweep for {doings.since_sweep:.0f} s")
    if doings.deaf_sweeps >= _DEAF_SWEEPS:
        told.append(f"the watches are deaf: {doings.deaf_sweeps} sweeps in a row found what they had not shown")
    if doings.leads and doings.queue_age > _QUEUE_SECONDS:
        told.append(f"a bot has waited {doings.queue_age:.0f} s for its turn")
    return told
