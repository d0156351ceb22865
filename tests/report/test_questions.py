"""The twelve questions of a Monday: a manager who has never seen the page finds each, and beside it the answer of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from pipeline.engines.duckdb import open_engine
from pipeline.messages import Language
from tests.report.answers import ANSWERS, Answer, Rows
from tests.report.markup import soup
from tests.report.pages import PAGES, Report, Reports, Write, demo

MONDAY = (Path(__file__).parents[2] / "docs/monday.md").read_text(encoding="utf-8")
QUESTIONS: dict[Language, list[str]] = {
    "ja": re.findall(r"^## \d+\. (.+)$", MONDAY, re.MULTILINE),
    "en": re.findall(r"^## \d+\. .+\n\n(.+)$", MONDAY, re.MULTILINE),
}
"""Each is a title in Japanese, and below it the same in English."""
NOT = {"ja": re.compile("ません|ない"), "en": re.compile(r"\b(no|not|cannot|nothing|nobody|none)\b", re.IGNORECASE)}
NUMBER = r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?"
ASKED = [each for each in PAGES if str(each.id).startswith(("demo", "maven"))]


def asking(report: Report) -> Rows:
    """Return what asks the published file of a report."""

    def rows(sql: str) -> list[tuple[object, ...]]:
        with open_engine(report.published, read_only=True) as engine:
            return list(engine.rows(sql))

    return rows


def asked_in(page: BeautifulSoup, question: str) -> Tag:
    """Return the section that asks a question, as a reader finds it: by its words."""
    plain = re.sub(r"[。、,.?？\s]", "", question)
    found = [
        each
        for each in page.find_all("section")
        if plain in re.sub(r"[。、,.?？\s]", "", "".join(line.get_text() for line in each.select(".questions")))
    ]
    assert len(found) == 1, question
    return found[0]


def seen(section: Tag) -> Tag:
    """Return a section as it is seen before anything is opened, without what it asks."""
    page = BeautifulSoup(str(section), "html.parser")
    for each in page.select("details, svg, .questions, section > h3"):
        each.decompose()
    return page


def parts_of(section: Tag, name: str) -> list[Tag]:
    """Return the cards with this heading; without one the rows that begin with it and the sentences that hold it."""
    cards = [each for each in section.select("article.group") if (head := each.find(["h4", "h5"])) and own_words(head) == name]
    rows = [each for each in section.select("tbody tr") if (head := each.find("th")) and head.get_text().startswith(name)]
    return cards or [*rows, *(each for each in section.select("li") if name in each.get_text())]


def own_words(heading: Tag) -> str:
    return "".join(each for each in heading.contents if isinstance(each, str)).strip()


def missing(answer: Answer, section: Tag, language: Language) -> list[object]:
    """Return what of an answer is not to be read, of figures, words and sentences."""
    at = 0 if language == "ja" else 1
    parts = [section] if answer.within is None else parts_of(section, answer.within[at])
    if not parts:
        return [f"nothing bears the name {answer.within}"]
    text = "\n".join(each.get_text() for each in parts)
    apart = "\n".join(each.get_text(" ") for each in parts)
    values = [str(each["value"]) for part in parts for each in part.find_all("data")]
    lacking: list[object] = [figure for figure in answer.figures if not cited(figure, values)]
    lacking += [words[at] for words in answer.words if words[at] not in text]
    if answer.says_no and not NOT[language].search(apart):
        lacking.append("a word that it is not there")
    return [*lacking, "no figures"] if answer.alone and values else lacking


def cited(figure: object, values: Iterable[str]) -> bool:
    """Tell whether a page cites a value: a number to nine digits, anything else as it is written."""
    try:
        wanted = float(str(figure))
    except ValueError:
        return str(figure) in values
    return any(re.fullmatch(NUMBER, each) and float(each) == pytest.approx(wanted, rel=1e-9, abs=1e-12) for each in values)


@pytest.mark.parametrize("number", range(12), ids=[each.__name__ for each in ANSWERS])
@pytest.mark.parametrize("written", ASKED)
def test_the_page_asks_the_question_and_answers_it_from_the_file(
    reports: Reports, written: tuple[Write, Language], number: int
) -> None:
    write, language = written
    report = reports(write)
    section = seen(asked_in(soup(report.file(language)), QUESTIONS[language][number]))
    answers = ANSWERS[number](asking(report))
    assert answers
    assert {(each.within, lack) for each in answers for lack in missing(each, section, language)} == set()


def test_an_answer_that_is_not_there_is_missed() -> None:
    """The reading itself: a value of another card, one that is folded away, a word of another row and silence are no answers."""
    page = """<section><h3>何</h3><p class="questions">どれか。</p><article class="group"><h4>甲 <span>遅れ</span></h4>
        <data value="0.5">50.0%</data><details><data value="7">7</data></details></article><article class="group"><h4>甲乙</h4>
        <data value="9">9</data>順調</article><table><tbody><tr><th>丙(丁)</th><td>正常</td></tr></tbody></table></section>"""
    section = seen(BeautifulSoup(page, "html.parser"))
    one, row = ("甲", "a"), ("丙", "c")
    assert missing(Answer(figures=(0.5,), words=(("遅れ", ""),), within=one), section, "ja") == []
    assert missing(Answer(figures=(9, 7, 0.51), words=(("順調", ""),), within=one), section, "ja") == [9, 7, 0.51, "順調"]
    assert missing(Answer(words=(("正常", ""),), within=row), section, "ja") == []
    assert missing(Answer(words=(("遅れ", ""),), within=row, says_no=True), section, "ja") == [
        "遅れ",
        "a word that it is not there",
    ]
    assert missing(Answer(within=("戊", "e")), section, "ja") == ["nothing bears the name ('戊', 'e')"]
    assert missing(Answer(alone=True), section, "ja") == ["no figures"]


@pytest.fixture(scope="module")
def pages(reports: Reports) -> dict[Language, BeautifulSoup]:
    report = reports(demo)
    return {language: soup(report.file(language)) for language in QUESTIONS}


def test_the_first_page_asks_in_the_order_of_the_meeting(pages: dict[str, BeautifulSoup]) -> None:
    """1, 2, 3 and 4, 5, 7, 8, 12 stand on the first part, in this order; the others in the second."""
    for page in pages.values():
        first, second = ([each["id"] for each in page.select(f"#{part} > section")] for part in ("monday", "details"))
        assert first == ["goals", "pace", "gap", "guardrails", "levers", "initiatives", "decisions"]
        assert [each for each in second if each in ("tree", "channels", "pipeline", "sharing")] == [
            "tree",
            "channels",
            "pipeline",
            "sharing",
        ]
        assert not set(first) & set(second)


def test_both_languages_ask_as_many_questions_at_the_same_places(pages: dict[str, BeautifulSoup]) -> None:
    ja, en = ({each["id"] for each in page.find_all("section") if each.select(".questions")} for page in pages.values())
    assert ja == en and len(ja) == 11  # questions 3 and 4 share a section
