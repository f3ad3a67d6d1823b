"""python -m tests.bench.footprint: this bench alone, as a table."""

from tests.bench.footprint.measuring import measure
from tests.bench.page import text

print(text(measure()))
