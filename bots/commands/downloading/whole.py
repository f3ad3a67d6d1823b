"""One download, from whatever is there already to the finished file and what is told of it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.bars_file import fault_of, iter_bars
from adapters.instrument import decimals_of
from adapters.live.source import LiveSource
from bots.commands.downloading.continuing import Span, is_same, plan, span_of
from bots.commands.downloading.gaps import Gaps, gaps_words
from bots.commands.downloading.paging import Pages, Patience
from bots.commands.downloading.part_file import PartFile
from bots.commands.downloading.progress import Progress
from bots.commands.venues import Wanted
from strategies.bar import Bar
from strategies.errors import BarsFileError, VenueRefusedError


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be downloaded: bars opened from `begin` on and before `end`, and into which file."""

    wanted: Wanted
    begin: datetime
    end: datetime
    out: Path
    patience: Patience


class Download:
    """One download, from whatever is there already to the finished file."""

    def __init__(self, job: Job, source: LiveSource, part: PartFile) -> None:
        self._job, self._source, self._part = job, source, part
        self._progress = Progress(str(job.wanted), job.begin, job.end)
        self._pages = Pages(source, job.wanted.length, job.patience, self._progress.say)
        self._left_out = 0

    async def run(self) -> list[str]:
        """Download what is missing and return what to tell.

        Raises
        ------
        BarsFileError
            If what is there already is of other bars, or nothing can be written.
        VenueLostError, VenueRefusedError
            If the venue stays away, or refuses.
        """
        try:
            await self._pages.prepare()
            self._part.price_decimals = decimals_of(self._source.spec.price_step)
            await self._fill()
        finally:
            self._progress.wipe()
            await self._source.close()
        return self._summary()

    async def _fill(self) -> None:
        """Bring the part to the end, and put it into the file's place if it holds more than that."""
        job, part = self._job, self._part
        self._progress.reached(job.begin, 0)
        file = span_of(iter_bars(job.out)) if job.out.exists() else None
        begun = span_of(part.bars())
        earliest = await self._earliest(file, begun)
        for path, span in ((job.out, file), (part.path, begun)):
            if span is not None:
                await self._prove(path, span.last)
        planned = plan(job.end, job.wanted.length, earliest.time if earliest else None, file, begun)
        after = planned.after
        if after is None or planned.from_file:
            part.clear()
        if after is None:
            if earliest is None or earliest.time >= planned.end:
                raise VenueRefusedError(
                    f"{job.wanted.source} has no {job.wanted.interval} bars of {job.wanted.symbol} between these dates"
                )
            self._append([earliest])
            after = earliest.time
        count = begun.count if begun and not part.is_empty else 0
        async for page in self._pages.between(after, planned.end):
            if part.is_empty and planned.from_file:
                part.take_over()
            self._append(page)
            count += len(page)
            self._progress.reached(page[-1].time, count)
        if not part.is_empty:
            part.finish()

    async def _earliest(self, file: Span | None, begun: Span | None) -> Bar | None:
        """Return the first bar from --from on; None where what is there begins earlier, or the venue has forgotten."""
        there = [span for span in (file, begun) if span is not None]
        if there and all(span.first.time <= self._job.begin for span in there):
            return None
        try:
            return await self._pages.first_from(self._job.begin)
        except VenueRefusedError:
            if not there:
                raise
            return None

    async def _prove(self, path: Path, last: Bar) -> None:
        """Make sure that a file's bars are those that are asked for, before anything is put behind or in their place.

        Raises
        ------
        BarsFileError
            If the venue has another bar at that time, or none.
        """
        found = await self._pages.first_from(last.time)
        if found is None or not is_same(found, last):
            told = "none" if found is None or found.time != last.time else f"one that closed at {found.close:.12g}"
            raise BarsFileError(
                f"{path}: its bar of {last.time:%Y-%m-%d %H:%M} closed at {last.close:.12g}, {self._job.wanted} has "
                f"{told}; name another file with --out, or move this one away"
            )

    def _append(self, page: Sequence[Bar]) -> None:
        """Keep what a file of bars may hold; venues have been seen to tell of other things."""
        good = [bar for bar in page if not fault_of(bar)]
        self._left_out += len(page) - len(good)
        if good:
            self._part.append(good)

    def _summary(self) -> list[str]:
        """Return what there is to tell of the whole file."""
        job = self._job
        gaps = Gaps(job.wanted.length, self._source.next_close)
        span = span_of(gaps.watched(iter_bars(job.out)))
        if span is None:
            raise BarsFileError(f"{job.out}: holds no bars")
        told = []
        if gaps.is_late(job.begin, span.first.time):
            told.append(f"the venue has no bars before {span.first.time:%Y-%m-%d %H:%M}")
        if self._left_out:
            were = "was left out, for it holds" if self._left_out == 1 else "were left out, for they hold"
            told.append(f"{self._left_out:,} of the venue's bars {were} no prices")
        out = shlex.quote(str(job.out))
        return [
            *told,
            *gaps.lines(),
            f"{span.count:,} bars from {span.first.time:%Y-%m-%d %H:%M} to {span.last.time:%Y-%m-%d %H:%M}, "
            f"{gaps_words(gaps.count)}, in {job.out} ({_size(job.out)}); "
            f"now: tradingbot backtest BOT.json --bars {out} --out results",
        ]


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
