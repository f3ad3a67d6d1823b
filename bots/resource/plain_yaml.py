"""YAML for people and for every reader of it: block style, numbers as they were written, no text taken for a number."""

import re
from typing import Any

import yaml

# Readers disagree about these: 1e3, 0o7, 1_000, 12:30 or y may be a number, a time or a truth where we mean a text.
_DOUBTFUL = re.compile(r"[-+.]?[0-9].*|[yYnN]|[<=]|", re.DOTALL)
# Readers disagree about which of these end a line.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff]")


class Number(str):
    """A number as its author wrote it."""

    __slots__ = ()


def to_yaml(value: object) -> str:
    """Return a value as YAML, keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice: Kubernetes reads no references of YAML."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Set lists in, as people do."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = _DOUBTFUL.fullmatch(text) or _UNSEEN.search(text)
    style = '"' if quoted else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(dumper: yaml.SafeDumper, number: Number) -> yaml.ScalarNode:
    # 1e5 is a text to YAML 1.1, which wants a point and a sign: 1.0e+5.
    found = re.fullmatch(r"(-?[0-9]+)(\.[0-9]+)?(?:[eE]([-+]?)([0-9]+))?", number)
    text = str(number)
    if found is not None and found[4] is not None:
        text = f"{found[1]}{found[2] or '.0'}e{found[3] or '+'}{found[4]}"
    kind = "float" if found is not None and (found[2] or found[4]) else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Number, _number)
