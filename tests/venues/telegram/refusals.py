"""What the Bot API says no to, in its own words."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class RefusedError(Exception):
    """An answer that is no good one."""

    status: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The answer as it is sent."""
        told = {"ok": False, "error_code": self.status, "description": self.description}
        return told | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(words: str) -> RefusedError:
    return RefusedError(400, f"Bad Request: {words}")


def too_many(seconds: int) -> RefusedError:
    return RefusedError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


UNAUTHORIZED = (401, "Unauthorized")
NOT_FOUND = (404, "Not Found")
BLOCKED = (403, "Forbidden: bot was blocked by the user")
ANOTHER_POLLER = (
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
WEBHOOK = (409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first")
