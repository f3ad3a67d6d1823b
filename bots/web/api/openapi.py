"""The OpenAPI document: what FastAPI makes of the routes, with what only the whole knows."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse

from bots.web.api.problems import Problem
from bots.web.login.policy import TOKEN_HEADER, cookie_name

_UNSAFE = ("post", "put", "patch", "delete")
_REF = "#/components/schemas/{model}"
_FASTAPIS = {
    "description": "Validation Error",
    "content": {"application/json": {"schema": {"$ref": _REF.format(model="HTTPValidationError")}}},
}
_DESCRIPTION = f"""
All that the pages of the console do, for programs.

- **Log in** with `POST /session`: keep the cookie, and send its `csrf` as `{TOKEN_HEADER}` with all that changes
  something. A viewer may look, an operator may also act.
- **Amounts** are numbers in the currency that stands beside them, **times** are UTC, **positions** are in units of what
  is traded.
- **Errors** are `application/problem+json` (RFC 9457); `detail` is one sentence for people.
- **Documents** travel as they are written, with an `ETag`; who saves one shows by `If-Match` from which it was made.
- **Real money**: see `/bots/{{name}}/consequences` before you act. What asks for it takes the bot's name as `confirm`.
"""
_TAGS = [
    {"name": "Bots", "description": "The fleet."},
    {"name": "One bot", "description": "What one bot says of itself."},
    {"name": "Actions", "description": "What is done to bots."},
    {"name": "Documents", "description": "What bots are told."},
    {"name": "Backtests", "description": "Documents on past bars."},
    {"name": "Session", "description": "Coming in and going out."},
    {"name": "Audit", "description": "Who did what."},
]

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """Return the OpenAPI document of this API."""
    # The cookie is called by the port on which the console is asked.
    cookie = cookie_name(request.url.scheme, request.headers.get("Host", ""))
    return JSONResponse(described(request.app, request.scope.get("root_path", ""), cookie))


def described(api: FastAPI, root: str, cookie: str) -> dict[str, Any]:
    """Return the OpenAPI document of the API below a root, for sessions with a cookie of that name."""
    api.description, api.openapi_tags = _DESCRIPTION, _TAGS
    made = api.openapi()
    document: dict[str, Any] = {**made, "servers": [{"url": root}], "components": _components(made, cookie)}
    document["paths"] = {
        path: {method: _completed(operation, method, path) for method, operation in operations.items()}
        for path, operations in made["paths"].items()
    }
    return document


def _components(made: dict[str, Any], cookie: str) -> dict[str, Any]:
    # Of Problem no route knows: it is what handlers answer.
    _, problems = models_json_schema([(Problem, "serialization")], ref_template=_REF)
    schemas = {**made.get("components", {}).get("schemas", {}), **problems["$defs"]}
    return {
        "schemas": {name: schema for name, schema in sorted(schemas.items()) if "ValidationError" not in name},
        "securitySchemes": {
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": cookie,
                "description": "The session's cookie, as POST /session hands it out.",
            },
            "csrf": {
                "type": "apiKey",
                "in": "header",
                "name": TOKEN_HEADER,
                "description": "The session's CSRF token; needed by all that changes something.",
            },
        },
    }


def _completed(operation: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    # FastAPI describes its own answer to bad questions, which is none of ours.
    answers = {status: told for status, told in operation["responses"].items() if told != _FASTAPIS}
    schemes: dict[str, list[str]] = {"session": []}
    needed = [schemes | {"csrf": []} if method in _UNSAFE else schemes]
    return {
        **operation,
        "responses": answers,
        "security": [] if (method, path) == ("post", "/session") else needed,
    }
