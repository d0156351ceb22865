"""A seeded die -> questions about a manifest: any metrics by any names, with filters, ranges, orders and limits."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.peer.suite import Place

GRAINS = ("nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
PARTS = ("year", "quarter", "month", "day", "dow", "doy")
RANGES = {
    "simple_manifest": ("2019-12-15", "2020-01-20"),
    "extended_date_manifest": ("2019-12-01", "2020-06-30"),
    "scd_manifest": ("2019-12-15", "2020-01-20"),
    "multi_hop_join_manifest": ("2019-12-15", "2020-02-20"),
    "partitioned_multi_hop_join_manifest": ("2019-12-15", "2020-02-20"),
    "non_sm_manifest": ("2019-12-15", "2020-01-20"),
}


class Asker:
    """Makes questions of one manifest."""

    def __init__(self, place: Place, dice: random.Random) -> None:
        self._place, self._dice = place, dice

    def question(self, metrics: list[str] | None = None) -> dict[str, Any]:
        if metrics is None and self._dice.random() < 0.04 and self._place.saved_queries:
            return self._saved()
        if metrics is None and self._dice.random() < 0.12:
            return self._members()
        count = self._dice.choices((1, 2, 3), (0.7, 0.22, 0.08))[0]
        chosen = metrics or self._dice.sample(self._place.metrics, min(count, len(self._place.metrics)))
        names = self._place.group_bys(chosen)
        by = self._times(names) + self._others(names)
        if not any(name.startswith("metric_time") for name in by) and self._dice.random() < 0.8 and self._needs_time(chosen):
            by.append(self._time(_metric_time(names)))
        asked: dict[str, Any] = {"metrics": chosen, "group_by": list(dict.fromkeys(by)), "where": self._filters(names)}
        if self._dice.random() < 0.25:
            asked["start_time"], asked["end_time"] = self._range()
        if self._dice.random() < 0.08 and asked["group_by"]:
            asked["order_by"] = [self._dice.choice(("", "-")) + name for name in (*asked["group_by"], *chosen)]
            asked["limit"] = self._dice.choice((1, 5, 20))
        return asked

    def _saved(self) -> dict[str, Any]:
        return {"saved_query": self._dice.choice(self._place.saved_queries)}

    def _members(self) -> dict[str, Any]:
        names = self._place.group_bys([])
        if self._dice.random() < 0.7:  # names that some metric knows together
            names = self._place.group_bys([self._dice.choice(self._place.metrics)])
        by = self._others(names) or self._others(names) or [self._dice.choice(names["dimensions"] or ["metric_time"])]
        if self._dice.random() < 0.25:
            by += self._times(names)
        asked: dict[str, Any] = {"group_by": list(dict.fromkeys(by)), "where": self._filters(names)}
        asked["min_max"] = len(by) == 1 and self._dice.random() < 0.3
        asked["dedupe"] = self._dice.random() < 0.9
        return asked

    def _needs_time(self, metrics: list[str]) -> bool:
        return "error" in self._place.kgi.ask({"metrics": metrics, "limit": 0})

    def _times(self, names: dict[str, list[str]]) -> list[str]:
        found = []
        for _ in range(self._dice.choices((0, 1, 2), (0.2, 0.7, 0.1))[0]):
            found.append(self._time(_metric_time(names)))
        local = [name for name in names["times"] if not name.startswith("metric_time")]
        if local and self._dice.random() < 0.2:
            found.append(self._time(self._dice.choice(local)))
        return found

    def _time(self, listed: str) -> str:
        """Write a time as it may be asked for; it is listed with its own grain."""
        name, own = _apart(listed)
        coarser = GRAINS[GRAINS.index(own) :]
        kind = self._dice.choices(("plain", "grain", "custom", "part", "wild"), (0.2, 0.5, 0.13, 0.13, 0.04))[0]
        if kind == "custom" and self._place.custom_grains:
            return f"{name}__{self._dice.choice(self._place.custom_grains)}"
        if kind == "part":
            return f"{name}__extract_{self._dice.choice(PARTS if own != 'month' else PARTS[:3])}"
        if kind == "wild":
            return f"{name}__{self._dice.choice(GRAINS[3:])}"
        return name if kind == "plain" else f"{name}__{self._dice.choice(coarser)}"

    def _others(self, names: dict[str, list[str]]) -> list[str]:
        count = self._dice.choices((0, 1, 2), (0.45, 0.4, 0.15))[0]
        pool = names["dimensions"] * 2 + names["entities"]
        return self._dice.sample(pool, min(count, len(pool)))

    def _range(self) -> tuple[str | None, str | None]:
        first, last = RANGES[self._place.name]
        both = sorted(self._day(first, last) for _ in range(2))
        return self._dice.choice((both[0], both[0], None)), self._dice.choice((both[1], both[1], None))

    def _day(self, first: str, last: str) -> str:
        start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        return (start + dt.timedelta(days=self._dice.randrange((end - start).days + 1))).isoformat()

    # ---- filters

    def _filters(self, names: dict[str, list[str]]) -> list[str]:
        return [self.condition(names) for _ in range(self._dice.choices((0, 1, 2), (0.55, 0.35, 0.1))[0])]

    def condition(self, names: dict[str, list[str]]) -> str:
        """Make one condition, at times of two joined by AND or OR, at times negated."""
        text = self._simple(names)
        if self._dice.random() < 0.2:
            text = f"{text} {self._dice.choice(('AND', 'OR', 'OR'))} {self._simple(names)}"
        return f"NOT ({text})" if self._dice.random() < 0.06 else text

    def _simple(self, names: dict[str, list[str]]) -> str:
        kinds = ["time", "time"]
        kinds += ["dimension"] * 4 if names["dimensions"] else []
        kinds += ["entity"] if names["entities"] else []
        kinds += ["metric"] if names["entities"] else []
        match self._dice.choice(kinds):
            case "time":
                return self._about_time(names)
            case "dimension":
                return self._about_members(names["dimensions"], "Dimension")
            case "entity":
                return self._about_members(names["entities"], "Entity")
            case _:
                return self._about_metric(names["entities"])

    def _about_time(self, names: dict[str, list[str]]) -> str:
        listed = self._dice.choice(names["times"] or [_metric_time(names)]) if self._dice.random() < 0.3 else _metric_time(names)
        name, own = _apart(listed)
        grain = self._dice.choice((own, own, *GRAINS[GRAINS.index(own) :], *self._place.custom_grains))
        sign = self._dice.choice((">=", "<=", "<", ">", "=", "!="))
        return f"{{{{ {_call('TimeDimension', name, grain)} }}}} {sign} '{self._day(*RANGES[self._place.name])}'"

    def _about_members(self, names: list[str], call: str) -> str:
        name = self._dice.choice(names)
        target = f"{{{{ {_call(call, name)} }}}}"
        members = self._place.members(name)
        if not members or self._dice.random() < 0.15:
            return f"{target} IS {self._dice.choice(('', 'NOT '))}NULL"
        some = [self._literal(each) for each in self._dice.sample(members, min(2, len(members)))]
        match self._dice.choice(("=", "!=", "in")):
            case "in":
                return f"{target} IN ({', '.join(some)})"
            case sign:
                return f"{target} {sign} {some[0]}"

    def _literal(self, value: Any) -> str:
        return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

    def _about_metric(self, entities: list[str]) -> str:
        entity = self._dice.choice(entities)
        for _ in range(5):
            metric = self._dice.choice(self._place.metrics)
            if entity in self._place.group_bys([metric])["entities"] and not self._needs_time([metric]):
                break
        sign, number = self._dice.choice((">", "<=")), self._dice.choice((0, 1, 2, 5))
        return f"{{{{ Metric('{metric}', group_by=['{entity}']) }}}} {sign} {number}"


def _metric_time(names: dict[str, list[str]]) -> str:
    return next((name for name in names["times"] if name.startswith("metric_time")), "metric_time__day")


def _apart(listed: str) -> tuple[str, str]:
    """Split a listed time into its name and its own grain; some are listed without."""
    name, _, own = listed.rpartition("__")
    return (name, own) if own in GRAINS else (listed, "day")


def _call(function: str, name: str, *more: str) -> str:
    """Write a call of a filter: of a name over several joins the front is its entity path."""
    parts = name.split("__")
    kept = 1 if function == "Entity" else 2
    given = [repr("__".join(parts[-kept:])), *map(repr, more)]
    if len(parts) > kept:
        given.append(f"entity_path={parts[:-kept]!r}")
    return f"{function}({', '.join(given)})"
