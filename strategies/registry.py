"""Finds entries, exits and strategies by name. A new mixin is one new file in entries/ or exits/, and nothing else."""

import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import isabstract
from typing import Any

from strategies.base import EntryMixin, ExitMixin, Mixin, Rules
from strategies.errors import UnknownNameError

STRATEGIES = "tradingbot.strategies"
"""Group of entry points under which installed packages offer strategies of their own."""
CUSTOM = "custom"
"""The built-in strategy: one entry mixin and one exit mixin."""


def entry_names() -> tuple[str, ...]:
    """Return the names of all entry mixins, sorted."""
    return tuple(_entries())


def exit_names() -> tuple[str, ...]:
    """Return the names of all exit mixins, sorted."""
    return tuple(_exits())


def strategy_names() -> tuple[str, ...]:
    """Return the strategy types that documents may name: the built-in one first."""
    return (CUSTOM, *sorted(entry_points(group=STRATEGIES).names - {CUSTOM}))


def entry_class(name: str) -> type[EntryMixin[Any]]:
    """Return the entry mixin of that name."""
    if name not in _entries():
        raise _unknown("entry mixin", name, entry_names())
    return _entries()[name]


def exit_class(name: str) -> type[ExitMixin[Any, Any]]:
    """Return the exit mixin of that name."""
    if name not in _exits():
        raise _unknown("exit mixin", name, exit_names())
    return _exits()[name]


def strategy_class(name: str) -> type[Rules]:
    """Return the strategy of that type: the built-in one, or one that an installed package offers."""
    if name == CUSTOM:
        found: object = import_module("strategies.custom").CustomStrategy
    elif name in strategy_names():
        found = entry_points(group=STRATEGIES)[name].load()
    else:
        raise _unknown("strategy type", name, strategy_names())
    if not (isinstance(found, type) and issubclass(found, Rules)):
        raise UnknownNameError(f"strategy type '{name}' is {found!r}, which is not a subclass of strategies.base.Rules")
    return found


@cache
def _entries() -> dict[str, type[EntryMixin[Any]]]:
    return _scan("strategies.entries", EntryMixin)  # type: ignore[type-abstract]  # only asked about subclasses


@cache
def _exits() -> dict[str, type[ExitMixin[Any, Any]]]:
    return _scan("strategies.exits", ExitMixin)  # type: ignore[type-abstract]  # only asked about subclasses


def _scan[M: Mixin[Any]](package: str, kind: type[M]) -> dict[str, type[M]]:
    found = {}
    for module_info in pkgutil.iter_modules(import_module(package).__path__, package + "."):
        module = import_module(module_info.name)
        for name, member in vars(module).items():
            # A class that a module only imports belongs to the module that defines it.
            own = isinstance(member, type) and member.__module__ == module.__name__
            if own and issubclass(member, kind) and not isabstract(member):
                found[name] = member
    return dict(sorted(found.items()))


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    names = tuple(known)
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    return UnknownNameError(f"no {kind} is called '{name}'{hint} There are: {', '.join(names)}")
