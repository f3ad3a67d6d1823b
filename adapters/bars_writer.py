"""Writing the files of bars that backtests and replays read: the columns of `bars_file`, every number exactly."""

import os
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from adapters.bars_file import COLUMNS
from strategies.bar import Bar

HEADER = f"{','.join(COLUMNS)}\n"
SUFFIXES = (".csv", ".parquet")


def csv_line(bar: Bar, price_decimals: int) -> str:
    """Return a bar as a line of CSV; prices have at least so many decimals, for the price step is read off them."""
    prices = (_digits(price, price_decimals) for price in (bar.open, bar.high, bar.low, bar.close))
    return f"{bar.time:%Y-%m-%dT%H:%M:%SZ},{','.join(prices)},{_digits(bar.volume, 0)}\n"


def csv_text(bars: Iterable[Bar], price_decimals: int) -> str:
    """Return bars as lines of CSV, without a header."""
    return "".join(csv_line(bar, price_decimals) for bar in bars)


def parquet_from_csv(csv_path: Path, parquet_path: Path) -> None:
    """Write the bars of a CSV file, one that this module wrote, as Parquet; the bars need not fit into memory."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    types: dict[str, pyarrow.DataType] = {COLUMNS[0]: pyarrow.timestamp("us", tz="UTC")}
    types |= {name: pyarrow.float64() for name in COLUMNS[1:]}
    reading = pyarrow.csv.ConvertOptions(column_types=types, include_columns=list(COLUMNS))
    schema = pyarrow.schema(types)
    with (
        pyarrow.csv.open_csv(csv_path, convert_options=reading) as batches,
        parquet_path.open("wb") as file,
    ):
        with pyarrow.parquet.ParquetWriter(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())


def _digits(number: float, decimals: int) -> str:
    """Return the digits that mean this very float, filled up with zeros."""
    text = f"{number:.{decimals}f}"
    # The shortest digits that are read as the same float are those that the venue wrote.
    return text if float(text) == number else f"{Decimal(repr(number)):f}"
