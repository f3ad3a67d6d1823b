"""How a combination's neighbours do: what is good by luck stands alone, else it has good company. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.rows import METRICS, Metric, Row, merit, worded

_ALIKE = 0.7
_FIRST = 20


@dataclass(frozen=True, slots=True)
class Company:
    """A combination, and the median and the worst of what lies one step around it."""

    row: Row
    count: int
    median: float
    worst: float


def company(grid: Grid, rows: Mapping[int, Row], row: Row, metric: Metric) -> Company | None:
    """Look at a combination's neighbours; None where there is none with that figure."""
    around = [rows[number] for number in grid.neighbours(row.number) if number in rows]
    known = [found for other in around if (found := other.number_of(metric)) is not None]
    if not known:
        return None
    return Company(row, len(known), median(known), max(known) if metric.less_is_better else min(known))


def best_company(grid: Grid, rows: Mapping[int, Row], metric: Metric) -> Company | None:
    """Return the best combination by the median of its neighbours and itself, none at a rim with few of them."""
    most = max((sum(1 for _ in grid.neighbours(number)) for number in rows), default=0)
    best: tuple[tuple[float, float], Company] | None = None
    for row in rows.values():
        if row.state != "traded" or row.number_of(metric) is None:
            continue
        found = company(grid, rows, row, metric)
        if found is None or found.count <= most / 2:
            continue
        merits = [merit(rows[n], metric) for n in grid.neighbours(row.number) if n in rows and rows[n].numbers]
        rank = (median([*merits, own := merit(row, metric)]), own)
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


def sentences(best: Company | None, metric: Metric, ranked: Sequence[Row]) -> list[str]:
    """Warn of what the best of many is worth; `ranked` are all that were traded, the best first."""
    said = [
        f"The best of {len(ranked):,} combinations is good by choice: among so many, some are by chance. "
        "Trust what its neighbours do, not the single best, and try it on bars that had no part in the choice."
    ]
    if not ranked:
        return said
    if ranked[0].number_of(metric) is None:
        return [*said, f"None has the figure {metric.label} on these bars: --sort says by which other to choose."]
    if found := later_sentence(ranked, metric):
        said.append(found)
    if best is None:
        return [*said, "The best has no neighbours to compare with: sweep a number over several values."]
    own = best.row.number_of(metric)
    words = f"The best has {metric.label} {_with_unit(own, metric)}; its {best.count} neighbours have "
    words += f"{_with_unit(best.median, metric)} at the median and {_with_unit(best.worst, metric)} at worst. "
    return [*said, words + ("They do alike." if _is_alike(own, best.median, metric) else "It stands alone.")]


def later_sentence(ranked: Sequence[Row], metric: Metric) -> str:
    """Say how the best went on the bars that had no part in the choice; nothing without a split."""
    index = METRICS.index(metric)
    first = ranked[:_FIRST]
    later = [found for row in first if row.later and (found := row.later[index]) is not None]
    if not later or not first[0].later:
        return ""
    words = f"Out of sample the best has {metric.label} {_with_unit(first[0].later[index], metric)}, "
    return words + f"and the best {len(first)} have {_with_unit(median(later), metric)} at the median."


def _is_alike(own: float | None, around: float, metric: Metric) -> bool:
    if own is None:
        return False
    if metric.less_is_better:
        return around <= own / _ALIKE
    return own > 0 and around >= own * _ALIKE


def _with_unit(number: float | None, metric: Metric) -> str:
    return f"{worded(number, metric)}{metric.unit}"
