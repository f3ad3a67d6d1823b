"""Texts as Telegram's HTML: what is shown is what was meant, and never longer than Telegram takes."""

import pytest

from bots.notify.telegram.formatting import LONGEST_CAPTION, LONGEST_TEXT, fits, formatted, length
from tests.venues.telegram.entities import plain_text


def test_a_title_is_bold_and_a_block_has_letters_of_one_width() -> None:
    assert formatted("a < b", ("c & d",), "e > f") == "<b>a &lt; b</b>\nc &amp; d\n<pre>e &gt; f</pre>"


def test_a_length_is_counted_as_telegram_does() -> None:
    assert length("a\U0001f4c8") == 3


@pytest.mark.parametrize("filling", ["x", "<", "&", "\U0001f4c8", "é\n"])
@pytest.mark.parametrize("longest", [LONGEST_TEXT, LONGEST_CAPTION])
def test_what_is_too_long_ends_in_an_ellipsis(filling: str, longest: int) -> None:
    shown = plain_text(formatted("title", (filling * longest,), "more", longest))
    assert longest - 1 <= length(shown) <= longest
    assert shown.endswith("…")


def test_a_huge_title_leaves_room_for_the_rest() -> None:
    shown = plain_text(formatted("t" * 9000, ("the rest",), "a block"))
    assert shown.endswith("…\nthe rest\na block")


@pytest.mark.parametrize("longest", [1, 2, 5, 6, 7, 8])
def test_where_there_is_hardly_any_room_nothing_is_cut_in_two(longest: int) -> None:
    assert length(plain_text(formatted("", ("\U0001f4c8" * 9,), "\U0001f4c8", longest))) <= longest


def test_what_cannot_be_shown_or_would_turn_the_line_around_is_a_question_mark() -> None:
    assert formatted("a\ud800\x00\x1b\u202e\rb") == "<b>a?????b</b>"


def test_a_text_fits_where_nothing_would_be_cut() -> None:
    assert fits("a", ("b" * (LONGEST_CAPTION - 2),), LONGEST_CAPTION)
    assert not fits("a", ("b" * (LONGEST_CAPTION - 1),), LONGEST_CAPTION)
    assert not fits("a" * 700, (), LONGEST_CAPTION)
