"""Every route that there is, asked as those who may not: a new one cannot be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

from bots.web.app import Reach
from bots.web.login import policy
from tests.web.staged_bots import many
from tests.web.staging import anybody, living, signed_in, stage

SAFE = {"GET", "HEAD", "OPTIONS"}
# What everybody may ask for. Whoever adds to this says that nobody has to be logged in for it.
FOR_EVERYBODY = {
    ("GET", "/login"),
    ("HEAD", "/login"),
    ("POST", "/login"),
    ("GET", "/healthz"),
    ("HEAD", "/healthz"),
    ("POST", "/api/v1/session"),
}
# What a viewer may change.
FOR_VIEWERS = {
    ("POST", "/logout"),
    ("POST", "/account/password"),
    ("DELETE", "/api/v1/session"),
    ("PUT", "/api/v1/session/password"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One method at one path, its parameters filled in."""

    method: str
    path: str

    @property
    def changes(self) -> bool:
        return self.method not in SAFE

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def ways(routes: list[BaseRoute], prefix: str = "") -> Iterator[Way]:
    """Find every way into an application."""
    for route in routes:
        # FastAPI keeps a router that was included as one, and has no public name for it.
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from ways(included.routes, prefix + getattr(route, "include_context").prefix)  # noqa: B009
        elif isinstance(route, Mount):
            if route.path != "/static":
                yield from ways(list(route.routes), f"{prefix}{route.path}")
        else:
            assert isinstance(route, Route), f"{route} is of a kind that this test does not know"
            path = re.sub(r"\{[^}]*\}", "0001", f"{prefix}{route.path}")
            for method in sorted(route.methods or {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield Way(method, path)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    reach = Reach()
    # Streams end as soon as they have begun.
    reach.closing.begin()
    return stage(many(10), tmp_path, reach=reach)


@pytest.fixture
def known(app: FastAPI) -> list[Way]:
    return sorted(set(ways(list(app.router.routes))), key=str)


def others(known: list[Way]) -> list[Way]:
    return [way for way in known if (way.method, way.path) not in FOR_EVERYBODY]


def changing(known: list[Way]) -> list[Way]:
    return [way for way in others(known) if way.changes]


async def ask(client: httpx.AsyncClient, way: Way, **headers: str) -> httpx.Response:
    return await client.request(way.method, way.path, headers=headers, json={} if way.changes else None)


def test_the_routes_are_found(known: list[Way]) -> None:
    found = {(way.method, way.path) for way in known}

    assert found >= FOR_VIEWERS | {("POST", "/login"), ("POST", "/api/v1/session")}
    assert len(changing(known)) > 10, "pages and API have more than this: the test has lost sight of them"


async def test_nothing_is_seen_or_changed_without_a_login(app: FastAPI, known: list[Way]) -> None:
    passed = []
    async with living(app), anybody(app) as client:
        for way in others(known):
            answer = await ask(client, way)
            led_away = answer.status_code == 303 and answer.headers["Location"].startswith(policy.LOGIN)
            if not (answer.status_code == 401 or (led_away and not way.changes)):
                passed.append(f"{way}: {answer.status_code}")

    assert passed == []
    assert app.state.console.bots.told == []


async def test_nothing_is_changed_by_a_viewer(app: FastAPI, known: list[Way]) -> None:
    passed = []
    async with living(app), signed_in(app, "vera") as client:
        for way in changing(known):
            if (way.method, way.path) in FOR_VIEWERS:
                continue
            answer = await ask(client, way)
            if answer.status_code != 403 or "takes an operator" not in answer.text:
                passed.append(f"{way}: {answer.status_code}")

    assert passed == []
    assert app.state.console.bots.told == []


async def test_nothing_is_changed_without_the_token(app: FastAPI, known: list[Way]) -> None:
    passed = []
    async with living(app), signed_in(app, "olga") as client:
        del client.headers["X-CSRF-Token"]
        for way in changing(known):
            for headers in ({}, {"X-CSRF-Token": "guessed"}):
                answer = await ask(client, way, **headers)
                if answer.status_code != 403 or "CSRF" not in answer.text:
                    passed.append(f"{way} {headers}: {answer.status_code}")

    assert passed == []
    assert app.state.console.bots.told == []


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
async def test_nothing_is_changed_by_a_page_of_another_site(
    app: FastAPI, known: list[Way], headers: dict[str, str]
) -> None:
    passed = []
    async with living(app), signed_in(app, "olga") as client:
        for way in [way for way in known if way.changes]:
            answer = await ask(client, way, **headers)
            if answer.status_code != 403:
                passed.append(f"{way}: {answer.status_code}")

    assert passed == []
    assert app.state.console.bots.told == []


async def test_looking_changes_nothing(app: FastAPI, known: list[Way]) -> None:
    async with living(app), signed_in(app, "olga") as client:
        for way in known:
            if way.method == "GET":
                answer = await ask(client, way)
                assert answer.status_code < 500 or answer.status_code == 502, f"{way}: {answer.text}"

    assert app.state.console.bots.told == []
