"""Documents as bodies: they travel as they are written, so that nothing of the writing is lost."""

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from bots.config.raw import WHOLE, decode
from strategies.errors import DocumentError, Fault

EXAMPLE = {
    "version": "1.0",
    "broker": {"type": "mock", "initial_balance": 1000.0},
    "trading": {"symbol": "BTCUSDT", "position_size": 0.1, "max_drawdown_pct": 20.0},
    "data": {"data_source": "mock", "interval": "1m"},
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_period": 7}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 5}},
    },
    "risk_management": {"stop_loss_pct": 5.0},
}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "description": "The document, as its JSON file has it; /schema has its JSON Schema.",
            "content": {"application/json": {"schema": schema, "examples": {"paper": {"value": EXAMPLE}}}},
        }
    }


IN_OPENAPI = _body({"type": "object"})
ANYTHING_IN_OPENAPI = _body({})
"""Where it is no mistake that it is no document."""


async def _document_text(request: Request) -> str:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "send the document as it is, with Content-Type: application/json")
    text = decode(await request.body())
    if isinstance(text, Fault):
        raise DocumentError("the document", [text])
    return text


async def _object_text(text: Annotated[str, Depends(_document_text)]) -> str:
    # Told before anything else is looked at: what is no object is a document of no version.
    if not text.lstrip().startswith("{"):
        raise DocumentError("the document", [Fault(WHOLE, "must be a JSON object {...} with the sections of a bot")])
    return text


type DocumentText = Annotated[str, Depends(_object_text)]
type AnyText = Annotated[str, Depends(_document_text)]
