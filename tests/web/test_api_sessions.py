"""Programs log in, see who they are, choose a password and log out; the document of the API says how."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.web.audited import audited
from tests.web.staged_bots import many
from tests.web.staging import PASSWORDS, anybody, stage

SESSION = "/api/v1/session"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return stage(many(10), tmp_path)


async def log_in(client: httpx.AsyncClient, user: str, password: str | None = None) -> httpx.Response:
    return await client.post(SESSION, json={"user": user, "password": password or PASSWORDS[user]})


async def test_a_program_logs_in_acts_and_logs_out(app: FastAPI, tmp_path: Path) -> None:
    async with anybody(app) as client:
        told = (await log_in(client, "olga")).json()
        assert (told["user"], told["role"], told["choose_password"]) == ("olga", "operator", False)
        assert (await client.get(SESSION)).json() == told
        token = {"X-CSRF-Token": told["csrf"]}
        assert (await client.post("/api/v1/bots/0003/start")).status_code == 403
        assert (await client.post("/api/v1/bots/0003/start", headers=token)).status_code == 200
        assert (await client.delete(SESSION)).status_code == 403
        assert (await client.delete(SESSION, headers=token)).status_code == 204
        assert (await client.get(SESSION)).status_code == 401
    assert [(line["action"], line["way"], line["outcome"]) for line in audited(tmp_path) if line["way"] == "api"] == [
        ("login", "api", "done"),
        ("start", "api", "done"),
        ("logout", "api", "done"),
    ]


async def test_a_cookie_that_somebody_has_kept_is_worth_nothing_after_the_logout(app: FastAPI) -> None:
    async with anybody(app) as client, anybody(app) as thief:
        token = (await log_in(client, "olga")).json()["csrf"]
        thief.cookies.update(client.cookies)
        assert (await thief.get(SESSION)).status_code == 200
        await client.delete(SESSION, headers={"X-CSRF-Token": token})
        assert (await thief.get(SESSION)).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI) -> None:
    async with anybody(app) as client:
        cookie = (await log_in(client, "vera")).headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_wrong_password_says_no_more_than_that_and_is_never_repeated(app: FastAPI, tmp_path: Path) -> None:
    async with anybody(app) as client:
        known, unknown = await log_in(client, "olga", "hunter2!"), await log_in(client, "nobody", "hunter2!")
    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json()
    assert known.headers["Content-Type"] == "application/problem+json"
    assert "hunter2" not in (tmp_path / "audit.log").read_text()


async def test_who_tries_too_often_is_told_to_wait(app: FastAPI) -> None:
    async with anybody(app) as client:
        answers = [await log_in(client, "olga", f"wrong {number}") for number in range(30)]
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert "try again" in last.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"user": "olga"}, {"user": "olga", "password": 7}, {"user": [], "password": ""}])
async def test_a_login_that_is_none_is_refused_and_repeats_nothing(app: FastAPI, body: dict[str, Any]) -> None:
    async with anybody(app) as client:
        answer = await client.post(SESSION, json=body)
    assert answer.status_code == 422


async def test_a_password_in_a_bad_login_is_not_repeated(app: FastAPI) -> None:
    async with anybody(app) as client:
        answer = await client.post(SESSION, json={"user": "olga", "password": "hunter2!", "extra": "hunter3!"})
        assert answer.status_code == 422
        assert "hunter" not in answer.text


async def test_a_password_is_chosen_and_the_old_one_is_none_any_more(app: FastAPI) -> None:
    async with anybody(app) as client, anybody(app) as other:
        headers = {"X-CSRF-Token": (await log_in(client, "vera")).json()["csrf"]}
        await log_in(other, "vera")
        short = {"old": PASSWORDS["vera"], "new": "x"}
        assert (await client.put(f"{SESSION}/password", json=short, headers=headers)).status_code == 422
        wrong = {"old": "not hers at all", "new": "a new and longer word"}
        assert (await client.put(f"{SESSION}/password", json=wrong, headers=headers)).status_code == 422
        right = {"old": PASSWORDS["vera"], "new": "a new and longer word"}
        answer = await client.put(f"{SESSION}/password", json=right, headers=headers)
        assert answer.status_code == 200
        # It is another session by now, and all the others have ended.
        assert answer.json()["csrf"] != headers["X-CSRF-Token"]
        assert (await client.get(SESSION)).status_code == 200
        assert (await other.get(SESSION)).status_code == 401
        assert (await log_in(other, "vera")).status_code == 401
        assert (await log_in(other, "vera", "a new and longer word")).status_code == 200


# --- The document ---------------------------------------------------------------------------------------------------


async def document_of(app: FastAPI, site: str = "http://localhost:5000") -> dict[str, Any]:
    async with anybody(app, site) as client:
        assert (await client.get("/api/v1/openapi.json")).status_code == 401
        await log_in(client, "vera")
        made: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
        return made


async def test_each_operation_says_what_it_is_and_what_may_go_wrong(app: FastAPI) -> None:
    made = await document_of(app)
    assert made["servers"] == [{"url": "/api/v1"}]
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert len(operation["tags"]) == 1, where
            assert "401" in operation["responses"], where
            for status, answer in operation["responses"].items():
                assert answer["description"], (where, status)
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (where, status)


async def test_what_changes_something_needs_the_token_by_the_document(app: FastAPI) -> None:
    made = await document_of(app)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if (method, path) == ("post", "/session"):
                assert operation["security"] == []
            else:
                needed = {"session", "csrf"} if method != "get" else {"session"}
                assert [set(each) for each in operation["security"]] == [needed]


async def test_the_cookie_is_called_as_the_document_says(app: FastAPI) -> None:
    for site in ("http://localhost:5000", "https://localhost"):
        schemes = (await document_of(app, site))["components"]["securitySchemes"]
        async with anybody(app, site) as client:
            await log_in(client, "vera")
            assert schemes["session"]["name"] in client.cookies


async def test_every_field_of_a_bot_is_explained(app: FastAPI) -> None:
    made = await document_of(app)
    for name in ("Bot", "Status", "TradeTold", "BacktestTold", "Fleet", "FleetAsked"):
        schema = made["components"]["schemas"].get(name)
        if schema is None:
            continue
        plain = [
            key for key, field in schema["properties"].items() if "description" not in field and "$ref" not in field
        ]
        assert name == "Status" or not plain, (name, plain)


async def test_nothing_in_the_document_leads_nowhere(app: FastAPI) -> None:
    made = await document_of(app)
    text = json.dumps(made)
    for part in text.split('"$ref": "')[1:]:
        target: Any = made
        for key in part.partition('"')[0].removeprefix("#/").split("/"):
            target = target[key]
        assert target


async def test_the_page_about_the_api_names_every_operation(app: FastAPI) -> None:
    made = await document_of(app)
    async with anybody(app) as client:
        assert (await client.get("/api")).status_code == 303
        await log_in(client, "vera")
        page = (await client.get("/api")).text
    for path, operations in made["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {path}</code>" in page
    assert "<script>" not in page
