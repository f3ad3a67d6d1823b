"""What Telegram hands over as values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bots.notify.telegram.updates import Press, Text, heard, offset_after, whose

MESSAGE: dict[str, Any] = {"chat": {"id": 42}, "date": 1_800_000_000, "text": "/status"}
PRESS: dict[str, Any] = {
    "id": "p1",
    "from": {"first_name": "Ada", "last_name": "L\u202e", "username": "ada"},
    "data": "k:yes",
    "message": {"message_id": 5, "chat": {"id": 42}},
}


def test_what_somebody_writes_is_heard_with_its_time() -> None:
    sent = datetime.fromtimestamp(1_800_000_000, UTC)
    assert heard({"message": MESSAGE}) == Text(42, "/status", sent)


def test_a_press_is_heard_with_who_pressed_in_letters_that_steer_nothing() -> None:
    assert heard({"callback_query": PRESS}) == Press(42, "Ada L\\u202e", "k:yes", "p1", 5)


@pytest.mark.parametrize(
    ("person", "named"), [(None, "somebody"), ({"username": "ada"}, "ada"), ({"first_name": "A" * 999}, "A" * 60)]
)
def test_whoever_pressed_has_a_name(person: object, named: str) -> None:
    told = heard({"callback_query": PRESS | {"from": person}})
    assert isinstance(told, Press)
    assert told.who == named


@pytest.mark.parametrize(
    "update",
    [
        None, [], {"edited_message": MESSAGE}, {"channel_post": MESSAGE}, {"message": MESSAGE | {"text": None}},
        {"message": MESSAGE | {"text": " "}}, {"message": MESSAGE | {"date": "now"}},
        {"message": MESSAGE | {"chat": 42}},
        {"message": MESSAGE | {"chat": {"id": True}}}, {"message": MESSAGE | {"chat": {"id": 2**60}}},
        {"callback_query": PRESS | {"data": None}}, {"callback_query": PRESS | {"message": None}},
        {"callback_query": PRESS | {"id": 7}},
    ],
)  # fmt: skip
def test_everything_else_is_nothing(update: object) -> None:
    assert heard(update) is None


def test_a_time_that_cannot_be_is_older_than_any() -> None:
    told = heard({"message": MESSAGE | {"date": 10**15}})
    assert isinstance(told, Text)
    assert told.sent.year == 1


def test_whose_update_it_is_is_known_though_it_says_nothing() -> None:
    assert whose({"message": {"chat": {"id": 666}, "sticker": {}}}) == 666
    assert whose({"callback_query": {"message": {"chat": {"id": 666}}}}) == 666
    assert whose({"poll": {}}) is None


def test_what_was_handed_over_is_not_asked_for_again() -> None:
    assert offset_after([{"update_id": 7}, {"update_id": 9}, {"update_id": "x"}, None], 3) == 10
    assert offset_after([{}], 3) == 3
    assert offset_after([], None) is None
