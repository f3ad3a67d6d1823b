"""Logins in the audit log."""

from bots.web.auditing import AuditLog
from bots.web.bots import Who
from bots.web.login.doors import KeptOut, LetIn

_LONGEST_NAME = 100


def note_login(audit: AuditLog, who: Who, action: str, outcome: LetIn | KeptOut) -> None:
    """Write down that somebody has come in, or why not.

    Whoever has to wait and asks again and again is written down once: the log must not be filled from outside.
    """
    if isinstance(outcome, LetIn) or not outcome.repeated:
        told = "done" if isinstance(outcome, LetIn) else f"refused: {outcome.reason}"
        audit.note(Who(who.user[:_LONGEST_NAME], who.way), action, outcome=told)
