"""The gate: who reaches a route, who is led to the login, and who is refused."""

from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from bots.web.app import Reach
from bots.web.auditing import ADDRESS
from bots.web.login.sessions import IDLE_SECONDS, Sessions
from tests.web.audited import audited
from tests.web.staged_bots import StagedBots
from tests.web.staging import PASSWORDS, anybody, sign_in, signed_in, stage

CHANGE = "/staged/change"
OLGA = {"user": "olga", "password": PASSWORDS["olga"]}


def with_a_route(app: FastAPI) -> FastAPI:
    """Add a route that changes something, and knows nothing of logins."""

    @app.post(CHANGE)
    async def change(request: Request) -> dict[str, str]:
        body = await request.body()
        return {"user": request.state.session.user, "address": ADDRESS.get(), "body": body.decode()}

    return app


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return with_a_route(stage(StagedBots(), tmp_path))


@pytest.fixture
def proxied(tmp_path: Path) -> FastAPI:
    return with_a_route(stage(StagedBots(), tmp_path, reach=Reach(local=True, behind_proxy=True)))


# --- Without a login ------------------------------------------------------------------------------------------------


async def test_a_page_leads_to_the_login_a_program_is_told_and_a_part_of_a_page_leads_the_whole(app: FastAPI) -> None:
    async with anybody(app) as client:
        page = await client.get("/bots/x?tab=log")
        program = await client.get("/api/v1/bots")
        part = await client.get(
            "/part", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost:5000/f?q=1"}
        )
        stream = await client.get("/events", headers={"Accept": "text/event-stream"})
        change = await client.post(CHANGE)

    assert (page.status_code, page.headers["Location"]) == (303, "/login?next=/bots/x%3Ftab%3Dlog")
    assert (program.status_code, program.json()["detail"]) == (401, "log in first")
    assert program.headers["Content-Type"] == "application/problem+json"
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/login?next=/f%3Fq%3D1")
    assert (stream.status_code, change.status_code) == (401, 401)


@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/login.css"])
async def test_what_everybody_may_have(app: FastAPI, path: str) -> None:
    async with anybody(app) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.head(path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/static", "/statics/x", "/login/", "//login", "/LOGIN", "/healthz/", "/static/../api/v1/bots", "/%2e%2e/healthz",
     "/static/%2e%2e/login.css", "/login;x", "/openapi.json", "/docs", "/redoc"],
)  # fmt: skip
async def test_what_only_looks_like_it_is_not_had(app: FastAPI, path: str) -> None:
    async with anybody(app) as client:
        answer = await client.get(path)

    assert answer.status_code in (303, 401, 404)
    assert "Content-Disposition" not in answer.headers
    assert answer.status_code != 404 or path.startswith("/static/")


async def test_a_web_socket_is_closed(app: FastAPI) -> None:
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "scheme": "ws", "query_string": b"", "state": {}}
    await app(scope, receive, send)  # type: ignore[arg-type]

    assert [message["type"] for message in sent] == ["websocket.close"]


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "\xff", "a=b; tradingbot-5000", "tradingbot-5000=" + "x" * 10_000, "tradingbot-5000=%00", "=;;;==;"],
)
async def test_a_cookie_that_is_none_is_no_login(app: FastAPI, cookie: str) -> None:
    async with anybody(app) as client:
        answer = await client.get("/", headers=[(b"Cookie", cookie.encode("latin-1"))])

    assert answer.status_code == 303


# --- With one ---------------------------------------------------------------------------------------------------------


