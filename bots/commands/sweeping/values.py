"""What `--param KEY=VALUES` says: a key of the document, and the values to try. Pure, and exact to the last digit."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategies.errors import SweepError

type Scalar = str | int | float | bool | None

MOST_VALUES = 100_000
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})(?::(.*))?", re.ASCII)
_REMEDY = "write KEY=10..20, KEY=0.5..2:0.25 or KEY=5,10,20"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A key of the document as written, `strategy.entry_logic.params.rsi_period`, and the values that it takes."""

    key: str
    values: tuple[Scalar, ...]

    @property
    def place(self) -> tuple[str, ...]:
        """The key as the way to it."""
        return tuple(self.key.split("."))

    @property
    def is_ordered(self) -> bool:
        """Whether its values are numbers from the lowest to the highest, so that a value has neighbours."""
        numbers = [value for value in self.values if isinstance(value, int | float) and not isinstance(value, bool)]
        return len(numbers) == len(self.values) and numbers == sorted(numbers)


def parameter_of(text: str) -> Parameter:
    """Read one `KEY=A..B`, `KEY=A..B:STEP` or `KEY=v1,v2,v3`.

    Raises
    ------
    SweepError
        If that is not what it is, with what it should be.
    """
    key, equals, values = text.partition("=")
    key, values = key.strip(), values.strip()
    if not equals or not key or not all(key.split(".")):
        raise SweepError(f"--param {text!r} has no key and values; {_REMEDY}")
    if not values:
        raise SweepError(f"--param {key}: has no values; {_REMEDY}")
    found = _RANGE.fullmatch(values)
    made = _range(key, found) if found else _listed(key, values)
    _be_different(key, made)
    return Parameter(key, tuple(made))


def label_of(value: Scalar) -> str:
    """Give a value as a document writes it, a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def short_names(keys: Sequence[str]) -> list[str]:
    """Give each key by its last part, or by as many as tell it from the others."""
    parts = [key.split(".") for key in keys]

    def name(own: list[str]) -> str:
        for length in range(1, len(own)):
            if sum(other[-length:] == own[-length:] for other in parts) == 1:
                return ".".join(own[-length:])
        return ".".join(own)

    return [name(own) for own in parts]


def _range(key: str, found: re.Match[str]) -> list[Scalar]:
    first, last, step = found.groups()
    if not first or (step is not None and not re.fullmatch(_NUMBER, step, re.ASCII)):
        raise SweepError(f"--param {key}: {found[0]!r} is no range; {_REMEDY}")
    if step is None and not all(re.fullmatch(r"[+-]?\d+", end) for end in (first, last)):
        raise SweepError(f"--param {key}: {found[0]} has no step; write {found[0]}:0.1, or another step")
    low, high, by = Decimal(first), Decimal(last), Decimal(step or 1)
    if by <= 0:
        raise SweepError(f"--param {key}: the step {step} must be above 0")
    if high < low:
        raise SweepError(f"--param {key}: {first} is above {last}; write the lower end first")
    if (high - low) / by >= MOST_VALUES:
        raise SweepError(f"--param {key}: {found[0]} has more than {MOST_VALUES:,} values; take a wider step")
    # As text, so that 0.1 and three steps of 0.1 are the number 0.4 that a document would say.
    return [_number(low + by * index) for index in range(int((high - low) / by) + 1)]


def _number(value: Decimal) -> Scalar:
    text = f"{value:f}"
    return float(text) if "." in text else int(text)


def _listed(key: str, text: str) -> list[Scalar]:
    try:
        values = json.loads(f"[{text}]", parse_constant=_refuse)
    except ValueError:
        words = [part.strip() for part in text.split(",")]
        if "" in words:
            raise SweepError(f"--param {key}: a value is empty; {_REMEDY}") from None
        values = [_bare(word) for word in words]
    if any(isinstance(value, list | dict) for value in values):
        raise SweepError(f"--param {key}: a list or an object is no value; {_REMEDY}")
    return list(values)


def _bare(text: str) -> object:
    """Take a word without quotes, such as a rule's name, as a text."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _be_different(key: str, values: Sequence[Scalar]) -> None:
    seen = set()
    for value in values:
        # To Python true is 1; to a document it is not.
        if (known := (isinstance(value, bool), value)) in seen:
            raise SweepError(f"--param {key}: {label_of(value)} is given twice; keep one")
        seen.add(known)
