"""Parameters of rules: typed, bounded, and told apart from near misses by name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError


def _whole(value: object) -> object:
    """JSON knows one kind of number: 14.0 is as good a whole number as 14; "14" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Period = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(_whole)]
"""A window's length in bars."""
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_whole)]
"""A number of bars; 0 is a value like any other."""
Oscillator = Annotated[float, Field(ge=0, le=100)]
"""A level on a scale from 0 to 100."""
PositiveFloat = Annotated[float, Field(gt=0, le=1_000_000)]
NonNegativeFloat = Annotated[float, Field(ge=0, le=1_000_000)]
Ratio = Annotated[float, Field(ge=0, le=1)]
"""A share of a price: 0.02 is 2 %."""


class Params(BaseModel):
    """Parameters of one rule, validated once and never changed.

    `prefix` may stand before every name (`e_rsi_period` is `rsi_period`); `aliases` maps further names to
    the fields they mean. One parameter written twice, in whatever spellings, is an error: which one counts?
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    prefix: ClassVar[str] = ""
    aliases: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def spellings(cls) -> dict[str, str]:
        """Return every accepted name with the field it means, the plain names first."""
        plain = {name: name for name in cls.model_fields} | dict(cls.aliases)
        return plain | {cls.prefix + name: field for name, field in plain.items()}

    # A "wrap" and not a "before" validator: faults must be reported under the name that the author wrote.
    @model_validator(mode="wrap")
    @classmethod
    def _accept_every_spelling(cls, given: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, Mapping):
            return validate(given)
        spellings = cls.spellings()
        written: dict[str, str] = {}  # field -> the name it goes by in this document
        faults: list[InitErrorDetails] = []
        for name, value in given.items():
            field = spellings.get(name)
            if field is None:
                faults.append(_fault("unknown_parameter", cls._unknown(name, spellings), (name,), value))
            elif field in written:
                message = f"means the same as '{written[field]}', which is written too; keep one of them"
                faults.append(_fault("written_twice", message, (name,), value))
            else:
                written[field] = name
        valid = None
        try:
            valid = validate({field: given[name] for field, name in written.items()})
        except ValidationError as error:
            for line in error.errors(include_url=False):
                place = tuple(written.get(str(step), step) for step in line["loc"])
                faults.append(_fault(line["type"], line["msg"], place, line["input"]))
        if valid is None or faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return valid

    @classmethod
    def _unknown(cls, name: object, spellings: Mapping[str, str]) -> str:
        near = get_close_matches(str(name).lower(), spellings, n=1)
        if near:
            return f"no such parameter; did you mean '{near[0]}'?"
        return f"no such parameter; there are {', '.join(cls.model_fields) or 'none'}"


def _fault(kind: str, message: str, place: tuple[int | str, ...], value: object) -> InitErrorDetails:
    # PydanticCustomError fills in {fields}; a message is already complete.
    return InitErrorDetails(type=PydanticCustomError(kind, "{message}", {"message": message}), loc=place, input=value)


class EntryParams(Params):
    """Parameters of an entry; every name may be written with `e_` before it."""

    prefix = "e_"


class ExitParams(Params):
    """Parameters of an exit; every name may be written with `x_` before it."""

    prefix = "x_"
