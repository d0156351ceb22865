"""Goal files: what is read, and every mistake with its place and what to write instead."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.goals.goal import MultipleOfBaseline, SalesForecast, ShortfallShare, SumOf, Trailing, Value
from pipeline.goals.tree import TreeError, parse
from tests.goals.files import PIPELINE, faults_of, goal_of, goal_text, goals_of


def only_fault(**changed: str | None) -> tuple[str, str]:
    """Return the one mistake of a file: its sentence and its hint."""
    faults = faults_of(goal_text(**changed))
    assert len(faults) == 1, [each.text() for each in faults]
    return faults[0].text(), faults[0].hint_text() or ""


@pytest.mark.parametrize(
    ("written", "sentence", "hint"),
    [
        ("前年を超える売り上げ", "which is not a number (E101)", "multiple_of_baseline"),
        ("200%UP", "has two readings and is not a number (E101)", "multiple: 3 if +200 % is meant, 2 if 200 % of last year"),
        (".nan", "not a finite number (E101)", "write one number"),
        (".inf", "not a finite number (E101)", "write one number"),
        ("true", "is true, not a number (E101)", "write one number"),
        ('"240000000"', "is the text '240000000', not a number (E101)", "write 240000000 without quotes"),
        ("[1, 2]", "is [1, 2], not a number (E101)", "write one number"),
        ("null", "is None, not a number (E101)", "write one number"),
        ("2.4億円", "is the text '2.4億円', not a number (E101)", "write 240000000 without quotes and units"),
        ("2億4000万円", "not a number (E101)", "write 240000000 without"),
        ("１００件", "not a number (E101)", "write 100 without"),
        ('"1,500"', "not a number (E101)", "write 1500 without"),
        ("0", "'value' is 0 with direction up: such a goal is reached before it starts (E103)", "above 0"),
        ("9" * 400, "'value' is a number above 1000000000000000, which no goal reaches (E101)", "count the digits"),
        ("1.0e+300", "'value' is a number above", "count the digits"),
        ("-5", "'value' is -5 with direction up", "above 0"),
    ],
)
def test_a_target_that_is_not_a_number_says_what_to_write(written: str, sentence: str, hint: str) -> None:
    text, advice = only_fault(target=f"{{value: {written}}}" if written[0] != "[" else "{value: [1, 2]}")
    assert sentence in text
    assert hint in advice


def test_a_unit_is_part_of_the_number() -> None:
    text, hint = only_fault(unit=None)
    assert text == "the KGI 'appointments_fy2026' has no unit (E101)"
    assert "unit: JPY" in hint


@pytest.mark.parametrize(
    ("target", "found"),
    [("{value: 200, sum_of: [a]}", "value, sum_of"), (None, "-"), ("{}", "-")],
)
def test_a_goal_has_exactly_one_kind_of_target(target: str | None, found: str) -> None:
    text, hint = only_fault(target=target)
    assert text == f"the KGI 'appointments_fy2026' needs exactly one kind of target, and has: {found} (E101)"
    assert hint == "kinds of target: value, shortfall_share, multiple_of_baseline, sum_of"


def test_a_target_that_decreases_may_be_zero() -> None:
    assert goal_of(direction="down", target="{value: 0}").target == Value(0)


def test_every_mistake_of_every_file_is_reported_at_once_with_its_line() -> None:
    first = goal_text(phase="late", roles="{marketing: sato}", target="{value: 200%UP}", period="{fiscal_yaer: 2026}")
    second = goal_text(name="other", metric="apointments", guard_rails="[a]", plan_rates="{agreed: {valid_rate: 40%}}")
    found = {
        (str(each.place).split(":")[0][-10:], each.place.line if each.place else 0, each.code)
        for each in faults_of(first, second)
    }
    assert found == {
        ("goal_0.yml", 10, "goal_owner"),
        ("goal_0.yml", 11, "goal_period"),
        ("goal_0.yml", 12, "kgi_percent"),
        ("goal_1.yml", 7, "goal_unknown_metric"),
        ("goal_1.yml", 13, "yaml_unknown_key"),
        ("goal_1.yml", 14, "kgi_percent"),
        ("goal_1.yml", 14, "plan_rate_unused"),
    } - {("goal_1.yml", 14, "plan_rate_unused")}


def test_names_that_are_nearly_right_get_a_suggestion() -> None:
    assert only_fault(metric="apointments") == (
        "the KGI 'appointments_fy2026' is measured by 'apointments', but there is no such metric",
        "did you mean appointments?",
    )
    text, hint = only_fault(tree="appointments: mqls * appointment_rate\n")
    assert "names 'mqls' under 'appointments', which is neither a metric nor a plan rate" in text
    assert hint == "did you mean mql?"
    text, hint = only_fault(taget="{value: 1}")
    assert (text, hint) == ("'taget' is not a key of a goal file, kgi.0", "did you mean target?")
    text, hint = only_fault(target="{vaule: 1}")
    assert "'vaule' is not a key of the KGI 'appointments_fy2026'" in text
    assert hint == "did you mean value?"
    text, hint = only_fault(tree="appointments: mql\n", controllable_by="{marketing: [mqll]}")
    assert "names 'mqll' under 'marketing'" in text


@pytest.mark.parametrize(
    ("old", "new", "sentence", "hint"),
    [
        (", share_basis: revenue", "", "share_basis of the KGI 'mktg_pipeline' is 'None'", "write revenue"),
        ("revenue", "profit", "is 'profit'; it must say what the share is of (E125)", "write revenue"),
        ("share: 0.5", "share: 50", "is 50; it must be above 0 and at most 1 (E126)", "write 50 % as 0.5"),
        ("share: 0.5", "share: 0", "is 0; it must be above 0 and at most 1 (E126)", "write 50 % as 0.5"),
        ("share: 0.5", "share: 50%", "'share' is '50%', which has two readings", "0.5"),
        ("380000000", "3.8億円", "'sales_landing' is the text '3.8億円'", "write 380000000"),
        ("380000000", "{source: forecast, measure: p50}", "a forecast of sales' landing needs a date; write at: 2026-04-01", ""),
        (
            "380000000",
            "{source: forecast, at: 2026-04-01, metric: won_amout}",
            "is measured by 'won_amout', but there is no such metric",
            "won_amount",
        ),
        ("380000000", "{vaule: 1}", "'vaule' is not a key of", "value"),
        ("{sales_target", "{sales_goal: 1, sales_target", "'sales_goal' is not a key", "sales_target"),
    ],
)
def test_a_share_of_a_shortfall_has_no_defaults(old: str, new: str, sentence: str, hint: str) -> None:
    faults = faults_of(goal_text(**{**PIPELINE, "target": PIPELINE["target"].replace(old, new)}))
    assert sentence in faults[0].text()
    assert hint in (faults[0].hint_text() or "")


def test_a_share_of_a_shortfall_is_an_amount() -> None:
    text, hint = only_fault(**{**PIPELINE, "unit": "件"})
    assert text == "a share of a shortfall is an amount in JPY, but the unit of the KGI 'mktg_pipeline' is 件"
    assert "set the goal on an amount" in hint
    text, hint = only_fault(target="{shortfall_share: 0.5}")
    assert "'shortfall_share' of the KGI 'appointments_fy2026' is not a mapping" in text
    assert "sales_target, sales_landing, share, share_basis" in hint


def test_trees_without_circles_and_orphans() -> None:
    text, hint = only_fault(tree="appointments: mql\nmql: leads\nleads: appointments\n")
    assert text.endswith("runs in a circle: appointments -> mql -> leads -> appointments (E111)")
    assert "take one of these names out" in hint
    text, hint = only_fault(tree="appointments: mql\nvalid_opportunities: won\n")
    assert "no path joins the KPI 'valid_opportunities' to 'appointments'" in text
    assert "(E110)" in text and "take it out" in hint
    text, hint = only_fault(tree="appointments: mql\n", plan_rates="{agreed: {valid_rate: 0.4}}")
    assert "the plan rate 'valid_rate'" in text and "stands in no formula of its tree (E110)" in text
    assert "use it in the tree" in hint or "did you mean" in hint
    text, _ = only_fault(tree="appointments: mql\nmql: leads\n", plan_rates="{agreed: {mql: 0.4}}")
    assert "the plan rate 'mql' of the KGI 'appointments_fy2026' also has a formula in the tree" in text
    beside = goal_of(tree="appointments: mql\nopportunities: appointments * win\n", plan_rates="{agreed: {win: 0.9}}")
    assert dict(beside.tree).keys() == {"appointments", "opportunities"}


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("", "the formula is empty"),
        ("mql *", "the formula ends where a metric name is missing"),
        ("mql * 2", "'2' at character 7 is not a metric name"),
        ("mql leads", "'leads' at character 5 does not continue the formula"),
        ("(mql", "a bracket is not closed"),
        ("mql ** leads", "'*' at character 6 stands where a metric name is missing"),
        ("sum over (mql)", "write: sum over <dimension> ( ... )"),
        ("__import__('os')", "'''"),
    ],
)
def test_a_formula_outside_the_grammar_says_where(formula: str, problem: str) -> None:
    with pytest.raises(TreeError) as caught:
        parse(formula)
    assert problem in str(caught.value) or formula.startswith("__")


def test_a_formula_that_cannot_be_read_is_a_finding() -> None:
    text, hint = only_fault(tree='appointments: "mql * 0.2"\n')
    assert "the formula of 'appointments' in the tree of the KGI 'appointments_fy2026' cannot be read" in text
    assert "numbers stand in plan_rates" in hint


def test_owners_are_named() -> None:
    text, hint = only_fault(roles="{coordinator: suzuki}")
    assert text == "the KGI 'appointments_fy2026' names nobody for marketing; its phase is early (E112)"
    assert goal_of(roles="{customer_success: mori}").owner("customer_success") == "mori"
    text, hint = only_fault(phase="middle", roles="{marketing: sato}")
    assert "names nobody for sales; its phase is middle (E112)" in text
    assert "roles: {sales: a handle}" in hint


@pytest.mark.parametrize(
    ("value", "text", "hint"),
    [
        ("{seasonality: last_year}", "seasonality 'last_year' is not known; write 12 numbers, trailing_24m", ""),
        ("{basis: landing, seasonality: trailing_24m}", "seasonality trailing_24m cannot stand beside basis: landing", ""),
    ],
)
def test_a_spread_that_cannot_be_is_refused(value: str, text: str, hint: str) -> None:
    assert text in only_fault(periodise=value)[0]


def test_what_is_left_to_the_past_is_read() -> None:
    goal = goal_of(plan_rates="{source: trailing_mature, window: 6m}", periodise="{seasonality: trailing_24m}")
    assert goal.trailing == Trailing(6)
    assert (goal.seasonal_months, goal.spread_by) == (24, "entry")
    assert goal_of(periodise="{basis: landing}").spread_by == "landing"
    target = PIPELINE["target"].replace("380000000", "{source: forecast, at: 2026-04-01, measure: p10}")
    rule = goal_of(**{**PIPELINE, "target": target}).target
    assert isinstance(rule, ShortfallShare)
    assert rule.landing == SalesForecast(dt.date(2026, 4, 1), "p10", "won_amount")


def test_what_later_versions_add_is_kept() -> None:
    company = goal_text(name="company_revenue")
    text = goal_text(
        tree="appointments: mql\n",
        channels="[web, webinar]",
        lags="{mql->appointments: {source: observed, window: 12m}}",
        controllable_by="{marketing: [mql]}",
        realism="{min_probability: 0.05, stretch_below: 0.5}",
        definition="valid_opportunity",
        rolls_up_to="company_revenue",
        effective_from="2026-10-01",
        plan_version="2",
    )
    goal, _ = goals_of(text, company)
    assert (goal.channels, goal.lags[0].later) == (("web", "webinar"), "appointments")
    assert (goal.plan_version, goal.effective_from) == (2, dt.date(2026, 10, 1))
    assert faults_of(goal_text(realism="{min_probability: 5}"))


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("{fiscal_year: 2026}", dt.date(2026, 4, 1), dt.date(2027, 3, 31)),
        ("{fiscal_half: 2026-H1}", dt.date(2026, 4, 1), dt.date(2026, 9, 30)),
        ("{fiscal_half: 2026-H2}", dt.date(2026, 10, 1), dt.date(2027, 3, 31)),
        ("{fiscal_quarter: 2026-Q4}", dt.date(2027, 1, 1), dt.date(2027, 3, 31)),
        ("{from: 2026-04-16, to: 2026-05-10}", dt.date(2026, 4, 16), dt.date(2026, 5, 10)),
    ],
)
def test_periods(period: str, start: dt.date, end: dt.date) -> None:
    read = goal_of(period=period).period
    assert (read.start, read.end) == (start, end)


@pytest.mark.parametrize(
    "period",
    ["2026", "{fiscal_year: '2026'}", "{fiscal_half: 2026-H3}", "{from: 2026-05-01, to: 2026-04-01}", "{from: 2026-05-01}", "[]"],
)
def test_a_period_that_is_none_says_how_to_write_one(period: str) -> None:
    text, hint = only_fault(period=period)
    assert text.startswith("the period '") and text.endswith("of the KGI 'appointments_fy2026' is not one")
    assert "{fiscal_quarter: 2026-Q3}" in hint


def test_targets_of_every_kind() -> None:
    assert goal_of(target="{value: 2.4e+8}").target == Value(240_000_000)
    shortfall = goal_of(**PIPELINE).target
    assert shortfall == ShortfallShare(500e6, 380e6, None, 0.5, "revenue", "win_rate")
    multiple = goal_of(target="{multiple_of_baseline: {metric: appointments, baseline: FY2025, multiple: 1.2}}").target
    assert isinstance(multiple, MultipleOfBaseline)
    assert multiple.baseline.start == dt.date(2025, 4, 1)
    a, _, total = goals_of(goal_text(name="a"), goal_text(name="b"), goal_text(name="c", target="{sum_of: [a, b]}"))
    assert (a.target, total.target) == (Value(200), SumOf(("a", "b")))


def test_plan_rates_carry_their_source_and_cases() -> None:
    rates = "{agreed: {mql_rate: {value: 0.1, source: FY2025, n: 190}, appointment_rate: 0.2}}"
    goal = goal_of(tree="appointments: mql * appointment_rate\nmql: leads * mql_rate\n", plan_rates=rates)
    assert [(rate.name, rate.source, rate.n, rate.is_assumed) for rate in goal.plan_rates] == [
        ("appointment_rate", "agreed", None, True),
        ("mql_rate", "FY2025", 190, False),
    ]
    text, _ = only_fault(tree="appointments: mql * mql_rate\n", plan_rates="{agreed: {mql_rate: -0.1}}")
    assert text == "the plan rate 'mql_rate' of the KGI 'appointments_fy2026' is -0.1, below zero (E104)"
    text, _ = only_fault(tree="appointments: mql * mql_rate\n", plan_rates="{agreed: {mql_rate: {value: high}}}")
    assert "'value' is 'high', which is not a number (E104)" in text


def test_goals_are_judged_together() -> None:
    sum_of_itself = faults_of(goal_text(name="a", target="{sum_of: [b]}"), goal_text(name="b", target="{sum_of: [a]}"))
    assert {each.text() for each in sum_of_itself} == {
        "the KGI 'a' is a sum that holds itself (E111)",
        "the KGI 'b' is a sum that holds itself (E111)",
    }
    (twice,) = faults_of(goal_text(), goal_text())
    assert twice.text() == "two KGIs are called 'appointments_fy2026'; the other is metrics/goals/goal_0.yml:4:5"
    (missing,) = faults_of(goal_text(name="total", target="{sum_of: [appointment_fy2026]}"))
    assert "is the sum of 'appointment_fy2026', but there is no such KGI" in missing.text()
    (differs,) = faults_of(goal_text(name="total", unit="JPY", target="{sum_of: [appointments_fy2026]}"), goal_text())
    assert differs.text() == "the KGI 'total' sums 'appointments_fy2026', which has another unit or period"
    text, hint = only_fault(target="{sum_of: a}")
    assert "is a, not a list of KGIs" in text and "sum_of: [kgi_a, kgi_b]" in hint


def test_a_goal_with_a_mistake_is_not_said_to_be_missing() -> None:
    faults = faults_of(goal_text(name="a", target="{value: x}"), goal_text(name="c", target="{sum_of: [a]}"))
    assert [each.code for each in faults] == ["kgi_text"]


def test_a_win_rate_without_a_shortfall_is_unused() -> None:
    text, _ = only_fault(tree="appointments: mql\n", plan_rates="{agreed: {win_rate: 0.4}}")
    assert "the plan rate 'win_rate'" in text


def test_seasonality_is_twelve_numbers() -> None:
    text, hint = only_fault(periodise="{seasonality: [1, 2]}")
    assert "has 2 numbers" in text and "write 12 numbers" in hint
    assert "(E101)" in only_fault(periodise="{seasonality: [1,1,1,1,1,1,1,1,1,1,1,x]}")[0]
    assert goal_of(periodise="{seasonality: none}").seasonal_index == (1.0,) * 12


def test_every_message_stands_in_both_languages_and_fills_in() -> None:
    texts = [
        goal_text(target="{value: 前年を超える}", roles="{}", period="{}", unit="3", metric="x"),
        goal_text(**{**PIPELINE, "target": "{shortfall_share: {sales_target: 1, sales_landing: 1, share: 2}}"}),
    ]
    for fault in faults_of(*texts):
        for language in ("ja", "en"):
            assert fault.text(language) and "{" not in fault.text(language).replace("{}", "")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("period", "{fiscal_year: 1}", "has the date 'fiscal_year 1', outside the years 1990 to 2100"),
        ("period", "{fiscal_year: 9000}", "'fiscal_year 9000', outside"),
        ("period", f"{{fiscal_year: {'9' * 400}}}", "outside the years 1990 to 2100"),
        ("period", "{fiscal_half: 9999-H2}", "'fiscal_half 9999-H2', outside"),
        ("period", "{fiscal_quarter: 0000-Q1}", "'fiscal_quarter 0000-Q1', outside"),
        ("period", "{from: 0001-01-01, to: 2026-09-30}", "'0001-01-01', outside"),
        ("period", "{from: 2026-04-01, to: 9999-12-31}", "'9999-12-31', outside"),
        ("target", "{multiple_of_baseline: {metric: mql, baseline: FY0001, multiple: 2}}", "'fiscal_year 1', outside"),
        ("effective_from", "0001-01-01", "'0001-01-01', outside"),
        ("effective_from", "2027-04-01", "begins on 2027-04-01, after its period has ended on 2027-03-31"),
        (
            "periodise",
            "{seasonality: trailing_121m}",
            "'trailing_121m' of the KGI 'appointments_fy2026' looks over more than 120",
        ),
        ("plan_rates", f"{{source: trailing_mature, window: {'9' * 5000}m}}", "looks over more than 120 months"),
        ("lags", "{mql->appointments: {source: observed, window: 99999m}}", "'99999m' of the KGI"),
    ],
)
def test_a_date_or_a_length_that_no_plan_has_is_refused_on_its_line(key: str, value: str, sentence: str) -> None:
    text = goal_text(**{"tree": "appointments: mql\n", key: value})
    (fault,) = faults_of(text)
    assert sentence in fault.text()
    assert fault.place is not None and text.splitlines()[(fault.place.line or 0) - 1].strip().startswith(f"{key}:")


def test_the_date_of_a_landing_lies_within_the_years_of_a_plan() -> None:
    target = PIPELINE["target"].replace("380000000", "{source: forecast, at: 0001-01-01}")
    assert [each.code for each in faults_of(goal_text(**{**PIPELINE, "target": target}))] == ["goal_years"]


@pytest.mark.parametrize("formula", ["(" * 3000 + "mql" + ")" * 3000, " + ".join(["mql"] * 3000)])
def test_a_formula_without_end_is_refused(formula: str) -> None:
    text, _ = only_fault(tree=f"appointments: {formula}\n")
    assert "names and marks, more than 300" in text
    deepest = "(" * 149 + "mql" + ")" * 149
    assert goal_of(tree=f"appointments: {deepest}\n").tree == goal_of(tree="appointments: mql\n").tree
    assert len(goal_of(tree=f"appointments: {' + '.join(['mql'] * 150)}\n").tree) == 1
