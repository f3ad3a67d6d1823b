"""A message as an email: text and HTML, with its picture inside. Pure."""

import unicodedata
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from html import escape
from string import Template

from bots.notify.message import Message

_LONGEST_SUBJECT = 200
_FOOT = "Sent by a trading bot. What it sends is chosen by notifications.email in its document."
# No rule of its own is needed to be read: what a mail program takes away of the style costs looks only.
_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; padding: 16px; background: #f5f6f8; color: #16202c; }
.card { background: #ffffff; border-color: #e3e7ec; }
.soft { color: #5b6777; }
@media (prefers-color-scheme: dark) {
  body { background: #10151b; color: #e6ebf1; }
  .card { background: #181f27; border-color: #29323d; }
  .soft { color: #98a5b4; }
}
</style>
</head>
<body style="font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">
<div class="card" style="max-width: 600px; margin: 0 auto; padding: 16px 20px; border-width: 1px; border-style: solid;
border-top: 4px solid $accent; border-radius: 10px">
<h1 style="margin: 0 0 8px; font-size: 19px; line-height: 1.35; overflow-wrap: anywhere">$title</h1>
$lines$picture</div>
<p class="soft" style="max-width: 600px; margin: 12px auto 0; font-size: 13px">$foot</p>
</body>
</html>
""")
_LINE = '<p style="margin: 4px 0; overflow-wrap: anywhere">{}</p>\n'
_PICTURE = (
    '<img src="cid:{}" width="600" alt="{}" '
    'style="display: block; width: 100%; height: auto; margin-top: 12px; border-radius: 8px">\n'
)
_CALM, _ALARM = "#2f5fd0", "#cf3f36"


def letter_of(message: Message, sender: Address, recipient: Address, written: datetime) -> EmailMessage:
    """Return what is put into the post."""
    title = " ".join(_printable(message.title).split()) or "(no words)"
    lines = [_printable(line) for line in message.lines]
    letter = EmailMessage(SMTP)
    letter["From"], letter["To"] = sender, recipient
    letter["Subject"] = title if len(title) <= _LONGEST_SUBJECT else f"{title[: _LONGEST_SUBJECT - 1]}…"
    letter["Date"] = format_datetime(written)
    letter["Message-ID"] = make_msgid(domain=sender.domain)
    # So that no holiday notice answers a bot.
    letter["Auto-Submitted"] = "auto-generated"
    if message.alarming:
        letter["Importance"] = "high"
    # Quoted, for there are servers still that break what is not plain ASCII.
    letter.set_content("\n".join((title, *lines, "", "-- ", _FOOT, "")), cte="quoted-printable")
    letter.make_alternative()
    letter.attach(_page(message, title, lines, sender.domain))
    return letter


def _page(message: Message, title: str, lines: list[str], domain: str) -> EmailMessage:
    name = make_msgid(domain=domain)
    page = EmailMessage(SMTP)
    text = _PAGE.substitute(
        title=escape(title),
        accent=_ALARM if message.alarming else _CALM,
        lines="".join(_LINE.format(escape(line).replace("\n", "<br>")) for line in lines),
        picture=_PICTURE.format(name[1:-1], escape(title)) if message.picture else "",
        foot=_FOOT,
    )
    page.set_content(text, subtype="html", cte="quoted-printable")
    if message.picture:
        page.add_related(message.picture, "image", "png", cid=name, filename="chart.png", disposition="inline")
    return page


def _printable(text: str) -> str:
    """Return a text without what has no looks, such as halves of characters and changes of direction."""
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs"})
