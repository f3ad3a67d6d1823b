"""The doors: what a login costs, how many at a time, and what ends a session from outside."""

import asyncio
import threading
from pathlib import Path

import pytest

from bots.web.login import passwords
from bots.web.login.doors import Doors, KeptOut, LetIn
from bots.web.login.first_time import FirstTime
from bots.web.login.roles import Role
from bots.web.login.users import User, UsersFile
from strategies.errors import LoginError
from tests.web.staging import PASSWORDS, kept, write_users

HERE = "192.0.2.1"


@pytest.fixture
def users(tmp_path: Path) -> UsersFile:
    return UsersFile(write_users(tmp_path / "users.json"))


async def let_in(doors: Doors, user: str = "olga", password: str = "") -> LetIn:
    outcome = await doors.enter(user, password or PASSWORDS[user], HERE)
    assert isinstance(outcome, LetIn), outcome
    return outcome


async def kept_out(doors: Doors, user: str, password: str, address: str = HERE) -> KeptOut:
    outcome = await doors.enter(user, password, address)
    assert isinstance(outcome, KeptOut), outcome
    return outcome


async def test_a_name_that_nobody_has_costs_a_hash_like_any_other(
    users: UsersFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def look(hashed: str, _: str) -> bool:
        looked_at.append(hashed)
        return False

    monkeypatch.setattr(passwords, "is_right", look)
    doors = Doors(users)

    await kept_out(doors, "olga", "a guess")
    await kept_out(doors, "oleg", "a guess")
    await kept_out(doors, "oleg", "a" * 100_000)

    assert len(looked_at) == 3
    assert "m=19456,t=2,p=1" in looked_at[1]


async def test_one_hash_at_a_time_and_only_so_many_wait(users: UsersFile, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, gate = 0, 0, threading.Event()

    def slow(_: str, __: str) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        gate.wait(10)
        at_once -= 1
        return False

    monkeypatch.setattr(passwords, "is_right", slow)
    monkeypatch.setattr(passwords, "hash_of", lambda _: str(slow("", "")))
    doors = Doors(users)
    waiting = [asyncio.create_task(doors.enter("olga" if n == 0 else f"u{n}", "x", f"10.0.{n}.1")) for n in range(40)]
    # Long enough for every thread that there is to begin with one.
    await asyncio.wait(waiting, timeout=0.3)
    gate.set()
    outcomes = await asyncio.gather(*waiting)

    assert most == 1
    assert all(isinstance(each, KeptOut) for each in outcomes)
    assert len([each for each in outcomes if isinstance(each, KeptOut) and "at the same time" in each.reason]) >= 20


async def test_a_login_hashes_an_outdated_password_in_todays_way_and_ends_no_session(users: UsersFile) -> None:
    doors = Doors(users)
    in_the_way = users.path.with_suffix(".lock")
    in_the_way.mkdir()
    first = await let_in(doors)
    assert passwords.is_outdated(users.all()["olga"].password)
    in_the_way.rmdir()
    second = await let_in(doors)

    assert not passwords.is_outdated(users.all()["olga"].password)
    assert doors.session(first.shown) is not None
    assert doors.session(second.shown) is not None
    await let_in(doors)


def put(users: UsersFile, name: str, role: Role = Role.OPERATOR, password: str = PASSWORDS["olga"]) -> None:
    users.change(lambda known: known.update({name: User(name, role, kept(password))}))


def drop_olga(known: dict[str, User]) -> None:
    del known["olga"]


@pytest.mark.parametrize("what", ["removed", "another role", "another password", "no file any more"])
async def test_a_session_ends_with_what_it_was_begun_by(users: UsersFile, what: str) -> None:
    doors = Doors(users)
    hers, his = await let_in(doors), await let_in(doors, "vera")

    match what:
        case "removed":
            users.change(drop_olga)
        case "another role":
            put(users, "olga", Role.VIEWER)
        case "another password":
            put(users, "olga", password="quite another one")
        case _:
            users.path.unlink()

    assert not doors.is_in(hers.session)
    assert doors.session(hers.shown) is None
    assert (doors.session(his.shown) is None) is (what == "no file any more")


async def test_a_user_removed_while_the_password_is_looked_at_does_not_get_in(
    users: UsersFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def right_and_removed(_: str, __: str) -> bool:
        users.change(drop_olga)
        return True

    monkeypatch.setattr(passwords, "is_right", right_and_removed)

    await kept_out(Doors(users), "olga", PASSWORDS["olga"])


# --- The very first login -------------------------------------------------------------------------------------------

NEW = "chosen at the first login"


@pytest.fixture
def nobody(tmp_path: Path) -> UsersFile:
    return UsersFile(tmp_path / "web" / "users.json")


async def test_the_one_time_password_opens_until_a_password_is_chosen(nobody: UsersFile) -> None:
    password, first_time = FirstTime.make()
    doors = Doors(nobody, first_time=first_time)
    entered = await let_in(doors, "admin", password)
    again = await let_in(doors, "admin", password)
    assert entered.session.one_time
    assert not nobody.path.exists()

    chosen = await doors.choose_password(entered.session, "", NEW, HERE)

    assert isinstance(chosen, LetIn)
    assert (chosen.session.user, chosen.session.role, chosen.session.one_time) == ("admin", Role.OPERATOR, False)
    assert doors.session(again.shown) is None
    await kept_out(doors, "admin", password)
    await let_in(doors, "admin", NEW)


async def test_the_one_time_password_is_worth_nothing_once_there_are_users(nobody: UsersFile) -> None:
    password, first_time = FirstTime.make()
    doors = Doors(nobody, first_time=first_time)
    entered = await let_in(doors, "admin", password)

    put(nobody, "olga")

    assert doors.session(entered.shown) is None
    await kept_out(doors, "admin", password)
    outcome = await doors.choose_password(entered.session, "", NEW, HERE)
    assert isinstance(outcome, KeptOut)
    assert set(nobody.all()) == {"olga"}


async def test_a_removed_admin_does_not_come_back_by_the_old_one_time_password(nobody: UsersFile) -> None:
    password, first_time = FirstTime.make()
    doors = Doors(nobody, first_time=first_time)
    entered = await let_in(doors, "admin", password)
    await doors.choose_password(entered.session, "", NEW, HERE)
    nobody.path.unlink()

    await kept_out(doors, "admin", password)


def test_of_the_one_time_password_only_the_hash_is_kept() -> None:
    password, first_time = FirstTime.make()

    assert password not in repr(first_time)
    assert password not in first_time.user.password
    assert passwords.is_right(first_time.user.password, password)


async def test_a_user_whose_role_is_changed_meanwhile_does_not_write_the_old_one_back(
    users: UsersFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = Doors(users)
    entered = await let_in(doors)
    hash_of = passwords.hash_of

    def hash_and_change(password: str) -> str:
        made = hash_of(password)
        monkeypatch.setattr(doors, "is_in", lambda _: True)
        put(users, "olga", Role.VIEWER)
        return made

    monkeypatch.setattr(passwords, "hash_of", hash_and_change)
    with pytest.raises(LoginError, match="log in again"):
        await doors.choose_password(entered.session, PASSWORDS["olga"], NEW, HERE)

    assert users.all()["olga"].role is Role.VIEWER
