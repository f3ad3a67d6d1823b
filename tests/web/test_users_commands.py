"""`tradingbot user`: who may log in, from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bots.cli import main
from bots.web.login import passwords
from bots.web.login.users import UsersFile

GOOD = "a password for tests"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["user", *arguments], input=typed, catch_exceptions=False)


def add(name: str, *more: str, password: str = GOOD) -> Result:
    return call("add", name, "--stdin", *more, typed=f"{password}\n")


def test_a_user_is_added_listed_and_removed(tmp_path: Path) -> None:
    added = add("olga", "--role", "operator")
    listed = call("list")
    removed = call("remove", "olga")

    assert (added.exit_code, added.stdout) == (0, "olga may log in as operator (web/users.json)\n")
    assert listed.stdout == "olga  operator\n"
    assert (removed.exit_code, removed.stdout) == (0, "olga is removed\n")
    assert "one-time password" in removed.stderr
    assert json.loads((tmp_path / "web" / "users.json").read_text()) == {"users": []}


def test_the_password_that_was_given_opens_and_is_nowhere_printed_or_kept(tmp_path: Path) -> None:
    added = add("olga")
    kept = (tmp_path / "web" / "users.json").read_text()

    assert GOOD not in added.output + kept
    assert passwords.is_right(UsersFile(tmp_path / "web" / "users.json").all()["olga"].password, GOOD)


def test_a_new_user_looks_only_and_that_nobody_operates_is_said() -> None:
    added = add("vera")

    assert "as viewer" in added.stdout
    assert "nobody may operate: `tradingbot user role NAME operator` makes somebody" in added.stderr


def test_another_file_can_be_made_for_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    add("olga", "--role", "operator", "--file", str(file))
    add("vera", "--file", str(file))

    assert call("list", "--file", str(file)).stdout == "olga  operator\nvera  viewer\n"
    assert not (tmp_path / "web").exists()


def test_password_and_role_are_changed(tmp_path: Path) -> None:
    add("olga")
    role = call("role", "olga", "operator")
    password = call("password", "olga", "--stdin", typed="another password\n")

    user = UsersFile(tmp_path / "web" / "users.json").all()["olga"]
    assert (role.stdout, password.stdout) == ("olga may log in as operator\n", "olga has another password\n")
    assert user.role == "operator"
    assert passwords.is_right(user.password, "another password")


@pytest.mark.parametrize(
    ("arguments", "typed", "told"),
    [
        (["add", "olga", "--stdin"], GOOD, "olga is a user already; `tradingbot user password olga`"),
        (["add", "Emil Meier", "--stdin"], GOOD, '"emil meier" is no name of a user'),
        (["add", "emil", "--stdin"], "short", "a password has at least 12 characters"),
        (["add", "emil", "--stdin"], "", "a password has at least 12 characters"),
        (["add", "emil"], GOOD, "there is no terminal to ask on: give the password by --stdin"),
        (["remove", "olge"], None, "there is no user 'olge'; did you mean \"olga\"?"),
        (["role", "emil", "viewer"], None, "there is no user 'emil'"),
        (["password", "emil", "--stdin"], GOOD, "there is no user 'emil'"),
        (["list", "--workdir", "nowhere"], None, "there is no folder nowhere; name the --workdir of the bots"),
        (["list", "--file", "/dev/null/users.json"], None, ""),
        (["add", "emil", "--stdin", "--file", "/dev/null/users.json"], GOOD, "cannot be written here"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(arguments: list[str], typed: str | None, told: str) -> None:
    add("olga", "--role", "operator")
    result = call(*arguments, typed=typed)

    if told:
        assert result.exit_code == 1
        assert told in result.stderr
        assert result.stderr.count("\n") == 1
    else:
        assert result.exit_code == 0
        assert "has no users" in result.stderr


def test_a_file_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("[]")
    result = call("list", "--file", "users.json")

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "is no file of users" in result.stderr
