"""The bars that a backtest can be run on: files that are here, the document's own, and those of the mock market."""

import asyncio
import os
import re
from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from adapters.bars_file import iter_bars
from adapters.bars_writer import HEADER, SUFFIXES, csv_text
from adapters.mock_market import BEGIN
from adapters.simulated import mock
from bots.config import Document
from bots.trading.terms import feed_settings
from strategies.errors import BarsFileError, ManagingError, NameTakenError

OWN, MADE = "own", "made"
MADE_COUNT, MADE_MOST = 5000, 50_000
LARGEST_UPLOAD = 20 * 1024 * 1024
_MOST_OFFERED, _MOST_BYTES = 200, 500 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=^-]{0,99}\.csv")
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Offered:
    """Bars to choose: `key` names them to `start`, `label` to people."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Bars that were chosen: their file, and in words what they are."""

    path: Path
    label: str


class BarsFiles:
    """The files of bars of a console.

    Parameters
    ----------
    folder : Path
        Where uploads are kept.
    documents : Path, optional
        The folder of documents, whose files of bars are offered, too.
    """

    def __init__(self, folder: Path, documents: Path | None = None) -> None:
        self._folders = {"bars": folder} | ({"documents": documents} if documents is not None else {})
        self._uploads = folder

    def offered(self) -> list[Offered]:
        """Return all files that can be chosen."""
        found = [
            Offered(f"{prefix}/{name}", f"{name} ({size})")
            for prefix, folder in self._folders.items()
            for name, size in _files(folder)
        ]
        return found[:_MOST_OFFERED]

    def path(self, key: str) -> Path:
        """Return the file behind a key that is offered.

        Raises
        ------
        BarsFileError
            If it is not.
        """
        prefix, _, name = key.partition("/")
        if prefix in self._folders and any(name == known for known, _ in _files(self._folders[prefix])):
            return self._folders[prefix] / name
        raise BarsFileError("no such bars are offered here: choose others, or upload a file")

    async def choose(self, key: str, document: Document, folder: Path, count: int = MADE_COUNT) -> Chosen:
        """Return the bars of a key; those of the mock market are written into the folder.

        Raises
        ------
        BarsFileError
            If there are none.
        """
        if key == OWN:
            if document.data.file is None:
                raise BarsFileError("the document names no file of bars (data.file): choose others")
            return Chosen(Path(document.data.file), f"{document.data.file}, as the document says")
        if key == MADE:
            count = min(max(count, 1), MADE_MOST)
            path = folder / "bars.csv"
            await asyncio.to_thread(_make, document, path, count)
            return Chosen(path, f"{count:,} bars of the mock market, seed {document.data.seed}")
        return Chosen(self.path(key), key.partition("/")[2])

    async def take(self, name: str, chunks: AsyncIterable[bytes]) -> Offered:
        """Keep a file of bars that somebody sends.

        Raises
        ------
        BarsFileError
            If these are no bars; the sentence names the line.
        ManagingError
            If it cannot be kept.
        """
        if not _NAME.fullmatch(name):
            raise ManagingError("a file of bars is called like EURUSD-1H.csv: letters, digits and . _ - = ^ only")
        if (self._uploads / name).exists():
            raise NameTakenError(f"there are bars of the name {name} already: give the file another name")
        try:
            self._uploads.mkdir(parents=True, exist_ok=True)
            return await self._kept(name, chunks)
        except OSError as error:
            raise ManagingError(f"bars cannot be kept in {self._uploads}: {error.strerror}") from error

    async def _kept(self, name: str, chunks: AsyncIterable[bytes]) -> Offered:
        # The name is told in messages, and a file that begins with a point is not offered.
        coming = self._uploads / f".{os.urandom(4).hex()}" / name
        coming.parent.mkdir()
        try:
            size, room = 0, _MOST_BYTES - sum(file.stat().st_size for file in self._uploads.glob("*.*"))
            with coming.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > LARGEST_UPLOAD:
                        raise BarsFileError(f"{name}: is larger than {LARGEST_UPLOAD // 1024**2} MiB: send fewer bars")
                    if size > room:
                        raise ManagingError("there is no room for more bars here: delete files that nobody needs")
                    file.write(chunk)
            await asyncio.to_thread(_check, coming)
            os.link(coming, self._uploads / name)
            return Offered(f"bars/{name}", f"{name} ({_size(size)})")
        except FileExistsError as error:
            raise NameTakenError(f"there are bars of the name {name} already: give the file another name") from error
        except BarsFileError as error:
            raise BarsFileError(str(error).replace(str(coming), name)) from error
        finally:
            with suppress(OSError):
                coming.unlink(missing_ok=True)
                coming.parent.rmdir()


def usual(document: Document, offered: Sequence[Offered]) -> str:
    """Return the key of the bars that a document is most likely meant for."""
    if document.data.file is not None:
        return OWN
    if document.data.data_source == "mock" or not offered:
        return MADE
    return next((each.key for each in offered if document.symbol in each.key.upper()), MADE)


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    with suppress(OSError):
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file():
                yield file.name, _size(file.stat().st_size)


def _size(size: int) -> str:
    return f"{max(size // 1024, 1):,} KiB" if size < 1024**2 else f"{size / 1024**2:.1f} MiB"


def _make(document: Document, path: Path, count: int) -> None:
    feed = mock(feed_settings(document))
    bars = islice(feed.source.after(BEGIN), count)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        while batch := list(islice(bars, _BATCH)):
            file.write(csv_text(batch, feed.spec.price_decimals))


def _check(path: Path) -> None:
    if sum(1 for _ in iter_bars(path)) == 0:
        raise BarsFileError(f"{path}: holds no bars; it needs a header and at least one line")
