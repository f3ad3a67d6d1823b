"""What a key may do, judged."""

from adapters.binance.permissions import findings


def test_a_key_that_may_withdraw_is_a_warning_and_no_failure() -> None:
    found = findings({"canTrade": True}, {"enableWithdrawals": True, "ipRestrict": True})
    (word,) = [each for each in found if each.what == "withdrawals"]
    assert word.warning
    assert "take that permission" in word.remedy


def test_an_account_that_may_not_trade_fails() -> None:
    found = findings({"canTrade": False}, {"ipRestrict": True})
    assert any(not each.good and not each.warning for each in found)


def test_an_environment_that_tells_nothing_is_not_blamed() -> None:
    assert all(each.good for each in findings({"canTrade": True}, None))
