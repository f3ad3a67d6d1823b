"""The annotation by which a person halts a bot through the operator. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answers import Answer
from bots.resource.names import HALT
from bots.trading.halts import HaltMode, is_only_for

MARK = f"the annotation {HALT}"
"""Stands in the reason of every halt that an annotation asked for; others are none of the operator's business."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an annotation asks for."""

    mode: HaltMode
    reason: str


class Resume:
    """The word that ends a halt."""


def wished(metadata: Mapping[str, Any]) -> Wish | None:
    """Return the halt that a TradingBot's annotation asks for; a word that is no mode blocks entries, to be safe."""
    word = (metadata.get("annotations") or {}).get(HALT)
    if word is None:
        return None
    if word in tuple(HaltMode):
        return Wish(HaltMode(word), MARK)
    modes = " or ".join(HaltMode)
    return Wish(HaltMode.BLOCK_ENTRIES, f"{MARK} says {word[:40]!a}, which is no mode ({modes}): entries are blocked")


def next_word(wish: Wish | None, answer: Answer) -> Wish | Resume | None:
    """Return what to say to a bot that has answered so, or None where it knows already."""
    if wish is None:
        return Resume() if answer.halt is not None and is_only_for(answer.halt, MARK) else None
    standing = answer.halt_mode
    return wish if standing is None or wish.mode.stricter_than(standing) else None