async def test_an_operator_with_the_token_passes_and_the_route_knows_who_it_is(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        answer = await client.post(CHANGE, content=b"a=1")

    assert answer.json() == {"user": "olga", "address": "127.0.0.1", "body": "a=1"}


@pytest.mark.parametrize("token", [None, "", "x", "\xff" * 43, "x" * 43])
async def test_without_the_sessions_token_nothing_is_changed(app: FastAPI, token: str | None) -> None:
    async with signed_in(app, "olga") as client:
        del client.headers["X-CSRF-Token"]
        more = [] if token is None else [(b"X-CSRF-Token", token.encode("latin-1"))]
        answer = await client.post(CHANGE, headers=more)

    assert answer.status_code == 403
    assert "CSRF" in answer.text


async def test_the_token_of_another_session_is_none(app: FastAPI) -> None:
    async with signed_in(app, "olga") as hers, signed_in(app, "olga") as also_hers:
        answer = await hers.post(CHANGE, headers={"X-CSRF-Token": also_hers.headers["X-CSRF-Token"]})

    assert answer.status_code == 403


async def test_a_form_shows_the_token_only_for_the_way_out_and_the_own_password(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        token = client.headers.pop("X-CSRF-Token")
        answer = await client.post(CHANGE, data={"csrf": token})

    assert answer.status_code == 403


async def test_a_viewer_looks_and_does_not_act_and_that_it_was_tried_is_written_down(
    app: FastAPI, tmp_path: Path
) -> None:
    async with signed_in(app, "vera") as client:
        answer = await client.post(CHANGE)

    assert answer.status_code == 403
    assert "takes an operator" in answer.text
    line = audited(tmp_path)[-1]
    assert (line["user"], line["action"]) == ("vera", f"POST {CHANGE}")
    assert line["outcome"].startswith("refused: ")


OTHER_SITES = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:5001"},
    {"Origin": "https://localhost:5000"},
    {"Origin": "http://localhost:5000.evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:5000"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "anything"},
]


@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
async def test_a_page_of_another_site_changes_nothing_and_logs_nobody_in(app: FastAPI, headers: dict[str, str]) -> None:
    async with signed_in(app, "olga") as client, anybody(app) as stranger:
        changed = await client.post(CHANGE, headers=headers)
        logged_in = await stranger.post("/login", data=OLGA, headers=headers)

    assert (changed.status_code, logged_in.status_code) == (403, 403)
    assert "Set-Cookie" not in logged_in.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:5000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:5000"},
        # A browser that trusts the way to a proxy, and a proxy that does not say what name it was asked for.
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://bots.example"},
    ],
    ids=str,
)
async def test_a_page_of_this_site_may(app: FastAPI, headers: dict[str, str]) -> None:
    async with signed_in(app, "olga") as client:
        assert (await client.post(CHANGE, headers=headers)).status_code == 200


async def test_whoever_came_by_the_one_time_password_does_nothing_before_choosing_one(tmp_path: Path) -> None:
    from bots.web.login.first_time import FirstTime

    app = with_a_route(stage(StagedBots(), tmp_path))
    (tmp_path / "users.json").unlink()
    password, first_time = FirstTime.make()
    app.state.console.doors._first_time = first_time
    async with anybody(app) as client:
        entered = await client.post("/login", data={"user": "admin", "password": password, "next": "/bots/x"})
        await sign_in(client, "admin", password)
        page, program = await client.get("/"), await client.get("/api/v1/bots")
        change = await client.post(CHANGE)
        form = await client.get("/account")
        chosen = await client.post("/account/password", data={"new": "a good one now", "again": "a good one now"})
        first_page = await client.get("/")
        told = await client.get("/account")

    assert entered.headers["Location"] == "/account"
    assert (page.status_code, page.headers["Location"]) == (303, "/account")
    assert (program.status_code, program.json()["detail"]) == (403, "choose a password of your own first")
    assert change.status_code == 403
    assert "Choose a password" in form.text
    assert 'name="old"' not in form.text
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/")
    assert first_page.status_code != 303
    assert 'name="old"' in told.text


# --- Names, proxies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example:5000", "evil.example", "localhost.evil.example", "127.0.0.1.evil:80", "["]
)
async def test_a_name_of_another_machine_that_leads_here_is_refused(app: FastAPI, host: str) -> None:
    async with signed_in(app, "olga") as client:
        answers = [await client.get(path, headers={"Host": host}) for path in ("/login", "/healthz", "/")]

    assert [answer.status_code for answer in answers] == [421, 421, 421]


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000", "[::1]:5000", "192.168.0.7"])
async def test_this_machines_names_and_addresses_are_not(app: FastAPI, host: str) -> None:
    async with anybody(app) as client:
        assert (await client.get("/login", headers={"Host": host})).status_code == 200


async def test_what_listens_to_other_machines_has_whatever_name_they_give_it(tmp_path: Path) -> None:
    app = stage(StagedBots(), tmp_path, reach=Reach(local=False))
    async with anybody(app, "http://bots.example:5000") as client:
        assert (await client.get("/login")).status_code == 200


SAID = {
    "Host": "console:5000",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "bots.example",
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
}


