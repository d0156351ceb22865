"""Phases: whether the goal of the next phase can be measured yet, and when the checks of this one can be."""
