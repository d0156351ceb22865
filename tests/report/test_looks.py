"""Every look finds what it is for on a small bad page, and nothing on a small good one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.report import looks
from tests.report.browser import View, opened
from tests.report.looks import Complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>週報</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><style>
:root {{ color-scheme: light dark; --ink: #1b1b1b; --ground: #fff }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #eee; --ground: #111 }} }}
@media print {{ :root {{ --ink: #000; --ground: #fff }} .frame {{ overflow: visible }} }}
body {{ margin: 8px; font: 16px/1.4 'Noto Sans CJK JP'; color: var(--ink); background: var(--ground) }}
a {{ color: inherit }} :focus-visible {{ outline: 2px solid var(--ink) }} text {{ fill: var(--ink) }} summary {{ padding: 4px }}
.frame {{ overflow-x: auto }} svg {{ max-width: 100% }} {style}
</style></head><body><main><h1>今週の受注</h1><p>あと<b>12</b>件です。<a href="other.html">English</a></p>
<svg role="img" aria-label="受注の推移" viewBox="0 0 320 80" width="320"><rect width="200" height="30" fill="#cde"/>
<text x="4" y="60" font-size="14">4月</text><text x="60" y="60" font-size="14">5月</text>{drawn}</svg>
<details><summary>表</summary><div class="frame" role="region" aria-label="受注の表" tabindex="0">
<table><tr><th scope="col">月</th><th scope="col">件</th></tr><tr><td>4月</td><td>3</td></tr></table></div></details>
{body}</main></body></html>"""

CUT = "<p class='x'>とても長い見出し</p>"
CLOSE = "<p><a href='a'>い</a></p><p><a href='b'>ろ</a></p>"
LONG = "expected_recoverable_amount_of_the_quarter_by_channel_and_office"
ROWS = f"<table><tr><th scope='col'>{LONG}</th></tr><tr><td>1</td></tr></table>"


needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not there to read a PDF")


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., View]]:
    """Return a function that opens the page with a style, something drawn or something written added to it."""
    with ExitStack() as stack:

        def shown(style: str = "", drawn: str = "", body: str = "") -> View:
            file = tmp_path / "page.html"
            file.write_text(PAGE.format(style=style, drawn=drawn, body=body), encoding="utf-8")
            return stack.enter_context(opened(browser, file))

        yield shown


SCREEN = (
    looks.sideways,
    looks.spilling,
    looks.overlapping,
    looks.outside,
    looks.tiny,
    looks.faint,
    looks.unreachable,
    looks.broken,
    looks.squeezed,
    looks.unmarked,
    looks.folded,
    looks.adrift,
    looks.inaccessible,
)
PAPER = (
    looks.sideways,
    looks.cut_on_paper,
    looks.overlapping,
    looks.outside,
    looks.tiny,
    looks.broken,
    looks.squeezed,
    looks.faint_on_paper,
)


def test_a_good_page_is_not_complained_of(show: Callable[..., View]) -> None:
    view = show()
    assert (view.said, view.asked) == ([], [view.file.as_uri()])
    for page in (view.screen(375), view.screen(1280, "dark"), view.opened(375), view.opened(768, "dark")):
        assert [complaint for look in SCREEN for complaint in look(page)] == []
    for page in (view.paper(), view.paper("dark")):
        assert [complaint for look in PAPER for complaint in look(page)] == []


