"""A form as a value: fields with what is typed in them and what is wrong with that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a field is filled in."""

    SECTION = "section"
    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    JSON = "json"


@dataclass(slots=True)
class Field:
    """One field, or a section of them.

    Parameters
    ----------
    path : tuple of str
        Which value of the document it is.
    place : str
        The same, as faults name it.
    kind : Kind
        How it is filled in.
    label, help : str
        What it is called, and what it means.
    typed : str
        What stands in it; of a boolean `true` or `false`, of several choices those chosen, a space between.
    present : bool
        Whether the document says it; otherwise `default` holds.
    default, admits : str
        What holds if it is left out, and which values there are, in words.
    required : bool
        Whether it must be there.
    idle : bool
        Whether it means nothing as the rest of the document is.
    choices : tuple of str
        Which values there are to choose from.
    children : tuple of Field
        The fields of a section.
    errors, warnings : list of str
        What is wrong with it, and what is probably not meant.
    """

    path: tuple[str, ...]
    place: str
    kind: Kind
    label: str
    help: str = ""
    typed: str = ""
    present: bool = False
    default: str = ""
    admits: str = ""
    required: bool = False
    idle: bool = False
    choices: tuple[str, ...] = ()
    children: tuple["Field", ...] = ()
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Name it within the page."""
        return f"field-{self.place}"

    @property
    def chosen(self) -> frozenset[str]:
        """Return which of several choices are chosen."""
        return frozenset(self.typed.split())

    @property
    def shown(self) -> bool:
        """Whether there is anything to fill in, or to look at."""
        return not self.idle or self.present or bool(self.errors or self.warnings)

    @property
    def troubles(self) -> int:
        """Count the faults in it and below it."""
        return len(self.errors) + sum(child.troubles for child in self.children)

    @property
    def says(self) -> int:
        """Count the fields in it and below it that the document says."""
        return (0 if self.children else int(self.present)) + sum(child.says for child in self.children)

    def walk(self) -> Iterator["Field"]:
        """Go through it and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Told:
    """A fault or a warning of the document: its place, what is said, and the id of the field that it is about."""

    place: str
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one document.

    `root` holds all fields; it is None where the text cannot be read as a document at all. `mode` is `paper` or
    `live`, and empty as long as there are faults.
    """

    root: Field | None
    errors: tuple[Told, ...] = ()
    warnings: tuple[Told, ...] = ()
    mode: str = ""
