"""The API is asked all that its own document allows, and much that it forbids: it answers as the document says.

API_EXAMPLES=100 makes more of each.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import Receive, Scope, Send

from bots.web.api import PREFIX, make_api, openapi
from tests.web.staged_backtests import StagedBacktests
from tests.web.staged_bots import many
from tests.web.staged_sayings import document
from tests.web.staging import signed_in, stage

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("API_EXAMPLES", "4"))
SITE = "http://localhost"
# Logging in and out would end the session by which all others ask; they have tests of their own, as has the stream.
LEFT_OUT = ["/session", "/session/password", "/events"]
DOCUMENTS = ("POST /bots", "PUT /bots/{name}/document", "POST /documents/check", "POST /backtests")
# Which bot can be asked for it; of all others the live one, which runs and holds something.
WHOM = {"POST /bots/{name}/start": "0003", "POST /bots/{name}/resume": "0004"}


class Relay:
    """Stands for the application, which is only made once a test runs."""

    app: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


RELAY = Relay()


def described(mode: str) -> Any:
    """Return the API by its own document, to be asked what is right, or all."""
    config = {
        "base-url": f"{SITE}{PREFIX}",
        "seed": 8,
        "generation": {"mode": mode, "with-security-parameters": False},
    }
    made = schemathesis.openapi.from_dict(
        openapi.described(make_api(), PREFIX, "tradingbot"), config=SchemathesisConfig.from_dict(config)
    )
    made.app = RELAY
    return made.exclude(path=LEFT_OUT)


right, everything = described("positive"), described("all")
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@dataclass
class Asking:
    """An application, and how an operator asks it."""

    app: FastAPI
    headers: Mapping[str, str]
    folder: Path

    def again(self) -> None:
        """Let all bots and backtests be there again, as they were."""
        backtests: Any = StagedBacktests(self.folder)
        self.app.state.console = replace(self.app.state.console, bots=many(10), backtests=backtests)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    folder = tmp_path_factory.mktemp("console")
    RELAY.app = app = stage(many(10), folder)

    async def logged_in() -> dict[str, str]:
        async with signed_in(app, "olga", site=SITE) as client:
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            return {"Cookie": cookies, "X-CSRF-Token": client.headers["X-CSRF-Token"]}

    return Asking(app, asyncio.run(logged_in()), folder)


@everything.parametrize()  # type: ignore[untyped-decorator]
@bounded
def test_whatever_is_asked_is_answered_as_the_document_says(case: Any, asking: Asking) -> None:
    asking.again()
    # What a document means is more than that it is an object, and so is what can be done to a bot now.
    case.call_and_validate(headers=dict(asking.headers), excluded_checks=[positive_data_acceptance])


@right.parametrize()  # type: ignore[untyped-decorator]
@bounded
def test_what_can_be_done_is_done_and_answered_as_the_document_says(case: Any, asking: Asking) -> None:
    asking.again()
    answer = case.call_and_validate(
        headers={**asking.headers, **_aimed(case, asking)},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
        ],
    )
    assert answer.status_code < 300, (case.operation.label, answer.status_code, answer.text)


def _aimed(case: Any, asking: Asking) -> dict[str, str]:
    """Let a request be about what there is; return the headers that it needs for that."""
    label = case.operation.label
    if "name" in case.path_parameters:
        case.path_parameters["name"] = WHOM.get(label, "0005")
    if "id" in case.path_parameters:
        case.path_parameters["id"] = "done-1"
    if label == "PUT /bars/{file}":
        case.path_parameters["file"], case.body = "new.csv", "timestamp,open,high,low,close,volume\n"
    if label in DOCUMENTS:
        case.body = json.loads(document(7))
    if label == "POST /bots":
        case.query["name"] = "new"
    if label == "POST /backtests":
        case.query["bars"] = "made"
    if label == "DELETE /bots/{name}":
        case.query["confirm"] = "0005"
    elif isinstance(case.body, dict) and label not in DOCUMENTS:
        case.body = {**case.body, "confirm": "0005"} if not label.endswith(("/start", "/resume")) else {}
        case.body |= {"reason": "maintenance"} if "reason" in case.body else {}
    elif label in ("POST /bots/{name}/stop", "POST /bots/{name}/restart", "POST /bots/{name}/close"):
        case.body = {"confirm": "0005"}
        case.media_type = "application/json"
    return {"If-Match": _version(asking)} if label == "PUT /bots/{name}/document" else {}


def _version(asking: Asking) -> str:
    return str(asyncio.run(asking.app.state.console.bots.document("0005")).version)
