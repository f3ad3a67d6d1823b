"""What went wrong with a mail, as the error that says whether to try again and what to do. Pure."""

import ssl

import aiosmtplib

from bots.notify.mail.settings import CA_FILE, PASSWORD, PORT, RECIPIENTS, SENDER, USER, Server, Tls
from strategies.errors import MessageRefusedError, NotToldError

UNTIL_MENDED_SECONDS = 900.0
"""How long to leave a server alone that will say no until a person has acted: it may lock out who asks too often."""

_FINAL = 500
_TOO_LARGE = 552
_LONGEST_ANSWER = 200


def told_as(error: Exception, server: Server) -> NotToldError:
    """Return the error for a person; it repeats no secret."""
    certificate = _certificate_error(error)
    if certificate is not None:
        return NotToldError(
            f"{server}: its certificate is not accepted: {certificate.verify_message}; where its authority is private, "
            f"name the authority's certificate by {CA_FILE}",
            UNTIL_MENDED_SECONDS,
        )
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        # One recipient, so one refusal.
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        # Without its words: they may be those that it was told.
        told = f"{server}: {error.code}, it does not take the password: check {USER} and {PASSWORD}"
        return NotToldError(told, UNTIL_MENDED_SECONDS if error.code >= _FINAL else None)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answered(error, server)
    if isinstance(error, TimeoutError):
        return NotToldError(f"{server}: does not answer in time")
    if server.tls is Tls.BY_STARTTLS and "STARTTLS" in str(error):
        told = f"{server}: it offers no STARTTLS, and nothing is sent without TLS: check {PORT}"
        return NotToldError(told, UNTIL_MENDED_SECONDS)
    if isinstance(error, aiosmtplib.SMTPConnectError):
        reason = error.__cause__ or error
        return NotToldError(f"{server}: cannot be reached: {_shown(str(reason), server) or type(reason).__name__}")
    return NotToldError(f"{server}: {_shown(str(error), server)}")


def _answered(error: aiosmtplib.SMTPResponseException, server: Server) -> NotToldError:
    answer = f"{server}: {error.code} {_shown(error.message, server)}".rstrip()
    if error.code < _FINAL:
        return NotToldError(answer)
    match error:
        case aiosmtplib.SMTPRecipientRefused():
            told = f"{answer}: it refuses the recipient: check {RECIPIENTS}, or {USER} where it asks for one"
        case aiosmtplib.SMTPSenderRefused() if error.code != _TOO_LARGE:
            told = f"{answer}: it refuses the sender: check {SENDER}, or {USER} where it asks for one"
        case aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPDataError() if not _about_the_way(error.message):
            return MessageRefusedError(answer)
        case _:
            told = answer
    return NotToldError(told, UNTIL_MENDED_SECONDS)


def _about_the_way(answer: str) -> bool:
    """Say whether a refusal is about routing or a sender's quota (RFC 3463, X.4), which no other message would mend."""
    return answer.startswith("5.4.")


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _shown(text: str, server: Server) -> str:
    """Return an answer as one short line, without the secrets that it may repeat."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    for secret in server.secrets:
        line = line.replace(secret, "...")
    return line[:_LONGEST_ANSWER]
