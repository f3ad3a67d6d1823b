"""Where a parameter belongs in a document, and the document with its value in that place. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.commands.sweeping.values import Parameter, Scalar
from bots.config import json_schema
from bots.config.faults import node_at, unknown
from bots.config.parameters import params_schema
from bots.config.wording import Node, resolve
from strategies.errors import SweepError, UnknownNameError
from strategies.params import Params
from strategies.registry import entry_class, exit_class

_LOGICS = {"entry_logic": entry_class, "exit_logic": exit_class}


def check_places(document: Mapping[str, Any], parameters: Sequence[Parameter]) -> None:
    """Find for each parameter the key of the document that it means.

    Raises
    ------
    SweepError
        If there is no such key, with the nearest that there is, or if two parameters are the same key.
    """
    schema = json_schema()
    meant: dict[tuple[str, ...], str] = {}
    for parameter in parameters:
        if parameter.place == ("data", "file"):
            raise SweepError(
                "--param data.file: bars are read once; sweep each file by itself, into a folder of its own"
            )
        models = _models(document, parameters, parameter.place)
        _check(parameter, schema, models)
        same = _field(parameter.place, models)
        if same in meant:
            raise SweepError(f"--param {parameter.key}: means the same as {meant[same]}, which is given too; keep one")
        meant[same] = parameter.key


def with_values(document: Mapping[str, Any], places: Sequence[tuple[str, ...]], values: Sequence[Scalar]) -> Any:
    """Return a copy of a document in which each place holds its value, whatever spelling stood there before."""
    made: Any = dict(document)
    # A rule's name first: by it a parameter has its other spellings.
    for place, value in sorted(zip(places, values, strict=True), key=lambda pair: "params" in pair[0]):
        node = made
        for step in place[:-1]:
            inner = node.get(step)
            node[step] = dict(inner) if isinstance(inner, Mapping) else {}
            node = node[step]
        if (model := _model_at(made, place)) is not None:
            spellings = model.spellings()
            for other in [key for key in node if spellings.get(key, key) == spellings.get(place[-1], place[-1])]:
                del node[other]
        node[place[-1]] = value
    return made


def _check(parameter: Parameter, schema: Node, models: Sequence[type[Params]]) -> None:
    place = parameter.place
    if _is_in_params(place):
        if not models or any(place[-1] in model.spellings() for model in models):
            return
        raise SweepError(f"--param {parameter.key}: {unknown(place[-1], params_schema(models[0]), schema)}")
    for length in range(1, len(place) + 1):
        node = node_at(place[:length], schema)
        if node is None:
            where = ".".join(place[:length])
            parent = node_at(place[: length - 1], schema)
            raise SweepError(f"--param {where}: {unknown(place[length - 1], parent, schema)}")
        # What the schema leaves open (a strategy's own parameters) only the models can judge.
        if "properties" not in (inner := resolve(node, schema)):
            if length < len(place) and inner.get("type") != "object":
                raise SweepError(f"--param {parameter.key}: {'.'.join(place[:length])} is a value and has no keys")
            if length == len(place) and inner.get("type") in ("object", "array"):
                raise SweepError(f"--param {parameter.key}: holds several values; only a single value can be swept")
            return
    keys = ", ".join(sorted(resolve(node_at(place, schema) or {}, schema)["properties"]))
    raise SweepError(f"--param {parameter.key}: is a section; name one of its keys: {keys}")


def _is_in_params(place: tuple[str, ...]) -> bool:
    return len(place) == 4 and place[0] == "strategy" and place[1] in _LOGICS and place[2] == "params"


def _models(document: Mapping[str, Any], parameters: Sequence[Parameter], place: tuple[str, ...]) -> list[type[Params]]:
    """Return the parameters' models of the rules to which a place may belong: a rule's name may be swept as well."""
    if not _is_in_params(place):
        return []
    swept = [value for p in parameters if p.place == (*place[:2], "name") for value in p.values]
    found = [_model_at(with_values(document, [(*place[:2], "name")], [name]), place) for name in swept]
    return [model for model in found or [_model_at(document, place)] if model is not None]


def _model_at(document: Mapping[str, Any], place: tuple[str, ...]) -> type[Params] | None:
    if not _is_in_params(place):
        return None
    logic = (document.get("strategy") or {}).get(place[1]) or {}
    try:
        model: type[Params] = _LOGICS[place[1]](str(logic.get("name"))).params_model
    except UnknownNameError:
        return None
    return model


def _field(place: tuple[str, ...], models: Sequence[type[Params]]) -> tuple[str, ...]:
    return (*place[:-1], models[0].spellings().get(place[-1], place[-1])) if models else place
