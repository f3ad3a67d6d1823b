"""The very first login: a password that is good once, to choose a real one with."""

from dataclasses import dataclass

from bots.web.login import passwords
from bots.web.login.roles import Role
from bots.web.login.users import User

NAME = "admin"


@dataclass(frozen=True, slots=True)
class FirstTime:
    """An operator who is in no file yet."""

    user: User

    @classmethod
    def make(cls) -> tuple[str, "FirstTime"]:
        """Return the password, of which only the hash is kept, and who it is for."""
        password = passwords.one_time()
        return password, cls(User(NAME, Role.OPERATOR, passwords.hash_of(password)))


def box(password: str, address: str) -> str:
    """Return what a person is shown at the start."""
    lines = (
        "Nobody can log in yet. Open",
        f"    {address}/login",
        f"as {NAME} with this password, which is good until you have chosen your own:",
        f"    {password}",
    )
    wide = max(map(len, lines))
    edge = f"+{'-' * (wide + 2)}+"
    return "\n".join([edge, *(f"| {line:<{wide}} |" for line in lines), edge])
