"""Sends messages to one recipient by SMTP, over TLS."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.headerregistry import Address

import aiosmtplib

from bots.notify.mail.letter import letter_of
from bots.notify.mail.settings import Mailing, Tls
from bots.notify.mail.troubles import told_as
from bots.notify.message import Message
from strategies.errors import MessageRefusedError

_AN_ANSWER_SECONDS = 30.0
_ALL_SECONDS = 90.0
_GOODBYE_SECONDS = 2.0


class MailNotifier:
    """One recipient's channel; each message is one connection, since hours lie between most of them.

    Parameters
    ----------
    name : str
        Name of the channel.
    kinds : iterable of str
        The kinds of events that are told here.
    mailing : Mailing
        The server, and who writes.
    recipient : Address
        Who reads.
    now : callable
        Returns the time.
    """

    def __init__(
        self,
        name: str,
        kinds: Iterable[str],
        mailing: Mailing,
        recipient: Address,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name, self._kinds = name, frozenset(kinds)
        self._server, self._sender, self._recipient = mailing.server, mailing.sender, recipient
        self._now = now
        self._trying: tuple[str, bytes] | None = None

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._name

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that are told here."""
        return self._kinds

    async def send(self, message: Message) -> None:
        """Send it.

        Raises
        ------
        NotToldError
            If it was not sent; MessageRefusedError if it never can be.
        """
        letter = self._letter_of(message)
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                await self._post(letter)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            trouble = told_as(error, self._server)
            if isinstance(trouble, MessageRefusedError):
                self._trying = None
            # From None: what a server answers may repeat what it was told, passwords too.
            raise trouble from None
        self._trying = None

    async def close(self) -> None:
        """Let go of what is open, which is nothing between two messages."""

    def _letter_of(self, message: Message) -> bytes:
        # Tried again it is the same letter with the same Message-ID: where the first one did arrive and only the answer
        # was lost, mailboxes show it once. The picture counts for nothing: it may have been drawn anew.
        if self._trying is None or self._trying[0] != message.text:
            self._trying = message.text, bytes(letter_of(message, self._sender, self._recipient, self._now()))
        return self._trying[1]

    async def _post(self, letter: bytes) -> None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            # Or it would ask the network who this machine is.
            local_hostname=socket.gethostname(),
            timeout=_AN_ANSWER_SECONDS,
            use_tls=server.tls is Tls.FROM_THE_START,
            start_tls=server.tls is Tls.BY_STARTTLS,
            tls_context=server.trust,
        )
        try:
            await client.connect()
            if server.user:
                await client.login(*server.credentials)
            await client.sendmail(self._sender.addr_spec, self._recipient.addr_spec, letter)
            # The letter is taken; what becomes of the goodbye changes nothing.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_GOODBYE_SECONDS)
        finally:
            client.close()
