"""Messages by email. Loading this loads the SMTP library: nobody does who sends none."""

from collections.abc import Mapping

from bots.config.outputs import Email
from bots.notify.mail.notifier import MailNotifier
from bots.notify.mail.settings import mailing_from
from bots.notify.message import Notifier


def mail_notifiers(asked: Email, environ: Mapping[str, str]) -> list[Notifier]:
    """Return a channel for each recipient, so that whom the server refuses for now keeps nobody else waiting.

    They are called email, email-2, email-3 and so on, in the order of EMAIL_TO.

    Raises
    ------
    StartError
        If a variable is missing or malformed; it names all of them.
    """
    mailing = mailing_from(environ)
    return [
        MailNotifier("email" if place == 1 else f"email-{place}", asked.notify_on, mailing, recipient)
        for place, recipient in enumerate(mailing.recipients, 1)
    ]
