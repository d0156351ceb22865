"""The digest: a few lines whose every number stands in the published file, in which no name is anything but text."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from pipeline.board import read_board
from pipeline.cli import _run
from pipeline.digest import Digest, make_digest
from pipeline.engines.duckdb import open_engine
from tests.companies import NIGHTS, Companies
from tests.project_builder import deliver, night, write
from tests.report.reading import changed

NONE = Path("none.json")


def test_the_digest_holds_the_numbers_of_the_file_in_both_languages(companies: Companies) -> None:
    company = companies.ran(nights=NIGHTS)
    for language in ("ja", "en"):
        digest = make_digest(company.published, NONE, language)
        assert len(digest.lines) <= 12 and "2026-11-20" in digest.subject
        for target, actual, low, expected, high, chance in company.rows(
            "select target, actual, landing_p10, landing_expected, landing_p90, p_attain"
            " from v_latest_kgi where grain = 'period' and unit = 'count'"
        ):
            words = (f"{actual:.0f}", f"{target:.0f}", f"{low:.0f}", f"{expected:.0f}", f"{high:.0f}", f"{chance:.0%}")
            assert any(all(word in line for word in words) for line in digest.lines), words
        ((restated,),) = company.rows("select count(*) from restatement where as_of_date = (select max(as_of_date) from kgi)")
        assert f"{restated} " in digest.lines[-1]


def test_what_hurts_most_is_said_with_its_size_and_in_whose_hands_it_is(companies: Companies) -> None:
    company = companies.ran(nights=NIGHTS)
    worst = company.rows(
        "select kgi.label_en, tree.label_en, contribution, controller"
        " from v_latest_gap_decomposition gap join v_latest_kgi kgi on kgi.kgi_id = gap.kgi_id and grain = 'period'"
        " join kgi_tree tree on tree.kgi_id = gap.kgi_id and node = factor"
        " where basis = 'cohort_landing' and kind = 'subtotal' and contribution < 0"
        " qualify row_number() over (partition by gap.kgi_id order by contribution) = 1"
    )
    lines = make_digest(company.published, NONE, "en").lines
    assert len(worst) == 3
    for goal, factor, size, controller in worst:
        (at,) = (number for number, line in enumerate(lines) if line.startswith(f"{goal}:"))
        said = lines[at + 1]
        assert said.startswith(f"What hurts most is {factor.partition(' (')[0]}")
        assert (f"-JPY {-size:,.0f}" if abs(size) > 1000 else f"{size:.1f}") in said and controller in said


def test_where_nothing_hurts_no_factor_is_named(companies: Companies, tmp_path: Path) -> None:
    copy = changed(companies.ran(nights=NIGHTS).published, tmp_path, "update main.kgi set direction = 'down'")
    with open_engine(copy) as engine:
        engine.execute("update main.gap_decomposition set contribution = -abs(contribution)")
    assert not any("helps" in line or "hurts" in line for line in make_digest(copy, NONE, "en").lines)


def test_guardrails_that_are_watched_or_breached_are_named(companies: Companies) -> None:
    company = companies.ran(nights=NIGHTS)
    named = company.rows("select distinct label_ja from v_latest_guardrail where state in ('watch', 'breach')")
    lines = make_digest(company.published, NONE, "ja").lines
    assert named and all(any(label in line for line in lines) for (label,) in named)
    assert sum("ガードレール" in line for line in lines) <= 3


HOSTILE = (
    "[x](https://evil.example) *b* __c__ `d` | <img src=x> <!channel> @channel &lt;b&gt; ![i](u) ~~s~~ www.evil.example\n# head",
    "1. first",
    "+ plus",
    "- minus",
    "\x1b[31mred\u202eder",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text_in_markdown(companies: Companies, tmp_path: Path, name: str) -> None:
    quoted = name.replace("'", "''")
    copy = changed(companies.ran(nights=NIGHTS).published, tmp_path, f"update main.kgi set label_ja = '{quoted}'")
    digest = make_digest(copy, NONE, "ja")
    page = BeautifulSoup(MarkdownIt("gfm-like", {"linkify": False}).render(digest.markdown), "html.parser")
    assert {tag.name for tag in page.find_all()} == {"p", "strong", "ul", "li"}
    assert len(page.find_all("ul")) == 1
    read = [line.get_text().replace("\u200b", "") for line in page.find_all("li")]
    assert read == list(digest.lines)  # nothing is lost, nothing is added
    for chat in ("@channel", "<!channel", "://evil", "www.evil"):
        assert chat not in digest.markdown
    assert digest.text.isprintable() or all(each.isprintable() or each == "\n" for each in digest.text)
    assert len(digest.text.splitlines()) == len(digest.lines) + 2


def test_without_a_published_file_only_the_run_is_told_of(tmp_path: Path) -> None:
    assert make_digest(tmp_path / "kgi.duckdb", NONE, "en") == Digest("KGI: nothing is published yet", ())
    status = {"exit_code": 2, "outcome": "failed", "findings": [{"code": "yaml_syntax", "severity": "error"}] * 2}
    (tmp_path / "status.json").write_text(json.dumps(status), encoding="utf-8")
    digest = make_digest(tmp_path / "kgi.duckdb", tmp_path / "status.json", "ja")
    assert digest == Digest(
        "KGI: 【要確認】実行できませんでした", ("まだ何も公開されていません。見つかったこと: yaml_syntax x2。",)
    )


def test_codes_are_told_with_their_counts_three_at_most_and_no_values(tmp_path: Path) -> None:
    found = [*["a"] * 3, *["b"] * 2, "c", "d"]
    findings = [{"code": code, "severity": "unsound", "text_ja": "山田", "arguments": {"value": "山田"}} for code in found]
    findings += [{"code": "w", "severity": "warning"}] * 9
    (tmp_path / "status.json").write_text(json.dumps({"exit_code": 1, "outcome": "unsound", "findings": findings}))
    text = make_digest(tmp_path / "kgi.duckdb", tmp_path / "status.json", "en").text
    assert "Found: a x3, b x2, c." in text and "山田" not in text and "w x" not in text


def test_a_file_of_something_else_is_no_published_file(tmp_path: Path) -> None:
    with open_engine(tmp_path / "kgi.duckdb") as engine:
        engine.execute("create table other as select 1 as one")
    assert make_digest(tmp_path / "kgi.duckdb", NONE, "ja").subject == "KGI: まだ何も公開されていません"
    (tmp_path / "kgi.duckdb").write_text("no database")
    assert make_digest(tmp_path / "kgi.duckdb", NONE, "ja").lines == ()


def test_a_project_without_goals_tells_how_the_run_ended(tmp_path: Path) -> None:
    write(tmp_path, {"metrics/goals/fy2026.yml": None})
    deliver(tmp_path)
    assert night(tmp_path).outcome == "published"
    digest = make_digest(tmp_path / "target/kgi.duckdb", tmp_path / "target/kgi.status.json", "en")
    assert digest == Digest("KGI 2026-11-20: published", ())


def test_the_report_is_named_where_there_is_one(tmp_path: Path) -> None:
    report = tmp_path / "report.ja.html"
    assert make_digest(tmp_path / "none.duckdb", NONE, "en", report).lines == ()
    report.touch()
    assert make_digest(tmp_path / "none.duckdb", NONE, "en", report).lines == (f"report: {report}",)


def test_the_verb_prints_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    deliver(tmp_path)
    night(tmp_path)

    def said(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["kgi", "digest", *words, "--project-dir", str(tmp_path)])
        assert _run() == 0
        return capsys.readouterr().out

    label = read_board(tmp_path / "target/kgi.duckdb")[0].kgi["label_en"]
    assert f"- {label}: 3 of " in said()
    record = json.loads(said("--format", "json", "--language", "ja"))
    assert record["subject"] == "KGI 2026-11-20: 公開しました" and "実績3" in record["lines"][0]
    assert said("--format", "markdown").startswith("**KGI 2026-11-20: published**\n")
    assert os.environ.get("KGI_SUBJECT") is None
