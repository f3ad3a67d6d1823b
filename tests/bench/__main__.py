"""`make bench` and `make bench-check`: python -m tests.bench [--check | --small] [NAME...]; all without a name.

Each bench is a process of its own, so that none finds what another has left in memory, and one that fails is told and
stops no other. Their outcomes make docs/benchmarks.md, and tests/bench/baseline.json, against which a check holds them.
The exit status is 1 if a bench has failed or, in a check, if a ratio has grown by more than its margin.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench import benches
from tests.bench.figures import regressions
from tests.bench.one import CANNOT_RUN_HERE
from tests.bench.outcomes import Outcome, read_all, read_one, write_all
from tests.bench.page import page, text

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "build" / "bench"
BASELINE = Path(__file__).with_name("baseline.json")
PAGE = ROOT / "docs" / "benchmarks.md"
_PATIENCE_SECONDS = 1200.0
_TO_CLEAN_UP_SECONDS = 60.0


def main(arguments: list[str]) -> int:
    """Measure, and write or check."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(benches.MODULES)}; all without one")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help="hold the ratios against the baseline, and write no page")
    modes.add_argument("--small", action="store_true", help="see in a few minutes that all run through; write no page")
    options = parser.parse_args(arguments)
    try:
        names = benches.chosen(options.names)
    except ValueError as error:
        parser.error(str(error))
    if not options.small:
        print(f"about {sum(benches.MINUTES[name] for name in names)} minutes in all, where nothing else runs")
    found: dict[str, Outcome] = {}
    failed: list[str] = []
    for number, name in enumerate(names, start=1):
        minutes = "" if options.small else f", about {benches.MINUTES[name]} minutes"
        print(f"\n[{number}/{len(names)}] {name}{minutes}", flush=True)
        begun = time.monotonic()
        out = MEASURED / ("small" if options.small else "") / f"{name}.json"
        status = _run(name, out, benches.SMALL if options.small else {})
        if status == CANNOT_RUN_HERE:
            print(f"{name} cannot run here: it is left as it was", flush=True)
        elif status:
            failed.append(name)
            print(f"{name} has failed: it is left as it was", file=sys.stderr, flush=True)
        else:
            found[name] = read_one(out)
            print(text(found[name].measured))
            print(f"({name} took {time.monotonic() - begun:.0f} s)", flush=True)
    worse = options.check and _check(found)
    if not options.check and not options.small:
        _write(found)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or worse else 0


def _run(name: str, out: Path, sizes: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "tests.bench.one", name, str(out)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **sizes})
    try:
        return process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{name} has not ended after {_PATIENCE_SECONDS:.0f} s", file=sys.stderr)
        return 1
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        # It ends what it has started.
        process.terminate()
        try:
            process.wait(_TO_CLEAN_UP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _check(found: Mapping[str, Outcome]) -> bool:
    baseline, told = read_all(BASELINE), []
    for name, outcome in found.items():
        if name in baseline:
            told += regressions(baseline[name].measured.ratios, outcome.measured.ratios)
        else:
            print(f"{name}: there is nothing to hold it against yet: make bench")
    for line in told:
        print(line, file=sys.stderr)
    if found and not told:
        print("no ratio has grown by more than its margin")
    return bool(told)


def _write(found: Mapping[str, Outcome]) -> None:
    if found:
        known = {**read_all(BASELINE), **found}
        kept = {name: known[name] for name in benches.MODULES if name in known}
        write_all(BASELINE, kept)
        PAGE.write_text(page(kept), encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)} and {BASELINE.relative_to(ROOT)} are written")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]))
