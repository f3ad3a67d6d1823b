"""How long is waited for what: tests shorten it, a document cannot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds.

    Parameters
    ----------
    connect : float
        Until the gateway has let us in.
    answer, history : float
        Until it has answered a question; bars of the past take it longer.
    idle, heartbeat : float
        After so much silence it is asked for the time, and then has so long to say anything at all.
    grace, grace_at_close : float
        After its end a bar is complete though no next one has begun. The auction at a session's end comes late.
    retry : float
        The pause before a subscription that broke while the socket stands is asked for again.
    outage : float
        How long the gateway may be without Interactive Brokers before that is told as an outage.
    id_held : float
        How long the gateway may still hold a client id of ours after an unclean end.
    commission : float
        How long an execution's fee is waited for before it is estimated; after half of that it is asked for.
    reason : float
        How long the reason of an order's end may follow it: it comes in a message of its own, before or after.
    executions : float
        How long it may take until the executions of an order that is over are told.
    absent : float
        How long after it was sent an order may still be on its way.
    """

    connect: float = 10.0
    answer: float = 20.0
    history: float = 60.0
    idle: float = 15.0
    heartbeat: float = 10.0
    grace: float = 7.0
    grace_at_close: float = 20.0
    retry: float = 5.0
    outage: float = 60.0
    id_held: float = 60.0
    commission: float = 3.0
    reason: float = 1.0
    executions: float = 10.0
    absent: float = 30.0
