"""The companies that tests share: the nights run as they do for everybody, and one company is made once."""

from __future__ import annotations

from pathlib import Path

from tests.companies import Companies


def test_a_company_is_run_once_and_its_published_file_says_what_its_books_say(companies: Companies, tmp_path: Path) -> None:
    usual = companies.ran()
    made = usual.published.stat()
    again = companies.ran()
    assert (again.folder, again.published.stat()) == (usual.folder, made)
    counted = "select count(*) from marts.fct_funnel where stage = 'valid_opportunity' and is_counted"
    assert usual.rows(counted) == usual.copy(tmp_path).rows(counted) == [(usual.books["total"]["valid_opportunities"],)]
