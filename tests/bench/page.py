"""What the benches have measured, as the page docs/benchmarks.md and as text for a terminal. Pure."""

from collections.abc import Mapping, Sequence

from tests.bench.figures import Measured, Ratio, Table
from tests.bench.outcomes import Outcome

_HEAD = """# Benchmarks

Made by `make bench`, which measures everything anew; `make bench-check` measures and fails where a ratio has grown by
more than its margin. Each figure stands beside that of a peer or a floor, taken in the same run on the same machine, in
turns where time is measured: what another machine does to one it does to both. A ratio is ours over theirs, so that
smaller is better.
"""


def page(outcomes: Mapping[str, Outcome]) -> str:
    """Return the page of these outcomes; a section says of its machine only what is not as at the top."""
    machine = next(iter(outcomes.values())).machine
    parts = [_HEAD, _markdown(Table("", ("Machine", ""), list(machine.items())))]
    for outcome in outcomes.values():
        measured = outcome.measured
        parts += [f"\n## {measured.title}\n", measured.about]
        parts += [f"\n{_markdown(table)}" for table in measured.tables]
        if measured.ratios:
            parts.append(f"\n{_markdown(_held(measured.ratios))}")
        if measured.limits:
            parts.append(f"\n{measured.limits}")
        elsewhere = {key: value for key, value in outcome.machine.items() if machine.get(key) != value}
        told = [f"{key} {value}" for key, value in (dict(measured.versions) | elsewhere).items()]
        if told:
            parts.append(f"\nMeasured with {', '.join(told)}.")
    return "\n".join(parts) + "\n"


def text(measured: Measured) -> str:
    """Return one bench's outcome for a terminal."""
    tables = [*measured.tables, *([_held(measured.ratios)] if measured.ratios else [])]
    return "\n".join([f"\n{measured.title}\n", *(_plain(table) for table in tables)])


def _held(ratios: Sequence[Ratio]) -> Table:
    rows = [
        (
            ratio.name,
            f"{ratio.value:.2f}",
            "" if ratio.aim is None else f"{ratio.aim:g}",
            {None: "", True: "met", False: "missed"}[ratio.met],
            f"{ratio.margin:.0%}",
        )
        for ratio in ratios
    ]
    return Table("Ratios", ("Ratio", "Value", "Aim, at most", "", "Margin"), rows)


def _markdown(table: Table) -> str:
    title = [f"**{table.title}**\n"] if table.title else []
    lines = [*title, f"| {' | '.join(table.columns)} |", f"|{' --- |' * len(table.columns)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in table.rows)])


def _plain(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        told = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"  {'  '.join(told)}".rstrip()

    return "\n".join([f"  {table.title}", line(table.columns), *map(line, table.rows), ""])
