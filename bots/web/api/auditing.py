"""Who did what, for operators."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from bots.web.api.documenting import problems
from bots.web.api.values import Time
from bots.web.console import TheConsole, TheSession

router = APIRouter(tags=["Audit"])


class AuditLine(BaseModel):
    """One thing that somebody did, or was refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time: Time
    user: str = Field(default="", description="Who it was, or said to be.")
    way: str = Field(default="", description="How the person came: `web` by pages, `api` by this API.")
    address: str = Field(default="", description="From which address.")
    action: str = Field(default="", description="Such as `start`, `save` or `login`.")
    bot: str = Field(default="", description="To which bot; may be empty.")
    outcome: str = Field(default="", description="`done`, or `refused: WHY`, or `failed: WHY`.")
    more: dict[str, Any] = Field(default_factory=dict, description="The details.")


@router.get("/audit", summary="See what was done", responses=problems(401, 403, 422))
async def audit(
    console: TheConsole,
    session: TheSession,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many lines at most.")] = 100,
) -> tuple[AuditLine, ...]:
    """Return the last lines of the audit log, newest first; for operators."""
    if not session.can_operate:
        raise HTTPException(403, "the audit log is for operators")
    return tuple(AuditLine.model_validate(line) for line in console.audit.last(limit))
