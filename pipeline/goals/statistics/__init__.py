"""Counts, amounts and rates -> rates that are not yet complete, intervals, explanations of a gap, chances. Pure mathematics.

Nothing here knows a goal, a metric or a table, and importing the package itself loads neither numpy nor scipy.
"""

from __future__ import annotations
