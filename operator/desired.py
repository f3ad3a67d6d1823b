"""What a person asked for, understood: one TradingBot as its children are built from it. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answers import UNKNOWN
from bots.config import Document, parse_document
from bots.resource.names import RESTART
from bots.resource.spec import TradingBotSpec, parse_spec

_DIGITS = 10
# Neither changes a child: they are wishes about how to change, stop or remove it.
_NOT_OF_CHILDREN = {"suspend", "update_policy", "delete_policy", "config"}
_NOT_OF_PODS = _NOT_OF_CHILDREN | {"storage"}


@dataclass(frozen=True, slots=True)
class Desired:
    """One bot as it should be.

    Parameters
    ----------
    namespace, name, uid : str
        Whose it is.
    spec : TradingBotSpec
        What was asked for.
    document : Document
        The bot's document, valid.
    config_digest : str
        Names the document's content; ten hexadecimal digits.
    revision : str
        Names all that the pod is made of: a pod of another revision is to be replaced.
    applied : str
        Names all that the children are made of: where it differs, they are to be applied again.
    """

    namespace: str
    name: str
    uid: str
    spec: TradingBotSpec
    document: Document
    config_digest: str
    revision: str
    applied: str

    @property
    def config_map(self) -> str:
        """Name of the ConfigMap that holds this very document."""
        return f"{self.name}-{self.config_digest}"

    @property
    def account(self) -> str:
        """The account and symbol that its real orders go to, as far as a document tells; empty on paper.

        Keys make the account of an exchange. Of Interactive Brokers it is the one that is named, or whichever a gateway
        has: two gateways on one host count as one.
        """
        broker = self.document.broker
        if self.document.mode != "live":
            return ""
        if broker.type == "ibkr":
            owner = broker.account or f"at {broker.endpoints.host or '127.0.0.1'}"
        else:
            secret = self.spec.secret_ref
            owner = f"{broker.environment} by {secret.name if secret is not None else 'no secret'}"
        return f"{broker.type} {owner}: {self.document.symbol}"


def understand(metadata: Mapping[str, Any], values: Mapping[str, Any]) -> Desired:
    """Return what a resource's spec asks for.

    What the operator's own release brings (its image, its templates) is no part of the revision: an upgrade of the
    operator restarts no bot.

    Raises
    ------
    DocumentError
        If the spec or the document has faults.
    """
    spec = parse_spec(values, "TradingBot")
    document = parse_document(spec.config, "spec.config")
    config_digest = digest(document.canonical_json())
    asked = {"config": config_digest, "restart": (metadata.get("annotations") or {}).get(RESTART)}
    return Desired(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        spec=spec,
        document=document,
        config_digest=config_digest,
        revision=digest(_plain(asked | _without(spec, _NOT_OF_PODS))),
        applied=digest(_plain(asked | _without(spec, _NOT_OF_CHILDREN))),
    )


def foreign_journal(desired: Desired, status: Mapping[str, Any], *, ready: bool = False) -> str | None:
    """Say why a document does not fit what a bot that has traded knows and holds, or None.

    A journal keeps its symbol, and paper and live have one each: a position would be forgotten in the other one.

    Parameters
    ----------
    desired : Desired
        What is asked for.
    status : mapping
        The resource's status.
    ready : bool
        Whether a pod of what ran before is ready: it has a journal, also when nobody has heard its figures yet.
    """
    document, symbol, mode = desired.document, status.get("symbol"), status.get("mode")
    if "equity" not in status and not (ready and symbol is not None):
        return None
    position = status.get("position", UNKNOWN)
    if mode == document.mode and symbol != document.symbol:
        return (
            f"trading.symbol: the journal of {desired.name} is one of {symbol}, not of {document.symbol}: "
            f"make a bot of another name, or set {symbol} again"
        )
    holds = position != "0" and desired.spec.update_policy != "OnFlat"
    if mode != document.mode and holds:
        return (
            f"broker.type: a {mode} position of {position} would be forgotten by a {document.mode} bot: "
            "set updatePolicy to OnFlat, or make a bot of another name"
        )
    return None


def shared_account(rival: str, desired: Desired) -> str:
    """Say that another bot has the account and symbol that a bot with real orders asks for."""
    return (
        f"trading.symbol: {rival} trades {desired.document.symbol} on this account already, and two bots would sell "
        "each other's position: delete that one, or give this one another symbol or secretRef"
    )


def digest(text: str) -> str:
    """Return the short name of a content."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _without(spec: TradingBotSpec, fields: set[str]) -> dict[str, Any]:
    # What is as it would be anyway is left out: a later release with one more key changes no bot's revision.
    return spec.model_dump(mode="json", exclude=fields, exclude_defaults=True)


def _plain(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
