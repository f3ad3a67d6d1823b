"""docs/security.md: each claim has a test that exists, and each test that is named there holds a claim."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
THREATS, _, TABLE = PAGE.partition("\n## What holds each claim\n")
CLAIMED = re.findall(r"^- \*\*(\d+\.\d+) ", THREATS, re.MULTILINE)
HELD = {row[1]: row[2] for row in re.finditer(r"^\| (\d+\.\d+) \| (.*) \|$", TABLE, re.MULTILINE)}
NAMED = sorted(set(re.findall(r"`(tests/[^`]+\.py::[^`]+)`", PAGE)))


@cache
def functions_of(file: str) -> set[str]:
    """Return the names of a file's tests."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {name for name in found if name.startswith("test_")}


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_the_page_names_exists(named: str) -> None:
    file, _, function = named.partition("::")
    assert function in functions_of(file), f"docs/security.md names {named}, which does not exist"


def test_every_claim_of_the_page_is_held_by_a_test() -> None:
    assert CLAIMED
    assert len(set(CLAIMED)) == len(CLAIMED)
    assert list(HELD) == CLAIMED
    assert [claim for claim, tests in HELD.items() if "::test_" not in tests] == []


def test_no_test_is_named_in_a_form_that_is_not_looked_for() -> None:
    assert len(re.findall(r"::", PAGE)) == len(re.findall(r"`tests/[^`]+\.py::[^`]+`", PAGE))


def test_every_threat_says_what_is_not_protected() -> None:
    sections = re.split(r"^## \d+\. ", THREATS, flags=re.MULTILINE)[1:]
    assert len(sections) == 8
    assert [section.splitlines()[0] for section in sections if "**Not protected.**" not in section] == []
