"""The values of a TradingBot's spec beside the document: names, quantities and maps as Kubernetes has them."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from bots.config.types import Text, tell, told, wrong
from bots.config.wording import listed, shown
from bots.resource.names import ANNOTATIONS, LABELS

_UNITS = "k|[MGTPE]i?|Ki|[eE][0-9]{1,2}"
AMOUNT = rf"^[0-9]{{1,15}}([.][0-9]{{1,9}})?(m|{_UNITS})?$"
"""Pattern of an amount of a resource: 500m, 0.5, 512Mi."""
SIZE = rf"^(0{{0,3}}[1-9][0-9]{{0,14}}([.][0-9]{{1,9}})?|0{{1,3}}[.][0-9]{{0,8}}[1-9])({_UNITS})?$"
"""Pattern of a volume's size, which is more than nothing."""
QUANTITY_LENGTH = 32
INT_OR_STRING = "x-kubernetes-int-or-string"
VALIDATIONS = "x-kubernetes-validations"
RESOURCES = ("cpu", "memory", "ephemeral-storage")
MOST = 32
"""Most items of any map or list: what is bounded can be checked at a bounded cost."""
OBJECT = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
"""Pattern of the name of an object of Kubernetes."""
LABEL = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
"""Pattern of a label's value."""
KEY = r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
"""Pattern of a key of labels and annotations."""
IS_NO_KEY = "is no key of Kubernetes, must be like example.com/team"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
OURS = ("TRADINGBOT_NAME", "TRADINGBOT_TOKEN_FILE")
"""Variables that the operator sets."""
SECRET = ("BINANCE_API_KEY", "BINANCE_API_SECRET", "TELEGRAM_BOT_TOKEN", "SMTP_PASSWORD")
"""Variables that hold secrets: whoever may look at a bot would see them."""
IS_OURS = "is set by the operator, leave it out"
IS_SECRET = "is a secret: put it into a Secret and name that in spec.secretRef"  # noqa: S105 - a sentence


def _quantity(pattern: str, such: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return check and schema of a quantity; like Kubernetes itself it takes a whole number as well as a text."""

    def check(value: object) -> str:
        text = str(value) if isinstance(value, int) else value
        if not isinstance(text, str) or len(text) > QUANTITY_LENGTH or not re.fullmatch(pattern, text, re.ASCII):
            raise wrong(f"{shown(value)} is not such a quantity, must be like {such}")
        return text

    # A rule and not a pattern: a person who is refused reads what would be right.
    rule = {"rule": f"string(self).matches('{pattern}')", "message": f"is not such a quantity, must be like {such}"}
    schema = {"type": ["integer", "string"], "maxLength": QUANTITY_LENGTH, INT_OR_STRING: True, VALIDATIONS: [rule]}
    return BeforeValidator(check), WithJsonSchema(schema)


def _text(limit: int, pattern: str | None, form: str) -> BeforeValidator:
    """Return the check of a text in a map, whose places no schema describes by name."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise wrong(f"{shown(value)} is no text, write it in quotes")
        if len(value) > limit:
            raise wrong(f"{shown(value)} is too long, must be at most {limit} characters")
        if pattern is not None and not re.fullmatch(pattern, value, re.ASCII):
            raise wrong(f"{shown(value)} has not the right form, must be {form}")
        return value

    return BeforeValidator(check)


def _keys(find: Callable[[str], str | None]) -> AfterValidator:
    """Return a check that tells of the keys that must not stand in a map."""

    def check[V](values: dict[str, V]) -> dict[str, V]:
        found = [(key, find(key)) for key in values]
        tell([told((key,), sentence) for key, sentence in found if sentence is not None])
        return values

    return AfterValidator(check)


def _is_no_resource(key: str) -> str | None:
    return None if key in RESOURCES else f"is an unknown key, the keys here are {listed(RESOURCES)}"


def _is_no_key(key: str) -> str | None:
    return None if re.fullmatch(KEY, key) else IS_NO_KEY


def _is_not_theirs(key: str) -> str | None:
    return IS_OURS if key in (*LABELS, *ANNOTATIONS) else _is_no_key(key)


_amount, _schema_of_amount = _quantity(AMOUNT, "500m, 2 or 512Mi")
_size, _schema_of_size = _quantity(SIZE, "1Gi or 500M")
Amount = Annotated[str, _amount, _schema_of_amount]
Size = Annotated[str, _size, _schema_of_size]
ObjectName = Annotated[
    Text, StringConstraints(min_length=1, max_length=253, pattern=OBJECT), Field(examples=["example"])
]
Image = Annotated[
    Text, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\s]+$"), Field(examples=["tradingbot:1.0"])
]
Variable = Annotated[
    Text, StringConstraints(min_length=1, max_length=100, pattern=VARIABLE), Field(examples=["HTTPS_PROXY"])
]
Label = Annotated[
    str,
    _text(63, LABEL, "letters, digits, and '-', '_' or '.' between them"),
    WithJsonSchema({"type": "string", "maxLength": 63, "pattern": LABEL}),
]
Annotation = Annotated[str, _text(4096, None, ""), WithJsonSchema({"type": "string", "maxLength": 4096})]
Labels = Annotated[dict[str, Label], Field(max_length=MOST), _keys(_is_no_key)]
PodLabels = Annotated[dict[str, Label], Field(max_length=MOST), _keys(_is_not_theirs)]
PodAnnotations = Annotated[dict[str, Annotation], Field(max_length=MOST), _keys(_is_not_theirs)]
Amounts = Annotated[
    dict[str, Amount],
    Field(max_length=len(RESOURCES), json_schema_extra={"propertyNames": {"enum": list(RESOURCES)}}),
    _keys(_is_no_resource),
]
