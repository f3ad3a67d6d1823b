"""What every route of the API says of itself in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from bots.web.api.problems import MEDIA_TYPE

_MEANINGS = {
    400: "The body is not JSON.",
    401: "Nobody is logged in.",
    403: "Another role is needed, or the CSRF token is missing.",
    404: "There is none of this name.",
    409: "It cannot be done to this bot now, or the name is taken.",
    412: "The document was changed since the version that `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "The request or the document has faults, each with its place.",
    428: "`If-Match` is missing.",
    429: "Too many failed logins: come again after `Retry-After` seconds.",
    502: "The bot or the cluster does not answer.",
}
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

NAMED = (401, 403, 404, 502)
"""What may go wrong where a bot is named."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route where something is wrong."""
    return {status: {"description": _MEANINGS[status], "content": _PROBLEM} for status in sorted(statuses)}


def answers(model: type, description: str, example: Any = None) -> Mapping[str, Any]:
    """Return the description of an answer of 200."""
    told: dict[str, Any] = {"model": model, "description": description}
    if example is not None:
        told["content"] = {"application/json": {"example": example}}
    return told
