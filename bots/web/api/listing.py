"""The API as a page for people: each of its addresses, in a line, as its OpenAPI document has them."""

from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from bots.web.pages.rendering import render


@dataclass(frozen=True, slots=True)
class Line:
    """One operation: how it is asked for, and what it does."""

    method: str
    path: str
    summary: str
    told: str


def listing(api: FastAPI, root: str) -> APIRouter:
    """Return the route of the page about an API below a root."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api")
    async def page(request: Request) -> Response:
        """List what the API can do."""
        return render(request, "api.html", parts=lines_of(api), root=root)

    return router


def lines_of(api: FastAPI) -> dict[str, list[Line]]:
    """Return the operations of an API by their tags."""
    parts: dict[str, list[Line]] = {}
    for path, operations in api.openapi()["paths"].items():
        for method, operation in operations.items():
            told = operation["description"].partition("\n")[0]
            parts.setdefault(operation["tags"][0], []).append(Line(method.upper(), path, operation["summary"], told))
    return parts
