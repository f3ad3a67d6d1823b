"""What every answer tells the browser, whoever has given it."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import Response

from bots.web.app import Reach
from bots.web.assets import STATIC, asset
from tests.web.staged_bots import StagedBots
from tests.web.staging import anybody, signed_in, stage


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    app = stage(StagedBots(), tmp_path)

    @app.get("/staged/failure")
    async def failure() -> None:
        raise ZeroDivisionError("of a secret")

    @app.get("/staged/report")
    async def report(policy: str) -> Response:
        return Response("", headers={"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"})

    return app


@pytest.mark.parametrize(
    "path",
    ["/login", "/healthz", "/", "/nowhere", "/api/v1/bots", "/api/v1/nowhere", "/staged/failure", "/static/login.css"],
)
@pytest.mark.parametrize("user", ["nobody", "olga"])
async def test_every_answer_has_them(app: FastAPI, path: str, user: str) -> None:
    async with anybody(app) if user == "nobody" else signed_in(app, user) as client:
        headers = (await client.get(path)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


async def test_the_policy_lets_nothing_in_from_elsewhere_and_nothing_inline(app: FastAPI) -> None:
    async with anybody(app) as client:
        policy = (await client.get("/login")).headers["Content-Security-Policy"]

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


@pytest.mark.parametrize("path", ["/login", "/", "/account", "/api/v1/bots", "/healthz", "/static/nowhere.css"])
async def test_nothing_but_static_files_is_kept(app: FastAPI, path: str) -> None:
    async with signed_in(app, "olga") as client:
        assert (await client.get(path)).headers["Cache-Control"] == "no-store"


async def test_a_static_file_is_kept_for_long_under_its_mark_and_asked_for_again_without(app: FastAPI) -> None:
    async with anybody(app) as client:
        marked = await client.get(asset("login.css"))
        plain = await client.get("/static/login.css")
        again = await client.get("/static/login.css", headers={"If-None-Match": plain.headers["ETag"]})

    assert marked.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


def test_the_mark_of_a_file_is_its_contents() -> None:
    assert asset("login.css") != asset("vendor/htmx.min.js").replace("vendor/htmx.min.js", "login.css")
    assert (STATIC / "login.css").is_file()


async def test_over_https_the_browser_is_told_to_stay_there(tmp_path: Path) -> None:
    app = stage(StagedBots(), tmp_path, reach=Reach(behind_proxy=True))
    async with anybody(app) as client:
        over_https = await client.get("/login", headers={"X-Forwarded-Proto": "https"})
        over_http = await client.get("/login")

    assert over_https.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in over_http.headers


async def test_what_is_shut_up_in_a_sandbox_may_have_a_policy_of_its_own(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        sandboxed = await client.get("/staged/report", params={"policy": "sandbox allow-scripts; default-src 'none'"})
        open_one = await client.get("/staged/report", params={"policy": "script-src 'unsafe-inline'"})
        loose = await client.get("/staged/report", params={"policy": "sandbox allow-scripts allow-same-origin"})

    assert sandboxed.headers["Content-Security-Policy"] == "sandbox allow-scripts; default-src 'none'"
    assert sandboxed.headers["X-Frame-Options"] == "SAMEORIGIN"
    for answer in (open_one, loose):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert answer.headers["X-Frame-Options"] == "DENY"


async def test_a_fault_of_ours_is_a_line_and_no_traceback(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    async with signed_in(app, "olga") as client:
        answer = await client.get("/staged/failure")

    assert answer.status_code == 500
    assert "fault of the console" in answer.text
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text
