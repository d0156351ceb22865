"""Every report in a browser, as a person looks at it: on a telephone, a tablet, a desk, and on paper; in light and in dark."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.messages import Language
from tests.report import looks, markup
from tests.report.browser import Scheme, View, opened
from tests.report.looks import Complaints
from tests.report.pages import PAGES, Reports, Write, screens, wordy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (375, 768, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
EVERY_PICTURE = "KGI_SCREENS" in os.environ
LOOKED_AT = PAGES if EVERY_PICTURE else [each for each in PAGES if each.id in ("demo-ja", "demo-en", "hostile-ja", "maven-ja")]
"""What every run of the tests looks at; `make look` looks at all. test_pages.py reads every page, without a browser."""
LAID_OUT = (
    looks.sideways,
    looks.spilling,
    looks.overlapping,
    looks.outside,
    looks.tiny,
    looks.broken,
    looks.squeezed,
    looks.unreachable,
    looks.folded,
    looks.adrift,
)
PRINTED = (
    looks.sideways,
    looks.cut_on_paper,
    looks.overlapping,
    looks.outside,
    looks.tiny,
    looks.broken,
    looks.squeezed,
)

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not there to read a PDF")
both_schemes = pytest.mark.parametrize("scheme", SCHEMES)


@pytest.fixture(scope="module", params=LOOKED_AT)
def view(request: pytest.FixtureRequest, browser: Browser, reports: Reports) -> Iterator[View]:
    """A report that has been opened, once for all who look at it."""
    write, language = request.param
    with opened(browser, reports(write).file(language)) as shown:
        yield shown


def complaints(page: Page, of: tuple[Callable[[Page], Complaints], ...]) -> str:
    """Return what there is to complain of, a line each."""
    return "\n".join(f"{look.__name__}: {complaint}" for look in of for complaint in look(page))


def test_it_says_nothing_and_asks_for_nothing_but_itself(view: View) -> None:
    assert (view.said, view.asked) == ([], [view.file.as_uri()])


@pytest.mark.parametrize("width", WIDTHS if EVERY_PICTURE else WIDTHS[:1])
def test_it_is_whole_on_a_screen(view: View, width: int) -> None:
    assert not (said := complaints(view.screen(width), LAID_OUT)), said


@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_whole_with_every_table_open(view: View, width: int) -> None:
    assert not (said := complaints(view.opened(width), LAID_OUT)), said


def test_it_is_whole_on_paper(view: View) -> None:
    assert not (said := complaints(view.paper(), PRINTED)), said


@both_schemes
def test_its_texts_and_the_focus_stand_out_on_a_screen(view: View, scheme: Scheme) -> None:
    """Tables have the same inks open and closed: they are opened only where there is time to look at each of their words."""
    page = view.opened(1280, scheme) if EVERY_PICTURE else view.screen(1280, scheme)
    assert not (said := complaints(page, (looks.faint, looks.unmarked))), said


@both_schemes
def test_its_texts_stand_out_on_paper(view: View, scheme: Scheme) -> None:
    assert not (said := complaints(view.paper(scheme), (looks.faint_on_paper,))), said


def test_it_can_be_used_by_everybody(view: View) -> None:
    """What axe-core knows of WCAG 2.2 AA, with every table open."""
    assert not (said := complaints(view.opened(375), (looks.inaccessible,))), said


def test_it_prints_all_its_sections(view: View, tmp_path: Path) -> None:
    pdf = printed(view.paper(), tmp_path)
    assert pdf.stat().st_size > 10_000
    if shutil.which("pdftotext"):
        told = letters(subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout)
        headings = [each.get_text() for each in markup.soup(view.file).select("h1, section[id] > h3")]
        assert headings and [heading for heading in headings if letters(heading) not in told] == []


def test_names_without_a_space_break_where_a_telephone_ends(browser: Browser, reports: Reports) -> None:
    with opened(browser, reports(wordy).file("en")) as view:
        assert not (said := complaints(view.opened(375), (looks.sideways, looks.spilling, looks.adrift))), said


@needs_pdftotext
def test_no_card_is_torn_and_no_page_half_empty_on_paper(view: View, tmp_path: Path) -> None:
    torn = looks.torn(view.paper(), tmp_path / "marked.pdf")
    empty = looks.half_empty(printed(view.paper(), tmp_path))
    assert (torn, empty) == ((), ())


@pytest.mark.parametrize("width", [1200, 1280])
def test_every_column_of_a_trend_is_seen_without_scrolling(view: View, width: int) -> None:
    assert looks.scrolling(view.screen(width), "#trends") == ()


@pytest.mark.parametrize("section", ["gap", "levers", "pipeline"])
def test_every_column_of_what_a_meeting_opens_is_seen_without_scrolling(view: View, section: str) -> None:
    assert looks.scrolling(view.opened(1200), f"#{section}") == ()


def letters(text: str) -> str:
    """Return a text without its spaces and the forms that a font chose for its letters."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_the_switch_leads_to_the_same_report_in_the_other_language_and_back(view: View, browser: Browser) -> None:
    with opened(browser, view.file) as turned:
        page, seen = turned.page, []
        for _ in range(2):
            page.locator("a[hreflang]").first.click()
            page.wait_for_load_state()
            seen.append((page.url.rpartition("/")[2], page.locator("html").get_attribute("lang")))
    assert sorted(seen) == [("report.en.html", "en"), ("report.ja.html", "ja")]
    assert seen[-1][0] == view.file.name and turned.said == []


@pytest.mark.parametrize("written", PAGES if EVERY_PICTURE else PAGES[:1])
def test_every_section_can_be_pictured(
    written: tuple[Write, Language], browser: Browser, reports: Reports, tmp_path: Path
) -> None:
    """Pictures for a person: `make look` takes them of every report, into `target/report-screens`."""
    write, language = written
    folder = screens(tmp_path) / f"{write.__name__}-{language}"
    with opened(browser, reports(write).file(language)) as view:
        for width in WIDTHS if EVERY_PICTURE else WIDTHS[:1]:
            taken = pictures(view.screen(width), folder / str(width))
            assert [path for path in taken if path.stat().st_size < 1000] == []
        for width in (WIDTHS[0], WIDTHS[-1]) if EVERY_PICTURE else ():
            pictures(view.screen(width, "dark"), folder / f"{width}-dark")
        pdf = printed(view.paper(), folder)
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "70", "-png", pdf, folder / "paper"], check=True)
        assert list(folder.glob("paper-*.png"))


def pictures(page: Page, folder: Path) -> list[Path]:
    """Take a picture of the whole page and of each section, and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / "page.png", full_page=True)
    paths = [folder / "page.png"]
    for section in page.locator("section[id]").all():
        paths.append(folder / f"{section.get_attribute('id')}.png")
        section.screenshot(path=paths[-1])
    return paths


def printed(page: Page, folder: Path) -> Path:
    """Print a page on A4 and return where the PDF is."""
    path = folder / "paper.pdf"
    page.pdf(path=path, format="A4", prefer_css_page_size=True)
    return path
