"""How `tradingbot top` looks: rows, totals and keys, drawn with rich. Nothing in them is ever read as markup."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from bots.commands.top_view import View
from bots.seen.columns import Cell, Layout, Tone, detail, layout, mode_cell, money, tone_of
from bots.seen.overview import Total, in_order, matching, states, totals
from bots.seen.rows import Row, State

_STYLES = {
    Tone.PLAIN: Style(),
    Tone.GOOD: Style(color="green"),
    Tone.WARN: Style(color="yellow", bold=True),
    Tone.LOSS: Style(color="red"),
    Tone.BAD: Style(color="red", bold=True),
    Tone.REAL: Style(color="magenta", bold=True, reverse=True),
    Tone.DIM: Style(dim=True),
}
_HEAD = Style(bold=True, underline=True)
_KEYS = "q quit   s sort   / filter   arrows scroll"
_NOBODY = "no bot has a journal here: start one with `tradingbot run FILE`, or name --workdir or --url"


def draw_once(rows: Sequence[Row], now: datetime, width: int | None) -> RenderableType:
    """Return one table of all bots, with totals."""
    shown = in_order(rows, View().order)
    fits = layout(shown, now, width)
    told = [line for row in shown for line in _told(row, now, fits, width)]
    return Group(_titles(fits), *told, Text(), *_footer(shown, width))


def draw_screen(rows: Sequence[Row], view: View, now: datetime, width: int, height: int) -> RenderableType:
    """Return a screen full: what is sorted first is seen first, the rest can be scrolled to."""
    shown = in_order(matching(rows, view.words), view.order)
    footer = _footer(shown, width)
    # Besides the table there are the head, a blank line above the totals, and the keys.
    table = _part_of_table(shown, view.first, now, width, max(1, height - len(footer) - 3))
    if not shown:
        table = [Text("none matches") if rows else _line(_NOBODY, width)]
    blanks = [Text()] * (height - len(footer) - 2 - len(table))
    return Group(_head(rows, view, now, len(shown)), *table, *blanks, *footer, _keys(view))


def _head(rows: Sequence[Row], view: View, now: datetime, shown: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{now.astimezone(UTC):%H:%M:%S} UTC  ")
    if view.words or view.typing:
        text.append(f"filter: {view.words}{'_' if view.typing else ''}", Style(bold=True)).append(f"  {shown} of ")
    text.append(f"{_bots(len(rows))} by {view.order}")
    for place, (state, count) in enumerate(states(rows)):
        text.append(": " if place == 0 else ", ").append(f"{count} {state}", _STYLES[tone_of(state)])
    return text


def _part_of_table(rows: Sequence[Row], first: int, now: datetime, width: int, room: int) -> list[Text]:
    """Return the lines of a table, and in the last one how many bots had no room."""
    # Widths follow from all of them, so that nothing jumps when one scrolls.
    fits = layout(rows, now, width)
    lines = [_titles(fits)]
    below = rows[max(0, min(first, len(rows) - 1)) :]
    for place, row in enumerate(below):
        told, left = _told(row, now, fits, width), len(below) - place
        if len(lines) + len(told) + (left > 1) > room:
            return [*lines, _line(f"... {left} more: scroll down", width, Style(dim=True))]
        lines += told
    return lines


def _titles(fits: Layout) -> Text:
    return _joined([Cell(column.title) for column, _ in fits.columns], fits, "DETAIL" if fits.words else "", _HEAD)


def _told(row: Row, now: datetime, fits: Layout, width: int | None) -> list[Text]:
    """Return a bot's lines: where details do not fit beside it, they stand below it."""
    base = _STYLES[Tone.DIM] if row.state is State.STOPPED else Style()
    cells, said = [column.cell(row, now) for column, _ in fits.columns], detail(row, now)
    line = _joined(cells, fits, said if fits.words else "", base)
    return [line] if fits.words or not said else [line, _line(f"  {said}", width, base + Style(italic=True))]


def _joined(cells: Sequence[Cell], fits: Layout, words: str, base: Style) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis", style=base)
    for cell, (column, width) in zip(cells, fits.columns, strict=True):
        text = cell.text if len(cell.text) <= width else f"{cell.text[: width - 1]}…"
        # A mark of real money covers its word, not the blanks after it.
        blanks = " " * (width - len(text))
        line.append(blanks if column.right else "").append(text, _STYLES[cell.tone])
        line.append("" if column.right else blanks).append(" " * fits.gap)
    if words:
        line.append(words if len(words) <= fits.words else f"{words[: fits.words - 1]}…")
    line.rstrip()
    return line


def _footer(rows: Sequence[Row], width: int | None) -> list[Text]:
    sums = [_sum(each) for each in totals(rows)]
    widths = [max(len(line[place].text) for line in sums) for place in range(len(sums[0]))] if sums else []
    lines = []
    for cells in sums:
        line = Text(no_wrap=True, overflow="ellipsis")
        for place, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
            # Words on the left, money on the right, as in the table above.
            blanks = " " * (wide - len(cell.text))
            line.append(blanks if place > 1 else "").append(cell.text, _STYLES[cell.tone])
            line.append("  " if place > 1 else f"{blanks}  ")
        line.rstrip()
        lines.append(line)
    without = sum(row.equity is None for row in rows)
    if without:
        lines.append(_line(f"{_bots(without)} not counted: equity not known", width, Style(dim=True)))
    return lines


def _sum(total: Total) -> tuple[Cell, ...]:
    return (
        mode_cell(total.mode),
        Cell(total.currency or "?"),
        Cell(_bots(total.bots)),
        Cell(f"equity {money(total.equity)}"),
        Cell("" if total.today is None else f"today {money(total.today, sign=True)}"),
        Cell(f"profit {money(total.profit, sign=True)}"),
    )


def _keys(view: View) -> Text:
    keys = "type what to look for   Enter keep it   Esc forget it" if view.typing else _KEYS
    return Text(keys, Style(dim=True), no_wrap=True, overflow="ellipsis")


def _line(words: str, width: int | None, style: Style | None = None) -> Text:
    short = words if width is None or len(words) <= width else f"{words[: width - 1]}…"
    return Text(short, style or Style(), no_wrap=True, overflow="ellipsis")


def _bots(count: int) -> str:
    return "1 bot" if count == 1 else f"{count} bots"
