"""What the editor sends: a document as it stands there, and what was typed since."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from bots.web.backtests.bars import MADE_COUNT
from bots.web.pages.backtesting_parts import USUAL

_MOST_CHANGES = 200

type Short = Annotated[str, Field(max_length=300)]
type Path = Annotated[list[Short], Field(max_length=40)]


class Draft(BaseModel):
    """A document as it stands in the editor.

    Parameters
    ----------
    text : str
        The document.
    name : str
        Whose it is, or shall be.
    version : str
        That of the saved document from which this was made; nothing for a bot that is new.
    typed : str
        The name as it was typed once more, for what trades live.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    name: Short = ""
    version: Short = ""
    typed: Short = ""


class Typed(Draft):
    """A draft, and what was typed into fields since: their paths, and what stands in them."""

    changes: Annotated[list[tuple[Path, str]], Field(max_length=_MOST_CHANGES)] = []


class OnBars(Draft):
    """A draft, and the bars that it shall be tried on."""

    bars: Short = USUAL
    count: int = MADE_COUNT


def _reads[D: Draft](model: type[D]) -> Callable[[Request], Awaitable[D]]:
    async def read(request: Request) -> D:
        try:
            # Half characters are replaced: no page and no file can hold them.
            whole = json.dumps(json.loads(await request.body()), ensure_ascii=False).encode(errors="replace")
            return model.model_validate_json(whole)
        except (ValidationError, ValueError, RecursionError) as error:
            raise HTTPException(422, "this is no draft of a document") from error

    return read


type TheDraft = Annotated[Draft, Depends(_reads(Draft))]
type TheTyped = Annotated[Typed, Depends(_reads(Typed))]
type TheDraftOnBars = Annotated[OnBars, Depends(_reads(OnBars))]
