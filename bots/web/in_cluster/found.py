"""A TradingBot as the console keeps it: little enough that a thousand are nothing. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.config import parse_document
from bots.config.wording import one_line
from bots.resource.names import FINALIZER, HALT
from strategies.errors import DocumentError

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a document; of one with faults little more than those."""

    version: str
    faults: tuple[str, ...] = ()
    mode: str = ""
    symbol: str = ""
    interval: str = ""
    source: str = ""
    broker: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as it was last seen.

    Parameters
    ----------
    key : tuple of str
        Its namespace and name.
    uid, version : str
        Which one of that name, and in which state.
    generation : int
        Counts the changes of its spec.
    suspended, leaving : bool
        Whether it is to be stopped, and whether it is being deleted.
    closes : bool
        Whether it closes its position when it is deleted.
    halt : str, optional
        The halt that its annotation asks for.
    known : Known
        What its document says.
    status : mapping
        What the operator says of it.
    """

    key: Key
    uid: str
    version: str
    generation: int
    suspended: bool
    leaving: bool
    closes: bool
    halt: str | None
    known: Known
    status: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Its name in the console."""
        return ".".join(self.key)

    @property
    def is_known(self) -> bool:
        """Whether the operator has seen its spec as it is."""
        return self.status.get("observedGeneration") == self.generation

    def condition(self, kind: str) -> Mapping[str, Any]:
        """Return a condition of its status, or nothing."""
        conditions = self.status.get("conditions")
        for each in conditions if isinstance(conditions, list) else ():
            if isinstance(each, dict) and each.get("type") == kind:
                return each
        return {}


def found_of(body: Mapping[str, Any], before: Found | None = None) -> Found:
    """Return what is kept of a resource; what was known of the same document before is not found out again."""
    metadata, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    config = spec.get("config")
    version = version_of(config)
    return Found(
        key=(metadata["namespace"], metadata["name"]),
        uid=str(metadata.get("uid")),
        version=str(metadata.get("resourceVersion")),
        generation=int(metadata.get("generation") or 0),
        suspended=spec.get("suspend") is True,
        leaving="deletionTimestamp" in metadata,
        closes=spec.get("deletePolicy") == "ClosePosition" or FINALIZER in (metadata.get("finalizers") or ()),
        halt=(metadata.get("annotations") or {}).get(HALT),
        known=before.known if before is not None and before.known.version == version else _learn(config, version),
        status=status if isinstance(status, dict) else {},
    )


def version_of(config: object) -> str:
    """Return the mark of what a document says; other parts of the resource change with every bar."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _learn(config: object, version: str) -> Known:
    try:
        document = parse_document(config, "spec.config")
    except DocumentError as error:
        return Known(version, tuple(one_line(f"{fault.place}: {fault.message}") for fault in error.faults))
    return Known(
        version,
        mode=document.mode,
        symbol=document.symbol,
        interval=document.data.interval,
        source=document.data.data_source,
        broker=document.broker.type,
    )
