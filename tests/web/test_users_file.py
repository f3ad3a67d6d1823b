"""The file of users: read anew when it has changed, written whole, refused where it is none."""

import json
import os
import re
from pathlib import Path
from threading import Event, Thread

import pytest

from bots.web.login import passwords
from bots.web.login.roles import Role
from bots.web.login.users import User, UsersFile, read_users, written
from strategies.errors import LoginError
from tests.web.staging import kept, write_users

KEPT = kept("a password for tests")


def rows(*users: object) -> bytes:
    return json.dumps({"users": users}).encode()


def row(name: object = "olga", role: object = "operator", password: object = KEPT) -> dict[str, object]:
    return {"name": name, "role": role, "password": password}


def test_what_is_written_is_read_again() -> None:
    users = {name: User(name, Role.VIEWER, KEPT) for name in ("vera", "o.l-g_a@example.org", "7")}

    assert read_users(written(users), "here") == users


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "is no file of users"),
        (b"\xff\xfe", "is no file of users"),
        (b"[]", "is no file of users"),
        (b'{"users": 3}', "is no file of users"),
        (b'{"users": [3]}', "is no file of users"),
        (b"[" * 100_000, "is no file of users"),
        (rows({"name": "olga"}), "is no file of users"),
        (rows(row(role="root")), "is no file of users"),
        (rows(row(name=["olga"])), "is no file of users"),
        (rows(row(), row()), "names a user twice"),
        (rows(row(name=7)), "names and passwords are texts"),
        (rows(row(password=None)), "names and passwords are texts"),
        (rows(row(name="Olga")), '"Olga" is no name of a user'),
        (rows(row(name="olga\n")), r'"olga\n" is no name of a user'),
        (rows(row(name="")), "is no name of a user"),
        (rows(row(name="a" * 65)), "is no name of a user"),
        (rows(row(password="secret words")), "the password of olga is no hash of argon2"),
        (rows(row(password=KEPT.replace("argon2id", "argon2i"))), "the password of olga is not made by argon2id"),
        (rows(row(password=KEPT.replace("m=8", "m=4194304"))), "costs more than 64 MiB"),
        (rows(row(password=KEPT.replace("t=1", "t=1000"))), "costs more than 64 MiB or 10 passes"),
    ],
)
def test_what_is_no_file_of_users_is_told_in_a_sentence(text: bytes, told: str) -> None:
    with pytest.raises(LoginError, match=re.escape(told)) as caught:
        read_users(text, "users.json")

    assert "\n" not in str(caught.value)
    assert "secret words" not in str(caught.value)


def test_a_change_of_the_file_is_seen_at_once(tmp_path: Path) -> None:
    file = UsersFile(write_users(tmp_path / "users.json"))
    assert set(file.all()) == {"olga", "vera"}

    write_users(tmp_path / "users.json", emil=User("emil", Role.VIEWER, KEPT))

    assert set(file.all()) == {"olga", "vera", "emil"}


def test_a_secret_that_kubernetes_replaces_is_seen(tmp_path: Path) -> None:
    # A mounted Secret is a link to a link; the inner one is turned over.
    for number, name in enumerate(("olga", "emil")):
        folder = tmp_path / f"..{number}"
        folder.mkdir()
        (folder / "users.json").write_bytes(written({name: User(name, Role.VIEWER, KEPT)}))
        os.utime(folder / "users.json", ns=(0, 0))
    (tmp_path / "..data").symlink_to("..0")
    (tmp_path / "users.json").symlink_to("..data/users.json")
    file = UsersFile(tmp_path / "users.json")
    assert set(file.all()) == {"olga"}

    (tmp_path / "..new").symlink_to("..1")
    (tmp_path / "..new").rename(tmp_path / "..data")

    assert set(file.all()) == {"emil"}


def test_a_file_broken_by_hand_leaves_users_as_they_were_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = UsersFile(write_users(tmp_path / "users.json"))
    (tmp_path / "users.json").write_text('{"users": [')

    assert set(file.all()) == set(file.all()) == {"olga", "vera"}
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["users stay as they were"]

    write_users(tmp_path / "users.json", emil=User("emil", Role.VIEWER, KEPT))
    assert "emil" in file.all()


def test_without_the_file_there_is_nobody(tmp_path: Path) -> None:
    file = UsersFile(write_users(tmp_path / "users.json"))
    (tmp_path / "users.json").unlink()

    assert file.all() == {}


def test_a_file_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    write_users(tmp_path / "users.json").chmod(0o666)

    with pytest.raises(LoginError, match="chmod 600"):
        UsersFile(tmp_path / "users.json")


def test_only_its_owner_can_read_what_is_written(tmp_path: Path) -> None:
    file = UsersFile(tmp_path / "web" / "users.json")
    file.change(lambda users: users.update(olga=User("olga", Role.OPERATOR, KEPT)))

    assert (tmp_path / "web" / "users.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "web").stat().st_mode & 0o777 == 0o700
    assert sorted(each.name for each in (tmp_path / "web").iterdir()) == ["users.json", "users.lock"]


def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    file = UsersFile(write_users(tmp_path / "users.json"))

    def change(users: dict[str, User]) -> None:
        users.clear()
        raise LoginError("not so")

    with pytest.raises(LoginError, match="not so"):
        file.change(change)

    assert set(file.all()) == set(UsersFile(file.path).all()) == {"olga", "vera"}


def test_two_who_change_the_file_do_not_lose_each_others_change(tmp_path: Path) -> None:
    one, other = UsersFile(write_users(tmp_path / "users.json")), UsersFile(tmp_path / "users.json")
    one.all(), other.all()

    one.change(lambda users: users.update(emil=User("emil", Role.VIEWER, KEPT)))
    other.change(lambda users: users.update(nina=User("nina", Role.VIEWER, KEPT)))

    assert set(one.all()) == {"olga", "vera", "emil", "nina"}


def test_hashes_are_made_as_owasp_advises_for_little_memory() -> None:
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in passwords.hash_of("a password for tests")


def test_an_outdated_hash_is_known_as_such() -> None:
    assert passwords.is_outdated(KEPT)
    assert not passwords.is_outdated(passwords.hash_of("a password for tests"))


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password() -> None:
    composed, in_pieces = "Pässwörter ﬁnden", "Pa\u0308sswo\u0308rter finden"

    assert passwords.is_right(passwords.hash_of(composed), in_pieces)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("eleven char", "at least 12"),
        ("olga@example.org", "the name of a user is no password"),
        ("OLGA@Example.Org", "the name of a user is no password"),
        ("abababababab", "at least 4 different"),
        ("abc" * 400, "at most 1000"),
        ("twelve chars", ""),
    ],
)
def test_what_can_be_a_password(password: str, told: str) -> None:
    fault = passwords.fault_of(password, "olga@example.org")

    assert told in fault
    assert bool(told) is bool(fault)


def test_one_time_passwords_are_not_guessed() -> None:
    made = {passwords.one_time() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}", each) for each in made)


def test_two_who_change_the_file_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    path, in_the_middle = write_users(tmp_path / "users.json"), Event()
    other = Thread(target=lambda: UsersFile(path).change(lambda users: users.update(nina=user("nina"))))

    def change(users: dict[str, User]) -> None:
        other.start()
        # It would be through by then, if it did not wait.
        in_the_middle.wait(0.3)
        users["emil"] = user("emil")

    UsersFile(path).change(change)
    other.join(10)

    assert set(UsersFile(path).all()) == {"olga", "vera", "emil", "nina"}


def user(name: str) -> User:
    return User(name, Role.VIEWER, KEPT)
