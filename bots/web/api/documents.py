"""Documents: made, read, saved, checked."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bots.config import document_from_bytes, json_schema
from bots.web import acting
from bots.web.api.document_bodies import ANYTHING_IN_OPENAPI, EXAMPLE, IN_OPENAPI, AnyText, DocumentText
from bots.web.api.documenting import problems
from bots.web.api.fleet_values import Bot, bot_of
from bots.web.api.problems import Flaw
from bots.web.api.values import BotName, Value
from bots.web.console import TheConsole, TheSession
from strategies.errors import DocumentError

router = APIRouter(tags=["Documents"])

type Confirm = Annotated[
    str | None,
    Query(
        max_length=128,
        description="The name once more; needed where the document trades live, as /documents/check says.",
    ),
]

_ETAG = {"ETag": {"description": "Marks this version of the document.", "schema": {"type": "string"}}}


class Checked(Value):
    """What a check of a document has found."""

    good: bool = Field(description="Whether a bot could run by it.")
    faults: tuple[Flaw, ...] = Field(description="All that is wrong, with its places.")
    warnings: tuple[Flaw, ...] = Field(description="What is allowed and yet probably not meant; of a good one only.")
    mode: str | None = Field(description="`paper`, or `live`: its orders would leave for a venue. Of a good one only.")
    symbol: str | None = Field(description="What it would trade. Of a good one only.")


class Saved(Value):
    """A document that was saved."""

    version: str = Field(description="Marks this version; the same as the ETag, without quotes.")


@router.post(
    "/bots",
    summary="Make a bot",
    status_code=201,
    openapi_extra=IN_OPENAPI,
    responses={
        201: {
            "description": "It is made, and does not run yet.",
            "headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
        },
        **problems(401, 403, 409, 413, 415, 422, 502),
    },
)
async def create(
    console: TheConsole,
    session: TheSession,
    name: Annotated[
        str,
        Query(
            min_length=1,
            max_length=128,
            description="What it shall be called: letters, digits, `.`, `-` and `_`, 40 at most; in a cluster "
            "`namespace.name`, in small letters, digits and `-`.",
            examples=["0002"],
        ),
    ],
    text: DocumentText,
    response: Response,
    confirm: Confirm = None,
) -> Bot:
    """Make a bot of a document; it does not run before it is started."""
    entry = await acting.create(console, session, name, text, typed=confirm, way=acting.API)
    response.headers["Location"] = f"/api/v1/bots/{entry.name}"
    return bot_of(entry)


@router.get(
    "/bots/{name}/document",
    summary="Read a bot's document",
    response_class=Response,
    responses={
        200: {
            "description": "The document as it is written. One that is no JSON comes as text.",
            "headers": _ETAG,
            "content": {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}, "text/plain": {}},
        },
        **problems(401, 403, 404, 409, 422, 502),
    },
)
async def read(console: TheConsole, name: BotName) -> Response:
    """Return a bot's document as it is written, with its version as ETag."""
    written = await console.bots.document(name)
    media_type = "application/json" if _is_object(written.text) else "text/plain"
    return Response(written.text.encode(), headers={"ETag": f'"{written.version}"'}, media_type=media_type)


@router.put(
    "/bots/{name}/document",
    summary="Save a bot's document",
    openapi_extra=IN_OPENAPI,
    responses={
        200: {"description": "It is saved.", "headers": _ETAG},
        **problems(401, 403, 404, 409, 412, 413, 415, 422, 428, 502),
    },
)
async def save(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    text: DocumentText,
    response: Response,
    confirm: Confirm = None,
    if_match: Annotated[
        str | None,
        Header(description="The ETag of the version from which this one was made; needed.", examples=['"0f3a"']),
    ] = None,
) -> Saved:
    """Replace a bot's document, if nobody else has since it was read.

    At home a bot that runs goes on with the old one until it is restarted; in a cluster the operator replaces its pod.
    """
    if if_match is None:
        raise HTTPException(428, "say by If-Match which version was changed: the ETag of GET")
    version = if_match.strip().strip('"')
    written = await acting.save(console, session, name, text, version, typed=confirm, way=acting.API)
    response.headers["ETag"] = f'"{written.version}"'
    return Saved(version=written.version)


@router.post(
    "/documents/check",
    summary="Check a document",
    openapi_extra=ANYTHING_IN_OPENAPI,
    responses=problems(401, 403, 413, 415, 422),
)
async def check(text: AnyText) -> Checked:
    """Say all that is wrong with a document, without keeping it."""
    try:
        document = document_from_bytes(text.encode(), "the document")
    except DocumentError as error:
        faults = tuple(Flaw(place=fault.place, message=fault.message) for fault in error.faults)
        return Checked(good=False, faults=faults, warnings=(), mode=None, symbol=None)
    warnings = tuple(Flaw(place=fault.place, message=fault.message) for fault in document.warnings())
    return Checked(good=True, faults=(), warnings=warnings, mode=document.mode, symbol=document.symbol)


@router.get(
    "/schema",
    summary="Get the schema of documents",
    responses={200: {"description": "JSON Schema, draft 2020-12."}, **problems(401, 403)},
)
async def schema() -> dict[str, Any]:
    """Return the JSON Schema of documents, the parameters of all entries and exits of this installation included."""
    return json_schema()


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
