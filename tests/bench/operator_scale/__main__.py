"""python -m tests.bench.operator_scale: this bench alone, as a table."""

from tests.bench.operator_scale.measuring import measure
from tests.bench.page import text

print(text(measure()))