async def test_behind_a_proxy_cookies_and_addresses_are_those_of_the_browser(proxied: FastAPI) -> None:
    async with anybody(proxied) as client:
        answer = await client.post("/login", data=OLGA, headers={**SAID, "Origin": "https://bots.example"})

    given = answer.headers["Set-Cookie"]
    assert given.startswith("__Host-tradingbot=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert proxied.state.console.audit.last(1)[0]["address"] == "198.51.100.7"


async def test_without_a_proxy_nobody_is_believed_to_be_one(app: FastAPI) -> None:
    headers = {key: value for key, value in SAID.items() if key != "Host"}
    async with anybody(app) as client:
        answer = await client.post("/login", data=OLGA, headers=headers)

    assert answer.headers["Set-Cookie"].startswith("tradingbot-5000=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers
    assert app.state.console.audit.last(1)[0]["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("198.51.100.7, <script>", "127.0.0.1"),
    ],
)
async def test_an_address_is_taken_from_a_proxy_only_where_it_is_one(proxied: FastAPI, said: str, address: str) -> None:
    async with anybody(proxied) as client:
        await client.post("/login", data=OLGA, headers={"X-Forwarded-For": said})

    assert proxied.state.console.audit.last(1)[0]["address"] == address


async def test_behind_a_proxy_without_a_word_on_it_the_origin_tells_how_to_run_it(app: FastAPI) -> None:
    async with anybody(app) as client:
        answer = await client.post("/login", data=OLGA, headers={"Origin": "https://localhost:5000"})

    assert answer.status_code == 403
    assert "--behind-proxy" in answer.text


# --- Attempts ---------------------------------------------------------------------------------------------------------


async def test_who_guesses_is_told_when_to_come_again_and_each_guess_is_written_down(
    app: FastAPI, tmp_path: Path
) -> None:
    async with anybody(app) as client:
        answers = [await client.post("/login", data={"user": "olga", "password": f"guess {n}"}) for n in range(8)]
        right = await client.post("/login", data=OLGA)

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) >= 1
    assert "too many failed logins: try again in" in right.text
    # What nobody looked at is written down once: or else the log could be filled from outside.
    assert [line["outcome"] for line in audited(tmp_path)] == [
        *["refused: wrong name or password"] * 5,
        "refused: too many failed logins",
    ]


# --- Streams ----------------------------------------------------------------------------------------------------------


def with_a_stream(app: FastAPI, sent: list[str]) -> FastAPI:
    @app.get("/staged/stream")
    async def stream(request: Request) -> StreamingResponse:
        async def events() -> object:
            for number in range(10):
                sent.append(f"data: {number}\n\n")
                yield sent[-1]
                if number == 2:
                    request.app.state.console.doors.leave(request.state.session)

        return StreamingResponse(events(), media_type="text/event-stream")  # type: ignore[arg-type]

    return app


async def test_a_stream_ends_with_its_session(app: FastAPI) -> None:
    sent: list[str] = []
    async with signed_in(with_a_stream(app, sent), "olga") as client:
        answer = await client.get("/staged/stream", headers={"Accept": "text/event-stream"})

    assert answer.text == "".join(sent[:3])
    assert len(sent) < 10


ASKED_BY_NOBODY = [
    *(("OPTIONS", path) for path in ("/login", "/healthz", "/static/login.css")),
    *(("GET", path) for path in ("/static/nowhere", "/nowhere", "/api/v1/session")),
    *(("POST", path) for path in ("/static/login.css", "/healthz")),
    *((method, "/login") for method in ("PUT", "DELETE", "TRACE", "X")),
]


@pytest.mark.parametrize(("method", "path"), ASKED_BY_NOBODY)
async def test_whoever_is_not_in_is_told_nothing_of_where_the_bots_are(
    app: FastAPI, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StagedBots, "place", "a place to hide")
    async with anybody(app) as client:
        answer = await client.request(method, path)
        login = await client.get("/login")

    assert 300 < answer.status_code < 500
    assert "a place to hide" not in answer.text + login.text


async def test_a_page_that_only_lies_open_and_listens_does_not_keep_its_session(app: FastAPI) -> None:
    now = 1_700_000_000.0
    app.state.console.doors.sessions = Sessions(lambda: now)
    async with signed_in(app, "olga") as client:
        now += IDLE_SECONDS / 2
        await client.get("/nowhere", headers={"Accept": "text/event-stream"})
        now += IDLE_SECONDS / 2
        answer = await client.get("/api/v1/session")

    assert answer.status_code == 401
