"""Who guesses at passwords waits longer and longer, and keeps nobody else out for long."""

from bots.web.login.attempts import Attempts


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(attempts: Attempts, times: int, user: str = "olga", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        assert attempts.begin(user, address) == 0


def waits(attempts: Attempts, clock: Clock, times: int, user: str = "olga", address: str = "192.0.2.1") -> list[float]:
    """Fail so many times, each as soon as it may be; return how long each had to wait."""
    found = []
    for _ in range(times):
        wait = attempts.begin(user, address)
        found.append(wait)
        if wait:
            clock.now += wait
            assert attempts.begin(user, address) == 0
    return found


def test_a_few_failures_are_free_and_then_the_distance_grows_up_to_a_minute() -> None:
    clock = Clock()

    assert waits(Attempts(clock), clock, 9) == [0, 0, 0, 0, 0, 1, 2, 4, 8]


def test_a_name_is_never_shut_for_longer_than_a_minute() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    found = [waits(attempts, clock, 1, address=f"192.0.2.{n}")[0] for n in range(1, 40)]

    assert max(found) == 60


def test_an_address_that_tries_many_names_waits_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    found = [waits(attempts, clock, 1, user=f"user{n}")[0] for n in range(30)]

    assert found[:10] == [0] * 10
    assert found[-1] == 900


def test_attempts_at_the_same_time_count_before_any_of_them_has_failed() -> None:
    attempts = Attempts(Clock())

    assert [attempts.begin("olga", "192.0.2.1") > 0 for _ in range(100)].count(False) == 5


def test_one_network_of_ipv6_is_one_address() -> None:
    attempts = Attempts(Clock())
    for n in range(10):
        fail(attempts, 1, f"user{n}", f"2001:db8:0:1::{n:x}")

    assert attempts.begin("user99", "2001:db8:0:1:ffff::1") > 0
    assert attempts.begin("user98", "2001:db8:0:2::1") == 0


def test_an_address_of_ipv4_counts_as_itself_however_it_is_written() -> None:
    attempts = Attempts(Clock())
    for n in range(10):
        fail(attempts, 1, f"user{n}", "::ffff:192.0.2.1")

    assert attempts.begin("user99", "192.0.2.1") > 0
    assert attempts.begin("user98", "::ffff:192.0.2.2") == 0


def test_getting_in_makes_the_failures_of_that_name_forgotten() -> None:
    attempts = Attempts(Clock())
    for _ in range(3):
        fail(attempts, 3)
        attempts.succeeded("olga", "192.0.2.1")

    fail(attempts, 4)


def test_a_name_of_ones_own_does_not_buy_more_guesses_at_others() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    guesses = 0
    for n in range(100):
        if attempts.begin(f"user{n}", "192.0.2.1") > 0:
            break
        guesses += 1
        if attempts.begin("mallory", "192.0.2.1") == 0:
            attempts.succeeded("mallory", "192.0.2.1")

    assert guesses == 10


def test_strangers_who_guess_at_a_name_do_not_keep_out_whoever_has_come_from_there_before() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    fail(attempts, 1, address="192.0.2.7")
    attempts.succeeded("olga", "192.0.2.7")
    for n in range(20, 40):
        attempts.begin("olga", f"192.0.2.{n}")

    assert attempts.begin("olga", "192.0.2.8") > 0
    assert attempts.begin("olga", "192.0.2.7") == 0


def test_failures_are_forgotten_after_an_hour() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits(attempts, clock, 9)
    clock.now += 3601

    fail(attempts, 5)


def test_a_million_names_take_bounded_memory() -> None:
    attempts = Attempts(Clock())
    for n in range(30_000):
        attempts.begin(f"user{n}", f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")

    assert len(attempts) <= 10_000