@pytest.mark.parametrize(
    ("look", "bad", "found"),
    [
        (looks.sideways, {"body": f"<p>{LONG}</p>"}, "too wide"),
        (looks.sideways, {"body": ROWS}, "too wide"),
        (looks.spilling, {"body": f"<p>{LONG}</p>"}, "spills or is cut"),
        (looks.spilling, {"body": CUT, "style": ".x { width: 60px; overflow: hidden; white-space: nowrap }"}, "spills"),
        (looks.spilling, {"body": CUT, "style": ".x { width: 60px; height: 20px; overflow: hidden }"}, "spills"),
        (looks.overlapping, {"drawn": "<text x='10' y='64' font-size='14'>6月</text>"}, "'6月'"),
        (looks.overlapping, {"body": "<p class='x'>上に重なる行</p>", "style": ".x { margin-top: -24px }"}, "'上に重なる行'"),
        (looks.outside, {"drawn": "<text x='300' y='60' font-size='14'>第4四半期</text>"}, "'第4四半期'"),
        (looks.tiny, {"drawn": "<text x='200' y='60' font-size='7'>小さい</text>"}, "7.0 px"),
        (looks.tiny, {"style": "svg { width: 150px }"}, "6.6 px"),
        (looks.faint, {"drawn": "<text x='4' y='20' font-size='14' style='fill: #789'>淡い</text>"}, "'淡い'"),
        (looks.faint, {"style": "text { fill: #999 }"}, "'4月'"),
        (looks.unreachable, {"body": "<p class='x'>帯</p>", "style": ".x { position: absolute; inset: 0 }"}, "covered by"),
        (looks.broken, {"body": "<p>期末は<data>2027-03-31</data></p>", "style": "p { width: 100px }"}, "'2027-03-31'"),
        (looks.broken, {"body": "<data>483,896,894円</data>", "style": "main { width: 60px; word-break: break-all }"}, "'483,"),
        (looks.squeezed, {"body": "<p class='x'>アポイント獲得数</p>", "style": ".x { width: 20px }"}, "8 lines"),
        (looks.unmarked, {"style": ":focus-visible { outline: none }"}, "no outline"),
        (looks.unmarked, {"style": ":focus-visible { outline: 2px solid #ddd }"}, "a contrast of"),
        (looks.folded, {"style": "details > div { display: none }"}, "does not open"),
        (looks.faint, {"body": "<p class='x'>淡い</p>", "style": ".x { color: #999 }"}, "'淡い'"),
        (looks.inaccessible, {"style": "b { color: #999 }"}, "color-contrast"),
        (looks.inaccessible, {"body": "<h3>飛ばした見出し</h3>"}, "heading-order"),
        (looks.inaccessible, {"body": "</main><p>枠の外</p><main hidden>"}, "region"),
        (looks.inaccessible, {"body": "<svg role='img' viewBox='0 0 9 9'></svg>"}, "svg-img-alt"),
        (looks.inaccessible, {"body": CLOSE, "style": "p { font-size: 10px; line-height: 1; margin: 0 }"}, "target-size"),
    ],
)  # fmt: skip
def test_a_look_finds_what_it_is_for(
    show: Callable[..., View], look: Callable[[Page], Complaints], bad: dict[str, str], found: str
) -> None:
    complaints = look(show(**bad).screen(375))
    assert any(found in complaint for complaint in complaints), complaints


def test_a_drawing_that_suits_the_light_scheme_only_is_found_in_the_dark_one(show: Callable[..., View]) -> None:
    view = show(style="text { fill: #1b1b1b }")
    assert looks.faint(view.screen(375)) == ()
    assert any("'5月'" in complaint for complaint in looks.faint(view.screen(375, "dark")))


@pytest.mark.parametrize("frame", ["class='frame'", "class='frame' tabindex='0'", "class='frame' tabindex='0' aria-label='表'"])
def test_a_table_that_scrolls_in_a_frame_without_focus_name_or_role_is_found(show: Callable[..., View], frame: str) -> None:
    assert looks.adrift(show(body=f"<div {frame}>{ROWS}</div>").opened(375)) != ()


def test_a_table_in_a_frame_that_the_keyboard_reaches_may_scroll_on_a_screen_but_not_on_paper(show: Callable[..., View]) -> None:
    frame = f"<div class='frame' role='region' aria-label='表2' tabindex='0'>{ROWS}</div>"
    view = show(body=frame, style="@media print { div.frame { overflow: auto; width: 200px } }")
    assert [complaint for look in SCREEN for complaint in look(view.opened(375))] == []
    assert any("spills or is cut" in complaint for complaint in looks.cut_on_paper(view.paper()))


