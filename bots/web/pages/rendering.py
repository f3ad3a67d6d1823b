"""Templates to pages."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bots.version import VERSION
from bots.web.assets import asset
from bots.web.bots import Action

_FOLDER = Path(__file__).parent / "templates"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_LABELS = {Action.CLOSE: "Close position"}


def label(action: Action) -> str:
    """Return an action as its button says it."""
    return _LABELS.get(action, str(action).capitalize())


def utc(time: datetime | str | None) -> str:
    """Return a time as a person reads it, UTC to the minute."""
    if time is None:
        return ""
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    except ValueError:
        return str(time)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def iso(time: datetime | str | None) -> str:
    """Return a time as machines read it."""
    if time is None or isinstance(time, str):
        return time or ""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


ENVIRONMENT.globals.update(asset=asset, label=label)
ENVIRONMENT.filters.update(utc=utc, iso=iso)


def render(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Return a page, or a part of one, made from a template.

    Every template also knows `session` (None before the login), `console`, `version` and `here`, the path that was
    asked for.
    """
    known = {
        "session": getattr(request.state, "session", None),
        "console": request.app.state.console,
        "version": VERSION,
        "here": request.url.path,
    }
    return HTMLResponse(part(template, **{**known, **context}), status)


def part(template: str, **context: Any) -> str:
    """Return a part of a page as text."""
    # What a bot says may hold half a letter, which no answer can be made of.
    return ENVIRONMENT.get_template(template).render(context).encode(errors="replace").decode()
