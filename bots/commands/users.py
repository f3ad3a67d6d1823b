"""The command `tradingbot user`: who may log in to the console in the browser."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from bots.config.wording import near
from bots.web.login import passwords
from bots.web.login.roles import Role
from bots.web.login.users import User, UsersFile, fault_of_name, name_of
from strategies.errors import LoginError

_NOBODY_OPERATES = "nobody may operate: `tradingbot user role NAME operator` makes somebody"

type Told = tuple[list[str], list[str]]


def file_of(workdir: Path, file: Path | None) -> UsersFile:
    """Return the file that is meant.

    Raises
    ------
    LoginError
        If it cannot be used.
    """
    if file is None and not workdir.is_dir():
        raise LoginError(f"there is no folder {workdir}; name the --workdir of the bots, or a --file of users")
    return UsersFile(workdir / "web" / "users.json" if file is None else file)


def ask_password(from_stdin: bool) -> str:
    """Return a password: a line of standard input, or what a person types twice.

    Raises
    ------
    LoginError
        If there is nobody to ask.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise LoginError("there is no terminal to ask on: give the password by --stdin")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True)
    return typed


def add(file: UsersFile, name: str, role: str, ask: Callable[[], str]) -> Told:
    """Add a user.

    Raises
    ------
    LoginError
        If name or password cannot be, or the user is there already.
    """
    name = name_of(name)
    if fault := fault_of_name(name):
        raise LoginError(fault)
    taken = LoginError(
        f"{name} is a user already; `tradingbot user password {name}` and `tradingbot user role {name} ROLE` change one"
    )
    if name in file.all():
        raise taken
    made = User(name, Role(role), _hashed(ask(), name))

    def change(users: dict[str, User]) -> None:
        if name in users:
            raise taken
        users[name] = made

    file.change(change)
    return [f"{name} may log in as {role} ({file.path})"], _warnings(file)


def remove(file: UsersFile, name: str) -> Told:
    """Remove a user.

    Raises
    ------
    LoginError
        If there is none of that name.
    """
    name = _known(file, name)
    file.change(lambda users: _drop(users, name))
    if not file.all():
        return [f"{name} is removed"], ["that was the last user: the console's next start prints a one-time password"]
    return [f"{name} is removed"], _warnings(file)


def listed(file: UsersFile) -> Told:
    """Return a line for each user."""
    users = file.all()
    if not users:
        return [], [f"{file.path} has no users; add one with `tradingbot user add NAME --role operator`"]
    wide = max(map(len, users))
    return [f"{name:<{wide}}  {user.role}" for name, user in sorted(users.items())], []


def set_password(file: UsersFile, name: str, ask: Callable[[], str]) -> Told:
    """Give a user another password.

    Raises
    ------
    LoginError
        If there is none of that name, or the password cannot be.
    """
    name = _known(file, name)
    kept = _hashed(ask(), name)
    file.change(lambda users: _put(users, name, password=kept))
    return [f"{name} has another password"], []


def set_role(file: UsersFile, name: str, role: str) -> Told:
    """Give a user another role.

    Raises
    ------
    LoginError
        If there is none of that name.
    """
    name = _known(file, name)
    file.change(lambda users: _put(users, name, role=Role(role)))
    return [f"{name} may log in as {role}"], _warnings(file)


def _hashed(password: str, name: str) -> str:
    if fault := passwords.fault_of(password, name):
        raise LoginError(fault)
    return passwords.hash_of(password)


def _known(file: UsersFile, typed: str) -> str:
    name = name_of(typed)
    if name not in file.all():
        raise _unknown(name, file.all())
    return name


def _unknown(name: str, users: Mapping[str, User]) -> LoginError:
    return LoginError(f"there is no user {name[:64]!a}{near(name, users)}")


def _drop(users: dict[str, User], name: str) -> None:
    if users.pop(name, None) is None:
        raise _unknown(name, users)


def _put(users: dict[str, User], name: str, *, password: str | None = None, role: Role | None = None) -> None:
    if (user := users.get(name)) is None:
        raise _unknown(name, users)
    users[name] = replace(user, password=password or user.password, role=role or user.role)


def _warnings(file: UsersFile) -> list[str]:
    return [] if any(user.role is Role.OPERATOR for user in file.all().values()) else [_NOBODY_OPERATES]
