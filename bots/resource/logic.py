"""The parameters of entries and exits: one object with all of them, and the rules that say which belong to which."""

from collections.abc import Iterator, Mapping

from bots.config.wording import Node, listed, resolve
from bots.resource.document_rules import quoted, rule
from bots.resource.structural import structural
from strategies.params import Params

type Models = Mapping[str, type[Params]]
"""Parameters by the name of the entry or exit that takes them."""


def union(models: Models) -> Node:
    """Return the parameters of all, in every spelling: what a structural schema can say about them."""
    raw: dict[str, Node] = {}
    for model in models.values():
        own = model.model_json_schema()
        for spelling, field in model.spellings().items():
            node = {**resolve(own["properties"][field], own), **own["properties"][field]}
            made = structural(node, own)
            if made.get("type") == "integer":
                # Rules take 14.0 for 14, but no rule of CEL may look at it where a schema says `integer`.
                made |= {"type": "number", "multipleOf": 1}
            if spelling != field:
                made["description"] = f"The same as {field}."
            raw[spelling] = wider(raw[spelling], made) if spelling in raw else made
    return raw


def wider(one: Node, other: Node) -> Node:
    """Return a schema that takes what either takes."""
    if one == other:
        return one
    same = {key: value for key, value in one.items() if other.get(key) == value}
    text = one.get("description", "").partition("Default: ")[0].strip()
    made = {"description": text} | {key: value for key, value in same.items() if key != "description"}
    if one.get("type") != other.get("type"):
        return {"description": text, "x-kubernetes-preserve-unknown-fields": True}
    for key, pick in (("minimum", min), ("maximum", max), ("maxLength", max), ("maxItems", max)):
        if key in one and key in other:
            made[key] = pick(one[key], other[key])
    if one.get("nullable") or other.get("nullable"):
        made["nullable"] = True
    return made


def rules(models: Models) -> list[Node]:
    """Return which parameter belongs to which entry or exit, and that none is written twice."""
    return [*_belonging(models), *_written_once(models)]


def _belonging(models: Models) -> Iterator[Node]:
    takers: dict[str, tuple[str, ...]] = {}
    for name, model in models.items():
        for spelling in model.spellings():
            takers[spelling] = (*takers.get(spelling, ()), name)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for spelling, names in takers.items():
        if len(names) < len(models):
            field = models[names[0]].spellings()[spelling]
            groups.setdefault((field, names), []).append(spelling)
    for (field, names), spellings in groups.items():
        *firsts, last = spellings
        written = "".join(f"has(self.params.{spelling}) ? '{spelling}' : " for spelling in firsts) + f"'{last}'"
        yield rule(
            f"self.name in {quoted(names)} || !has(self.params) || !({_any(spellings)})",
            f"{field} is a parameter of {listed(names)} only, leave it out",
            ".params",
            f"({written}) + ' is no parameter of ' + self.name + ' but of {listed(names)}, leave it out'",
        )


def _written_once(models: Models) -> Iterator[Node]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, model in models.items():
        meant: dict[str, list[str]] = {}
        for spelling, field in model.spellings().items():
            meant.setdefault(field, []).append(spelling)
        for spellings in meant.values():
            if len(spellings) > 1:
                groups.setdefault(tuple(spellings), []).append(name)
    for spellings_of_one, names in groups.items():
        count = " + ".join(f"(has(self.params.{spelling}) ? 1 : 0)" for spelling in spellings_of_one)
        others = "" if len(names) == len(models) else f"!(self.name in {quoted(names)}) || "
        yield rule(
            f"{others}!has(self.params) || {count} <= 1",
            f"{', '.join(spellings_of_one[:-1])} and {spellings_of_one[-1]} mean the same, keep one of them",
            ".params",
        )


def _any(spellings: list[str]) -> str:
    return " || ".join(f"has(self.params.{spelling})" for spelling in spellings)
