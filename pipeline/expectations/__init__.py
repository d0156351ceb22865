"""Suites -> findings; the only room that knows Great Expectations, and imports it only where a check runs.

`read_suites` turns the files into frozen `Suite`s and finds every mistake that can be found without data; `run_suite` checks one
table; `findings_of` says what follows from the results.
"""

from __future__ import annotations

from pipeline.expectations.reading import read_suites
from pipeline.expectations.result import CheckResult, findings_of
from pipeline.expectations.running import run_suite
from pipeline.expectations.schema import suite_schema
from pipeline.expectations.suite import Expectation, Suite, templates_of

__all__ = ["CheckResult", "Expectation", "Suite", "findings_of", "read_suites", "run_suite", "suite_schema", "templates_of"]
