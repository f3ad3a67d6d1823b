"""What the operator tells about a bot, and which of it `kubectl get` prints."""

from collections.abc import Iterator

from bots.config.wording import Node

PHASES = (
    "Pending", "Starting", "Running", "Halted", "Updating", "WaitingUntilFlat", "Suspended", "Failed", "Invalid",
    "Closing", "Deleting",
)  # fmt: skip
FALLBACK = "fallback"
"""The mode of a live bot whose new entries go to paper."""
CONDITIONS = {
    "Ready": "The bot trades.",
    "Progressing": "Something asked for is under way.",
    "Degraded": "Something is wrong, or the bot is halted.",
    "ConfigValid": "The document is good; where it is not, the bot goes on with the last good one.",
}


def status_schema() -> Node:
    """Return the schema of a TradingBot's status."""
    return {
        "type": "object",
        "description": "What the operator last saw of the bot.",
        "properties": {
            "observedGeneration": _number("Generation of the spec that this status tells of.", format="int64"),
            "phase": {"type": "string", "description": "How the bot is, in a word.", "enum": list(PHASES)},
            "mode": {
                "type": "string",
                "description": "Whether real money is at stake; fallback: it is, and new entries go to paper, since "
                "the broker stays away.",
                "enum": ["paper", "live", FALLBACK],
            },
            "symbol": _text("What is traded.", 32),
            "position": _text("What the bot holds, in units of what is traded; a decimal.", 64),
            "equity": _text("Worth of all that the bot has, in its currency; a decimal.", 64),
            "profit": _text("Equity less the initial balance, in the bot's currency; a decimal.", 64),
            "currency": _text("Currency of equity and profit.", 16),
            "trades": _number("Trades closed so far.", format="int64"),
            "lastBarTime": {
                "type": "string", "format": "date-time", "description": "When the last bar opened.",
            },
            "restarts": _number("How often the pod's container was started again.", format="int32"),
            "lastReason": _text("Why the bot last restarted, or is not running.", 4096),
            "configHash": _text("Names the document that the bot was started with.", 64),
            "image": _text("Image of the bot.", 512),
            "halt": _text("Why the bot is halted; absent where it is not.", 4096),
            "conditions": {
                "type": "array",
                "description": " ".join(f"{name}: {meaning}" for name, meaning in CONDITIONS.items()),
                "maxItems": 16,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": _condition(),
            },
        },
    }  # fmt: skip


def columns() -> list[Node]:
    """Return the columns of `kubectl get tradingbots`; the later ones come with `-o wide` only."""
    return [*_columns()]


def _columns() -> Iterator[Node]:
    ready = '.status.conditions[?(@.type=="Ready")].status'
    for name, path in (
        ("Phase", ".status.phase"),
        ("Ready", ready),
        ("Mode", ".status.mode"),
        ("Symbol", ".status.symbol"),
        ("Position", ".status.position"),
        ("Equity", ".status.equity"),
        ("Profit", ".status.profit"),
    ):
        yield {"name": name, "type": "string", "jsonPath": path}
    yield {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    for name, kind, path in (
        ("Trades", "integer", ".status.trades"),
        ("Last Bar", "date", ".status.lastBarTime"),
        ("Restarts", "integer", ".status.restarts"),
        ("Reason", "string", ".status.lastReason"),
        ("Config", "string", ".status.configHash"),
        ("Image", "string", ".status.image"),
    ):
        yield {"name": name, "type": kind, "jsonPath": path, "priority": 1}


def _condition() -> Node:
    return {
        "type": "object",
        "required": ["type", "status", "lastTransitionTime", "reason", "message"],
        "properties": {
            "type": _text("What the condition is about.", 316),
            "status": {"type": "string", "description": "Whether it holds.", "enum": ["True", "False", "Unknown"]},
            "observedGeneration": _number("Generation of the spec that the condition tells of.", format="int64"),
            "lastTransitionTime": {
                "type": "string", "format": "date-time", "description": "When the condition last changed.",
            },
            "reason": _text("Why, in a word for programs.", 1024),
            "message": _text("Why, for people.", 32_768),
        },
    }  # fmt: skip


def _text(description: str, longest: int) -> Node:
    return {"type": "string", "description": description, "maxLength": longest}


def _number(description: str, format: str) -> Node:
    return {"type": "integer", "format": format, "minimum": 0, "description": description}
