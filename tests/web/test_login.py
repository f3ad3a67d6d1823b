"""Logging in and out, as pages do it."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.web.audited import audited
from tests.web.staged_bots import StagedBots
from tests.web.staging import PASSWORDS, anybody, sign_in, signed_in, stage

OLGA = {"user": "olga", "password": PASSWORDS["olga"]}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return stage(StagedBots(), tmp_path)


def cookies(answer: httpx.Response) -> str:
    return str(answer.headers.get("Set-Cookie", ""))


async def test_a_page_asks_for_the_login_and_comes_back_afterwards(app: FastAPI) -> None:
    async with anybody(app) as client:
        led = await client.get("/bots/trend?tab=trades&from=2026-01-01")
        page = await client.get(led.headers["Location"])
        entered = await client.post("/login", data={**OLGA, "next": "/bots/trend?tab=trades&from=2026-01-01"})

    assert (led.status_code, page.status_code, entered.status_code) == (303, 200, 303)
    assert 'value="/bots/trend?tab=trades&amp;from=2026-01-01"' in page.text
    assert entered.headers["Location"] == "/bots/trend?tab=trades&from=2026-01-01"


async def test_a_name_nobody_has_is_answered_as_a_wrong_password_is(app: FastAPI) -> None:
    async with anybody(app) as client:
        wrong = await client.post("/login", data={"user": "olga", "password": "is it this one?"})
        nobody = await client.post("/login", data={"user": "oleg", "password": "is it this one?"})

    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace("olga", "oleg") == nobody.text
    assert not cookies(wrong)


async def test_a_name_may_be_typed_as_a_telephone_writes_it(app: FastAPI) -> None:
    async with anybody(app) as client:
        answer = await client.post("/login", data={**OLGA, "user": " Olga "})

    assert answer.status_code == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI) -> None:
    async with anybody(app) as client:
        given = cookies(await client.post("/login", data=OLGA))

    assert given.startswith("tradingbot-5000=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))
    assert "Secure" not in given
    assert "Domain" not in given


async def test_each_login_gets_an_id_of_its_own_whatever_the_browser_had(app: FastAPI) -> None:
    async with anybody(app) as client:
        client.cookies.set("tradingbot-5000", "an-id-that-somebody-else-knows")
        first = cookies(await client.post("/login", data=OLGA))
        second = cookies(await client.post("/login", data=OLGA))

    ids = {text.split(";")[0].partition("=")[2] for text in (first, second)}
    assert len(ids) == 2
    assert all(len(each) >= 43 for each in ids)


async def test_the_session_that_a_login_replaces_has_ended(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        old = dict(client.cookies)
        await sign_in(client, "vera", PASSWORDS["vera"])
        async with anybody(app) as other:
            other.cookies.update(old)
            answer = await other.get("/account")

    assert answer.status_code == 303


async def test_logging_out_ends_the_session_also_for_whoever_has_kept_its_id(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        kept = dict(client.cookies)
        answer = await client.post("/logout")
        client.cookies.update(kept)
        after = await client.get("/account")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert 'tradingbot-5000=""' in cookies(answer)
    assert (after.status_code, after.headers["Location"]) == (303, "/login?next=/account")


async def test_without_scripts_the_token_comes_in_the_form(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        token = client.headers.pop("X-CSRF-Token")
        without = await client.post("/logout")
        wrong = await client.post("/logout", data={"csrf": "x" * len(token)})
        right = await client.post("/logout", data={"csrf": token})

    assert [answer.status_code for answer in (without, wrong, right)] == [403, 403, 303]


async def test_whoever_is_in_is_not_asked_again(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        answer = await client.get("/login?next=/account")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")


async def test_what_is_typed_comes_back_as_text_only(app: FastAPI) -> None:
    async with anybody(app) as client:
        answer = await client.post(
            "/login", data={"user": '"><script>alert(1)</script>', "password": "x", "next": '/"<'}
        )

    assert "<script>" not in answer.text
    assert 'value="/&#34;&lt;"' in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe=\x00", b"&" * 5000, b"user=a&" * 500, b"user=%ff&password=%00", b"x" * 20_000]
)
async def test_a_form_that_is_none_lets_nobody_in(app: FastAPI, body: bytes) -> None:
    async with anybody(app) as client:
        answer = await client.post(
            "/login", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )

    assert answer.status_code == 401


async def test_logins_are_written_down_and_passwords_are_not(app: FastAPI, tmp_path: Path) -> None:
    async with anybody(app) as client:
        await client.post("/login", data={"user": "olga", "password": "a password typed wrong"})
        await client.post("/login", data=OLGA)

    lines = audited(tmp_path)
    assert [(line["user"], line["action"], line["outcome"]) for line in lines] == [
        ("olga", "login", "refused: wrong name or password"),
        ("olga", "login", "done"),
    ]
    assert all(line["address"] == "127.0.0.1" for line in lines)
    text = (tmp_path / "audit.log").read_text()
    assert "typed wrong" not in text
    assert PASSWORDS["olga"] not in text


# --- The own password ---------------------------------------------------------------------------------------------

NEW = "another one, quite long"


def choice(old: str = PASSWORDS["vera"], new: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"old": old, "new": new, "again": again}


async def test_a_new_password_ends_all_other_sessions_and_not_this_one(app: FastAPI) -> None:
    async with signed_in(app, "vera") as elsewhere, signed_in(app, "vera") as here:
        answer = await here.post("/account/password", data=choice())
        told = await here.get(answer.headers["Location"])
        thrown_out = await elsewhere.get("/account")

    assert "Your password is the new one" in told.text
    assert thrown_out.status_code == 303
    async with anybody(app) as client:
        old = await client.post("/login", data={"user": "vera", "password": PASSWORDS["vera"]})
        new = await client.post("/login", data={"user": "vera", "password": NEW})
    assert (old.status_code, new.status_code) == (401, 303)


async def test_a_password_is_chosen_without_scripts(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        token = client.headers.pop("X-CSRF-Token")
        answer = await client.post("/account/password", data=choice() | {"csrf": token})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?chosen")


async def test_a_new_password_brings_a_new_id_and_a_new_token(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        before = dict(client.cookies)
        await client.post("/account/password", data=choice())
        stale = await client.post("/logout")

    assert dict(client.cookies) != before
    assert stale.status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (choice(old="not it at all"), "that is not your password"),
        (choice(again="something else"), "the two new passwords are not the same"),
        (choice(new="short", again="short"), "at least 12 characters"),
        (choice(new="v" * 20, again="v" * 20), "at least 4 different characters"),
        (choice(new=PASSWORDS["vera"], again=PASSWORDS["vera"]), "that is the password that you have"),
        (choice(new="x1y2" * 300, again="x1y2" * 300), "at most 1000 characters"),
        ({}, "at least 12 characters"),
    ],
)
async def test_a_password_that_cannot_be_chosen_is_told_why(app: FastAPI, wrong: dict[str, str], told: str) -> None:
    async with signed_in(app, "vera") as client:
        answer = await client.post("/account/password", data=wrong)
        still = await client.get("/account")

    assert answer.status_code == 422
    assert told in answer.text
    assert still.status_code == 200


async def test_loading_the_page_again_after_a_fault_asks_again(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        answer = await client.get("/account/password")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")


async def test_guessing_at_the_password_from_a_session_that_was_left_open_is_slow(app: FastAPI) -> None:
    async with signed_in(app, "vera") as client:
        answers = [await client.post("/account/password", data=choice(old=f"guess {n}")) for n in range(7)]

    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_where_users_cannot_be_written_one_can_log_in_and_is_told_so(app: FastAPI, tmp_path: Path) -> None:
    # A directory in the lock's place: nobody, not even root, opens it as a file.
    (tmp_path / "users.lock").mkdir()
    async with signed_in(app, "vera") as client:
        answer = await client.post("/account/password", data=choice())
        still = await client.get("/account")

    assert answer.status_code == 422
    assert "users.json cannot be written here" in answer.text
    assert still.status_code == 200
