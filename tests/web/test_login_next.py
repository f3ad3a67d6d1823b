"""Where a login leads: to a page of this console, whatever the link said."""

import pytest

from bots.web.login.policy import own_path

OTHERS = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/fleet\\..\\evil",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTP://evil.example",
    "javascript:alert(1)",
    "data:text/html,hi",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "/\u00a0/evil.example",
    "/\u3002/evil",
    "//[::1",
    "//localhost:5000/",
    "/" + "a" * 3000,
]
NO_PAGES = ["/login", "/login?next=/login", "/logout", "/api/v1/bots"]
OWN = [
    "/",
    "/bots/trend",
    "/bots/trend?tab=trades&sort=-profit",
    "/fleet?q=https://example.org",
    "/bots/a%2F%2Fb",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/bots/x#log",
    "/@evil.example",
]


@pytest.mark.parametrize("asked", OTHERS, ids=ascii)
def test_another_site_is_no_place_to_go(asked: str) -> None:
    assert own_path(asked) == "/"


@pytest.mark.parametrize("asked", NO_PAGES)
def test_what_is_no_page_to_come_back_to_is_left_out(asked: str) -> None:
    assert own_path(asked) == "/"


@pytest.mark.parametrize("asked", OWN)
def test_a_page_of_this_console_is(asked: str) -> None:
    assert own_path(asked) == asked


def test_nothing_asked_for_is_the_first_page() -> None:
    assert own_path(None) == "/"
