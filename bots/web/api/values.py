"""What is common to the values of the API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from strategies.errors import BotUnreachableError


class Value(BaseModel):
    """A value of the API; amounts of money are numbers in the bot's own currency, as in its `/status`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(BaseModel):
    """What a request asks for, read strictly: a key that is not known is a mistake, not a wish to be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


type Time = Annotated[datetime, AfterValidator(_as_utc)]
"""A point in time, always UTC: `2026-01-01T00:00:00Z`."""

type Number = Annotated[float, Field(allow_inf_nan=False)]

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"

type BotName = Annotated[
    str,
    Path(
        pattern=NAME,
        description="The bot's name; in a cluster `namespace.name`.",
        examples=["0001", "trading.first"],
    ),
]


def understood[T](adapter: TypeAdapter[T], said: Any, name: str) -> T:
    """Return what a bot has said as a value; it may be of another version, or no bot of ours.

    Raises
    ------
    BotUnreachableError
        If it is nothing that this console understands.
    """
    try:
        return adapter.validate_python(_in_whole_letters(said))
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))[:100]
        raise BotUnreachableError(
            f"{name} says what this console does not understand (at {where or 'its answer'}): is it of another version?"
        ) from error


def _in_whole_letters(said: Any) -> Any:
    # JSON may hold half a letter, no answer can.
    if isinstance(said, str):
        return said if said.isascii() else said.encode("utf-8", "backslashreplace").decode()
    if isinstance(said, Mapping):
        return {_in_whole_letters(key): _in_whole_letters(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_in_whole_letters(value) for value in said]
    return said
