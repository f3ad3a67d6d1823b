"""Sessions: how long they last, and what ends them."""

import dataclasses

import pytest

from bots.web.login.roles import Role
from bots.web.login.sessions import IDLE_SECONDS, LONGEST_SECONDS, Session, Sessions


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def begin(sessions: Sessions, user: str = "olga") -> tuple[str, Session]:
    return sessions.begin(user, Role.OPERATOR, "mark")


def test_an_idle_session_ends_after_half_a_day() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    shown, _ = begin(sessions)

    clock.now += IDLE_SECONDS - 1
    assert sessions.find(shown) is not None
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(shown) is not None
    clock.now += IDLE_SECONDS
    assert sessions.find(shown) is None


def test_a_page_that_only_lies_open_is_idle() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    shown, _ = begin(sessions)
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(shown, used=False) is not None
    clock.now += 1

    assert sessions.find(shown, used=False) is None


def test_a_session_ends_after_a_week_however_much_it_is_used() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    shown, made = begin(sessions)
    while clock.now + IDLE_SECONDS / 2 < made.made + LONGEST_SECONDS:
        clock.now += IDLE_SECONDS / 2
        assert sessions.find(shown) is not None
    clock.now = made.made + LONGEST_SECONDS

    assert sessions.find(shown) is None


def test_a_clock_that_is_set_back_far_ends_sessions_instead_of_prolonging_them() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    shown, _ = begin(sessions)
    clock.now -= 10

    assert sessions.find(shown) is None


def test_the_id_is_nowhere_kept() -> None:
    sessions = Sessions()
    shown, session = begin(sessions)

    assert shown not in repr(vars(sessions))
    assert shown not in [getattr(session, field.name) for field in dataclasses.fields(session)]
    assert session.csrf not in repr(session)


def test_an_id_that_was_never_given_finds_nothing() -> None:
    sessions = Sessions()
    shown, session = begin(sessions)

    for other in ("", shown[:-1], shown + "x", shown.swapcase(), session.key, "\udcff", "ü" * 5000):
        assert sessions.find(other) is None


def test_one_person_has_fifty_sessions_at_most_and_the_longest_unused_gives_way() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    others, _ = begin(sessions, "vera")
    shown = []
    for _ in range(51):
        clock.now += 1
        shown.append(begin(sessions)[0])

    assert sessions.find(shown[0]) is None
    assert all(sessions.find(each) is not None for each in (*shown[1:], others))


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.OPERATOR, True)])
def test_who_may_operate(role: Role, may: bool) -> None:
    assert Sessions().begin("olga", role, "mark")[1].can_operate is may
