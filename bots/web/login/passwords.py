"""Passwords: what is asked of them, and their hashes."""

import secrets
import unicodedata

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

SHORTEST, LONGEST = 12, 1000
# OWASP's choice for argon2id where memory is scarce: a console's pod may have 256 MiB in all.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_LARGEST_KIB = 65_536
_MOST_PASSES = 10


def fault_of(password: str, user: str) -> str:
    """Say why a password cannot be chosen; nothing where it can."""
    if len(password) < SHORTEST:
        return f"a password has at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"a password has at most {LONGEST} characters"
    if password.casefold() == user.casefold():
        return "the name of a user is no password"
    if len(set(password)) < 4:
        return "a password is made of at least 4 different characters"
    return ""


def hash_of(password: str) -> str:
    """Return what is kept of a password; takes some 30 ms and 19 MiB."""
    return _HASHER.hash(_as_bytes(password))


def is_right(kept: str, password: str) -> bool:
    """Say whether a password is the one of which that is kept; takes as long as a hash."""
    try:
        return _HASHER.verify(kept, _as_bytes(password))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Say whether a hash was made in another way than today's."""
    return _HASHER.check_needs_rehash(kept)


def fault_of_hash(kept: str) -> str:
    """Say why a text cannot be the hash of a password here; nothing where it can."""
    try:
        made = extract_parameters(kept)
    except InvalidHashError:
        return "is no hash of argon2"
    if made.type is not Type.ID:
        return "is not made by argon2id"
    # Whoever logs in makes the console spend this.
    if made.memory_cost > _LARGEST_KIB or made.time_cost > _MOST_PASSES:
        return f"costs more than {_LARGEST_KIB // 1024} MiB or {_MOST_PASSES} passes"
    return ""


def one_time() -> str:
    """Return a password that nobody guesses and everybody can type."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _as_bytes(password: str) -> bytes:
    # The same letters may be typed as different characters on two keyboards.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
