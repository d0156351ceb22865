"""Measurements: ratios to the same work by hand, in one run. Never part of the tests."""
