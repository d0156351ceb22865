"""Every reading finds what it is for in a small bad page, and nothing in a small good one. No browser is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from tests.report import markup
from tests.report.markup import Complaints

POLICY = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'sha256-abc='\">"
DRAWING = "<svg role='img' aria-labelledby='c t'><title id='t'>月ごと</title><path fill='url(#p)'/><pattern id='p'/></svg>"
TABLE = "<table><tr><th scope='col'>月</th><th>件</th></tr><tr><td>4月</td><td>3</td></tr></table>"
PAGE = f"""<!doctype html><html lang="ja">
<head><meta charset="utf-8">{POLICY}<title>週報</title><style>p {{ margin: 0 }}</style></head>
<body><a href="#goal">目標</a><a href="report.en.html#goal" hreflang="en">English</a>
<h1>週報</h1><section id="goal"><h2>目標</h2><h3>推移</h3>
<figure><figcaption id="c">推移</figcaption>{DRAWING}<details><summary>表</summary>{TABLE}</details></figure>
</section><h2>次</h2></body></html>"""


def elsewhere(page: BeautifulSoup) -> Complaints:
    return markup.elsewhere(page, "report.en.html")


READINGS = (
    markup.active,
    elsewhere,
    markup.unguarded,
    markup.dangling,
    markup.nameless,
    markup.unordered,
    markup.untabled,
)


def read(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize("each", READINGS, ids=lambda each: each.__name__)
def test_a_good_page_is_not_complained_of(each: Callable[[BeautifulSoup], Complaints]) -> None:
    assert each(read(PAGE)) == ()


@pytest.mark.parametrize(
    ("each", "good", "bad"),
    [
        (markup.active, "<h2>次", "<script>1</script><h2>次"),
        (markup.active, "<h2>次", "<h2 onclick='x()'>次"),
        (markup.active, "<h2>次", "<h2 style='color: red'>次"),
        (markup.active, "<path ", "<path style='fill: red' "),
        (markup.active, "<h2>次", "<iframe srcdoc='x'></iframe><h2>次"),
        (markup.active, "<title>週", "<meta http-equiv='Refresh' content='0; url=x'><title>週"),
        (markup.active, "<path ", "<foreignObject></foreignObject><path "),
        (elsewhere, 'href="#goal"', 'href="https://example.org/"'),
        (elsewhere, 'href="#goal"', 'href="javascript:alert(1)"'),
        (elsewhere, 'href="#goal"', 'href="other.html"'),
        (elsewhere, 'href="#goal"', 'href=""'),
        (elsewhere, "<path ", "<image xlink:href='data:image/png;base64,'/><path "),
        (elsewhere, "margin: 0", "background: url(https://example.org/a.png)"),
        (elsewhere, "p { ", "@import 'a.css'; p { "),
        (elsewhere, "url(#p)", "url(a.svg#p)"),
        (markup.unguarded, POLICY, ""),
        (markup.unguarded, "default-src 'none'", "default-src 'self'"),
        (markup.unguarded, "; style-src", "; img-src *; style-src"),
        (markup.unguarded, "'sha256-abc='", "*"),
        (markup.unguarded, POLICY, f"<style>a {{ margin: 0 }}</style>{POLICY}"),
        (markup.dangling, '<section id="goal">', '<section id="c">'),
        (markup.dangling, 'href="#goal"', 'href="#gaol"'),
        (markup.dangling, "'c t'", "'c t x'"),
        (markup.dangling, "url(#p)", "url(#q)"),
        (markup.nameless, "role='img' ", ""),
        (markup.nameless, "aria-labelledby='c t'><title id='t'>月ごと</title>", ">"),
        (markup.nameless, "<details><summary>表</summary>", "<div>"),
        (markup.nameless, "<figure>", ""),
        (markup.unordered, ' lang="ja"', ""),
        (markup.unordered, "<title>週報", "<title>"),
        (markup.unordered, "<h1>週報</h1>", ""),
        (markup.unordered, "<h2>次", "<h1>次"),
        (markup.unordered, "<h3>推移</h3>", "<h4>推移</h4>"),
        (markup.unordered, "<h3>推移</h3>", "<h3></h3>"),
        (markup.untabled, "<td>3</td>", ""),
        (markup.untabled, "<tr><th scope='col'>月</th><th>件</th></tr>", ""),
    ],
)
def test_a_reading_finds_what_it_is_for(each: Callable[[BeautifulSoup], Complaints], good: str, bad: str) -> None:
    assert PAGE.count(good) == 1
    assert each(read(PAGE.replace(good, bad))) != ()
