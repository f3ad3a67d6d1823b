"""Checks documents: files in, lines and an exit status out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bots.config import Document, load_document
from strategies.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found; each line reads `file: section.key: what is wrong, what would be right`."""

    documents: tuple[tuple[Path, Document], ...]
    """The good ones, in the order given."""
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    """What does not refuse a document, but is probably not meant."""

    @property
    def exit_code(self) -> int:
        """0 when every document is good, 1 otherwise; warnings do not count."""
        return 1 if self.faults else 0


def check_files(paths: Iterable[str | Path]) -> Checked:
    """Check every file, also those after a bad one."""
    documents: list[tuple[Path, Document]] = []
    faults: list[str] = []
    warnings: list[str] = []
    for path in paths:
        try:
            document = load_document(path)
        except DocumentError as error:
            faults += error.lines()
        else:
            documents.append((Path(path), document))
            warnings += [f"{path}: {found.place}: {found.message}" for found in document.warnings()]
    return Checked(tuple(documents), tuple(faults), tuple(warnings))
