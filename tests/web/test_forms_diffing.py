"""What differs between two texts is told line by line, and bounded."""

import time

from hypothesis import given
from hypothesis import strategies as st

from bots.web.forms.diffing import difference

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_both_texts_can_be_read_off_the_difference(before: str, after: str) -> None:
    lines = difference(before, after)
    if not lines:
        assert before.splitlines() == after.splitlines()
        return
    if any(line.kind == "gap" for line in lines):
        return
    assert [line.text for line in lines if line.kind != "added"] == before.splitlines()
    assert [line.text for line in lines if line.kind != "removed"] == after.splitlines()


@given(LINES, LINES)
def test_the_parts_of_a_line_are_the_line(before: str, after: str) -> None:
    for line in difference(before, after):
        assert "".join(line.parts) == line.text


def test_the_part_that_was_changed_is_marked() -> None:
    removed, added = difference('{"size": 0.05}', '{"size": 0.07}')
    assert removed.parts == ('{"size": 0.0', "5", "}")
    assert added.parts == ('{"size": 0.0', "7", "}")


def test_texts_without_end_are_not_compared_for_ever() -> None:
    begun = time.monotonic()
    lines = difference("\n".join(str(n % 7) for n in range(100_000)), "\n".join(str(n % 5) for n in range(100_000)))
    assert [line.kind for line in lines] == ["gap"]
    assert time.monotonic() - begun < 5