def test_a_table_that_is_too_wide_inside_a_closed_details_is_found_once_it_is_open(show: Callable[..., View]) -> None:
    view = show(body=f"<details><summary>内訳</summary>{ROWS}</details>")
    assert (looks.sideways(view.screen(375)), looks.adrift(view.screen(375))) == ((), ())
    assert looks.sideways(view.opened(375)) != () and looks.adrift(view.opened(375)) != ()


def test_text_that_needs_its_background_is_found_on_paper(show: Callable[..., View]) -> None:
    chip = "<p><span class='x'>未達</span></p>"
    style = ".x { color: #fff; background: #a00 }"
    assert looks.faint_on_paper(show(body=chip, style=style).paper()) != ()
    assert looks.faint_on_paper(show(body=chip, style=style + " .x { print-color-adjust: exact }").paper()) == ()
    dark = show(style="@media print { :root { --ink: #eee !important } }")
    assert looks.faint_on_paper(dark.paper("dark")) != ()


@needs_pdftotext
def test_a_page_of_a_print_that_is_more_than_half_empty_is_found(show: Callable[..., View], tmp_path: Path) -> None:
    pdf = tmp_path / "paper.pdf"
    view = show(body="<p class='x'>長い章</p>", style=".x { height: 240mm; break-inside: avoid }")
    view.paper().pdf(path=pdf, format="A4")
    assert [complaint.partition(" ends")[0] for complaint in looks.half_empty(pdf)] == ["page 1"]


CARD = "<article class='group'><h4>受注</h4><p>先週より少ない。</p><p class='x'>次の週まで。</p></article>"
TORN = ".high { height: 200mm } .x { height: 60mm }"
WHOLE = TORN + " .group { break-inside: avoid } h4 { break-after: avoid }"


@needs_pdftotext
@pytest.mark.parametrize(
    ("style", "body", "found"),
    [
        (TORN, f"<p class='high'>前</p>{CARD}", "begins on page 1 and ends on page 2"),
        (WHOLE, f"<p class='high'>前</p>{CARD}", None),
        (
            TORN + " .two { columns: 2; height: 50mm }",
            f"<div class='two'><p>前</p>{CARD}</div>",
            "begins on page 1 and ends on page 1",
        ),
        (WHOLE + " .two { columns: 2; height: 120mm }", f"<div class='two'><p>前</p>{CARD}</div>", None),
        (WHOLE + " article { height: 300mm }", CARD, None),
        (
            WHOLE + " h4 { break-after: auto }",
            f"<p class='high'>前</p><h4>受注</h4>{CARD}",
            "stands alone",
        ),
    ],
)
def test_a_card_that_is_broken_on_paper_is_found_unless_no_page_would_hold_it(
    show: Callable[..., View], tmp_path: Path, style: str, body: str, found: str | None
) -> None:
    complaints = looks.torn(show(style=style, body=body).paper(), tmp_path / "paper.pdf")
    assert found is None or any(found in complaint for complaint in complaints), complaints
    assert found is not None or complaints == ()


def test_a_table_that_has_to_be_scrolled_is_found(show: Callable[..., View]) -> None:
    frame = f"<section id='a'><div class='frame' role='region' aria-label='表2' tabindex='0'>{ROWS}</div></section>"
    page = show(body=frame).screen(375)
    assert len(looks.scrolling(page, "#a")) == 1 and looks.scrolling(page, "svg") == ()
    assert looks.scrolling(show(body=frame).screen(1280), "#a") == ()


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.title = 1</script>",
        "<img src='https://example.org/a.png' alt=''>",
        "<p onclick='alert(1)'>x</p>",
        "<iframe src='a.html'></iframe>",
    ],
)
def test_what_the_policy_blocks_and_what_a_page_asks_for_are_written_down(show: Callable[..., View], body: str) -> None:
    view = show(body=body)
    assert len(view.said) + len(view.asked) > 1
