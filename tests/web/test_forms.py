"""Forms are made from the schema, and what is typed into them changes the one value that is meant."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.config import document_from_bytes
from bots.web.forms import Field, Kind, build_form, masked, type_in
from bots.web.forms.starting_points import starting_points
from strategies.registry import entry_class, entry_names, exit_class, exit_names

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.json"))
SMALLEST = '{"trading": {"symbol": "BTCUSDT"}, "strategy": {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}}}'  # noqa: E501


def fields(text: str) -> dict[str, Field]:
    root = build_form(text).root
    assert root is not None
    return {field.place: field for field in root.walk()}


def meaning(text: str) -> list[object]:
    document = document_from_bytes(text.encode(), "")
    entry, leave = document.strategy.entry_logic, document.strategy.exit_logic
    assert entry is not None
    assert leave is not None
    return [
        document.model_dump(exclude={"schema_reference": True, "strategy": {"entry_logic", "exit_logic"}}),
        entry_class(entry.name).params_model.model_validate(entry.params),
        exit_class(leave.name).params_model.model_validate(leave.params),
    ]


def typed(text: str, place: str, value: str) -> str:
    return type_in(text, fields(text)[place].path, value)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_document_comes_out_of_its_form_as_it_went_in(path: Path) -> None:
    text = path.read_text("utf-8")
    for field in fields(text).values():
        assert type_in(text, field.path, field.typed) == text


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_document_typed_anew_field_by_field_means_the_same(path: Path) -> None:
    text, made = path.read_text("utf-8"), "{}"
    # Choices first: they say which other fields there are.
    for _ in range(2):
        for field in sorted(fields(text).values(), key=lambda each: each.kind is not Kind.CHOICE):
            if field.present and field.kind is not Kind.SECTION:
                made = type_in(made, field.path, field.typed)
                plain = tuple(step.removeprefix("e_").removeprefix("x_") for step in field.path)
                made = type_in(made, plain, field.typed)
    assert meaning(made) == meaning(text)


def test_every_rule_brings_its_own_fields() -> None:
    for names, logic in ((entry_names(), "entry_logic"), (exit_names(), "exit_logic")):
        for name in names:
            text = typed(SMALLEST, f"strategy.{logic}.name", name)
            params = fields(text)[f"strategy.{logic}.params"]
            assert build_form(text).errors == ()
            assert params.kind is Kind.SECTION
            assert params.children, name
            assert all(not child.path[-1].startswith(("e_", "x_")) for child in params.children)


def test_another_rule_takes_along_only_parameters_that_it_knows() -> None:
    text = typed(SMALLEST, "strategy.exit_logic.params.atr_period", "21")
    assert '"atr_period": 21' in text
    text = typed(text, "strategy.exit_logic.name", "TimeBasedExitMixin")
    assert "atr_period" not in text
    assert build_form(text).errors == ()


def test_a_parameter_keeps_the_spelling_in_which_it_was_written() -> None:
    text = SMALLEST.replace('"RSIBBEntryMixin"', '"RSIBBEntryMixin", "params": {"e_rsi_period": 7}')
    made = typed(text, "strategy.entry_logic.params.e_rsi_period", "9")
    assert '"params": {"e_rsi_period": 9}' in made
    assert "strategy.entry_logic.params.rsi_period" not in fields(made)


def test_an_emptied_field_leaves_the_document_as_if_it_had_never_been_there() -> None:
    text = typed(SMALLEST, "risk_management.trailing_stop.trailing_pct", "1.5")
    assert json.loads(text)["risk_management"] == {"trailing_stop": {"trailing_pct": 1.5}}
    assert json.loads(typed(text, "risk_management.trailing_stop.trailing_pct", "")) == json.loads(SMALLEST)


def test_only_the_line_that_was_changed_is_written_anew() -> None:
    text = CONFIGS[0].read_text("utf-8")
    made = typed(text, "trading.position_size", "0.25")
    changed = [(old, new) for old, new in zip(text.splitlines(), made.splitlines(), strict=True) if old != new]
    assert [new.replace("0.25", "0.1") for _, new in changed] == [old for old, _ in changed]
    assert len(changed) == 1


def test_unknown_keys_survive_and_are_told_at_their_section() -> None:
    text = SMALLEST.replace('"symbol": "BTCUSDT"', '"symbol": "BTCUSDT", "wishes": {"a": [1.50]}')
    made = typed(text, "trading.position_size", "0.2")
    assert '"wishes": {"a": [1.50]}' in made
    assert any("wishes" in error for error in fields(made)["trading"].errors)


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("trading.symbol", "", "is missing"),
        ("trading.symbol", "btcusdt", "capitals"),
        ("trading.position_size", "2", "out of range"),
        ("trading.position_size", "a lot", "is a text"),
        ("trading.position_size", "0,5", "is a text"),
        ("trading.max_positions", "1.5", "not whole"),
        ("data.lookback_bars", "-1", "out of range"),
        ("data.data_source", "replay", ""),
        ("broker.account", "DU1", "means nothing to the broker"),
        ("strategy.exit_logic.params.atr_period", "0", "must be"),
        ("strategy.type", "no-such", "no-such"),
        ("risk_management.day_timezone", "Europe/Berlim", "Europe/Berlin"),
        ("logging.log_file", "../../x.log", "leads out"),
        ("notifications.daily_summary.time", "25:00", "right form"),
    ],
)
def test_a_mistake_is_told_at_its_field(place: str, value: str, says: str) -> None:
    text = typed(SMALLEST, place, value)
    form = build_form(text)
    told = [(error.place, error.message) for error in form.errors]
    if place == "data.data_source":
        # A file is needed then: the fault is at the field that is to be filled in.
        place = "data.file"
    assert form.errors, text
    errors = fields(text)[place].errors
    assert any(says in error for error in errors), told
    assert fields(text)[place].shown


def test_a_choice_that_another_forbids_is_not_offered() -> None:
    text = typed(SMALLEST, "broker.type", "binance")
    source = fields(text)["data.data_source"]
    assert source.choices == ("binance",)
    assert source.required


def test_a_key_that_means_nothing_now_is_not_shown_until_it_is_said() -> None:
    assert not fields(SMALLEST)["data.file"].shown
    replay = typed(SMALLEST, "data.data_source", "replay")
    assert fields(replay)["data.file"].shown
    assert fields(replay)["data.file"].required
    assert not fields(replay)["data.seed"].shown


def test_warnings_are_told_at_their_fields() -> None:
    text = typed(SMALLEST, "data.lookback_bars", "1")
    assert "the bot will wait" in fields(text)["data.lookback_bars"].warnings[0]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "{" * 50, "[" * 100_000, "\x00", "\ud800", "{}x"])
def test_what_is_no_document_has_no_form_but_a_fault(text: str) -> None:
    form = build_form(text)
    assert form.root is None or not form.root.says
    assert form.errors
    assert type_in(text, ("trading", "symbol"), "BTCUSDT") == text


def test_numbers_stay_as_they_are_written() -> None:
    text = SMALLEST.replace('"symbol"', '"price_step": 0.00002, "symbol"')
    assert fields(text)["trading.price_step"].typed == "0.00002"


@given(st.text(max_size=40))
def test_whatever_is_typed_the_text_stays_json_and_says_it(value: str) -> None:
    made = typed(SMALLEST, "description", value)
    assert json.loads(made).get("description", "") == value
    number = typed(SMALLEST, "trading.position_size", value)
    assert isinstance(json.loads(number), dict)
    build_form(number)


@given(st.decimals(min_value="0.0001", max_value=1, places=4))
def test_a_number_arrives_with_the_digits_that_were_typed(value: object) -> None:
    made = typed(SMALLEST, "trading.position_size", str(value))
    assert f'"position_size": {value}' in made
    assert build_form(made).errors == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["trading", "data", "strategy", "risk_management", "notifications", "wishes"]),
)
def test_whatever_a_section_holds_the_form_stands_and_nothing_else_changes(value: object, section: str) -> None:
    values = {**json.loads(SMALLEST), section: value}
    for text in (json.dumps(values), json.dumps(values, indent=4, ensure_ascii=False)):
        form = build_form(text)
        assert form.root is not None
        made = type_in(text, ("logging", "level"), "ERROR")
        assert json.loads(made) == {**json.loads(text), "logging": {"level": "ERROR"}}


def test_secrets_are_never_said() -> None:
    for text in (
        '{"telegram": {"token": "123:hush", "deep": {"api_key": ["hush"]}}}',
        '{"notifications": {"email": {"password": "hush',
        '{"token" : "hush", ',
    ):
        assert "hush" not in masked(text)
    form = build_form('{"trading": {"symbol": "BTCUSDT", "api_key": "hush"}}')
    assert "hush" not in repr([error.message for error in form.errors])


def test_those_to_start_from_are_good_and_paper_comes_first() -> None:
    points = starting_points()
    modes = [point.document.mode for point in points]
    assert modes == sorted(modes, reverse=True)
    assert modes[0] == "paper"
    assert len(points) == len(CONFIGS) + 1
    for point in points:
        assert build_form(point.text).errors == ()
        assert "$schema" not in point.text
