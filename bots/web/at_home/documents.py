"""The folder of documents: which there are, what each says, and changing them so that nothing is lost."""

import hashlib
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bots.config import document_from_bytes
from bots.config.raw import MAX_BYTES, decode
from bots.config.wording import one_line
from bots.web import atomic
from bots.web.at_home.names import NAME, check_name
from bots.web.bots import Written
from strategies.errors import ChangedMeanwhileError, DocumentError, Fault, ManagingError, NameTakenError, NoSuchBotError

_MODE = 0o644
_KEPT = ".deleted"

type Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a document, as long as its file is the same; of one with faults little more than those."""

    name: str
    stamp: Stamp
    faults: tuple[str, ...] = ()
    mode: str = ""
    symbol: str = ""
    interval: str = ""
    bar: timedelta = timedelta(hours=1)
    source: str = ""
    broker: str = ""
    log: str = ""
    meaning: str = ""
    """Digest of what it says, however it is written."""


class Documents:
    """The documents of a folder.

    Parameters
    ----------
    folder : Path
        Where they lie, as NAME.json.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Known] = {}

    def path(self, name: str) -> Path:
        """Return where a bot's document lies, or would."""
        if not NAME.fullmatch(name):
            raise NoSuchBotError("there is no bot of this name")
        return self.folder / f"{name}.json"

    def look(self) -> Mapping[str, Known]:
        """Return what is known of each document; only those are read that have changed since.

        Raises
        ------
        OSError
            If the folder cannot be read.
        """
        stamps = _stamps(self.folder)
        known = self._known
        self._known = {
            name: known[name] if name in known and known[name].stamp == stamp else _learn(self.path(name), stamp)
            for name, stamp in stamps.items()
        }
        return self._known

    def look_at(self, name: str) -> Mapping[str, Known]:
        """Return the same, having looked at one document only."""
        rest = {each: known for each, known in self._known.items() if each != name}
        stamp, before = _stamp(self.path(name)), self._known.get(name)
        if stamp is None:
            self._known = rest
        elif before is None or before.stamp != stamp:
            self._known = rest | {name: _learn(self.path(name), stamp)}
        return self._known

    def read(self, name: str) -> Written:
        """Return a document as it is written.

        Raises
        ------
        NoSuchBotError
            If there is none of this name.
        DocumentError
            If it is no text.
        """
        content = self._content(name)
        text = decode(content)
        if isinstance(text, Fault):
            raise DocumentError(f"{name}.json", [text])
        # Not that of `decode`: what is saved again must be the same, mark of the byte order included.
        return Written(content.decode(), version_of(content))

    def save(self, name: str, text: str, version: str) -> Written:
        """Put a text in a document's place; see `Bots.save`."""
        if version_of(self._content(name)) != version:
            raise ChangedMeanwhileError(
                f"the document of {name} was changed by somebody else meanwhile: look at it as it is now, and change "
                "that"
            )
        content = _checked(name, text)
        # Where a link leads, so that it stays one.
        path = self.path(name).resolve()
        with _told(f"the document of {name} cannot be saved"):
            atomic.write(path, content, stat.S_IMODE(path.stat().st_mode))
        return Written(text, version_of(content))

    def create(self, name: str, text: str) -> Written:
        """Make a document; see `Bots.create`."""
        check_name(name)
        content = _checked(name, text)
        with _told(f"the document of {name} cannot be made"):
            try:
                atomic.write_new(self.path(name), content, _MODE)
            except FileExistsError as error:
                raise NameTakenError(f"there is a bot {name} already: choose another name") from error
        return Written(text, version_of(content))

    def check(self, name: str) -> None:
        """Raise NoSuchBotError where there is no document of this name."""
        self._content(name)

    def remove(self, name: str) -> None:
        """Move a document out of sight, where it can be fetched back from."""
        path = self.path(name)
        with _told(f"the document of {name} cannot be removed"):
            kept = self.folder / _KEPT
            kept.mkdir(exist_ok=True)
            path.rename(kept / f"{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.urandom(2).hex()}.json")

    def _content(self, name: str) -> bytes:
        try:
            with self.path(name).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise NoSuchBotError(f"there is no document {name}.json in {self.folder}") from error
        except OSError as error:
            raise ManagingError(f"the document of {name} cannot be read: {error.strerror}") from error


def version_of(content: bytes) -> str:
    """Return the mark of a document's very bytes."""
    return hashlib.sha256(content).hexdigest()


def meaning_of(canonical: str) -> str:
    """Return the mark of what a document says."""
    return hashlib.sha256(canonical.encode()).hexdigest()


class _told:  # noqa: N801  # reads as a phrase where it is used
    """Tells what the system refuses in a sentence."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Tell."""
        if isinstance(error, OSError):
            raise ManagingError(f"{self._what}: {error.strerror}") from error


def _checked(name: str, text: str) -> bytes:
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        told = Fault("document", "holds half a character, which no file can")
        raise DocumentError(f"{name}.json", [told]) from error
    document_from_bytes(content, f"{name}.json")
    return content


def _stamps(folder: Path) -> dict[str, Stamp]:
    stamps = {}
    with os.scandir(folder) as files:
        for file in files:
            name, ending = os.path.splitext(file.name)  # noqa: PTH122  # of a thousand, each round
            if ending != ".json" or not NAME.fullmatch(name):
                continue
            if (stamp := _stamp(file)) is not None:
                stamps[name] = stamp
    return stamps


def _stamp(file: os.DirEntry[str] | Path) -> Stamp | None:
    try:
        seen = file.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino) if stat.S_ISREG(seen.st_mode) else None


def _learn(path: Path, stamp: Stamp) -> Known:
    name = path.stem
    try:
        with path.open("rb") as file:
            document = document_from_bytes(file.read(MAX_BYTES + 1), path.name)
    except DocumentError as error:
        return Known(name, stamp, tuple(one_line(f"{fault.place}: {fault.message}") for fault in error.faults))
    except OSError as error:
        return Known(name, stamp, (f"document: cannot be read: {error.strerror}",))
    return Known(
        name,
        stamp,
        mode=document.mode,
        symbol=document.symbol,
        interval=document.data.interval,
        bar=document.interval_delta,
        source=document.data.data_source,
        broker=document.broker.type,
        log=document.logging.path_for(name),
        meaning=meaning_of(document.canonical_json()),
    )
