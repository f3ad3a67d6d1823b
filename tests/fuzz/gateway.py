"""A gateway that shakes hands as TWS does, and answers each question with whatever frames it was given."""

import asyncio
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tests.venues.tws.wire import SERVER_VERSION, BadMessageError, frame, parse, read_frame

NUMBER = "@number@"
"""Stands in fields for the number of the question."""
_SILENCE_SECONDS = 0.04


@dataclass(frozen=True)
class Frame:
    """One message: its fields, and the length that it says it has if that is another than its own."""

    fields: tuple[str, ...]
    length: int | None = None
    tail: bytes = b""

    def sent(self, number: str) -> bytes:
        """Return its bytes in answer to a question of that number."""
        text = b"".join(field.replace(NUMBER, number).encode("utf-8", "surrogatepass") + b"\0" for field in self.fields)
        return struct.pack(">I", len(text) if self.length is None else self.length) + text + self.tail


class Gateway:
    """Answers by the name of the question; hangs up once nobody has asked anything for a moment."""

    def __init__(self) -> None:
        self.greeting = frame(SERVER_VERSION, "20260105 09:30:00 UTC")
        self.answers: Mapping[str, Sequence[Frame]] = {}
        self.port = 0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError, BadMessageError, ValueError):
            async with asyncio.timeout(_SILENCE_SECONDS * 10):
                await reader.readexactly(4)
                await read_frame(reader)
            writer.write(self.greeting)
            while True:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    asked = parse(await read_frame(reader))
                number = asked.values.get("number") or asked.values.get("order_id") or "-1"
                for answer in self.answers.get(asked.name, ()):
                    writer.write(answer.sent(number))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
