"""Cells of a CSV file that a spreadsheet takes for what they are: numbers for numbers, words for words."""

# A word that begins so is a formula to a spreadsheet, and would be worked out by whoever opens the file.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def cell[T](value: T) -> T | str:
    """Return a cell as it is written: words that would be a formula begin with an apostrophe, numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
