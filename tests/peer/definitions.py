"""A seeded die -> metric definitions on the semantic models of a manifest, in MetricFlow's one-document form."""

from __future__ import annotations

import random
from typing import Any

FILTERS = {
    "bookings_source": ("{{ Dimension('booking__is_instant') }}", "{{ Dimension('listing__is_lux_latest') }}"),
    "views_source": ("{{ Dimension('listing__country_latest') }} = 'us'",),
    "revenue": ("{{ Dimension('user__home_state_latest') }} = 'CA'",),
    "visits_source": ("{{ Dimension('visit__referrer_id') }} = 'fb_ad_1'", "{{ Entity('user') }} IS NOT NULL"),
    "accounts_source": ("{{ Dimension('account__account_type') }} = 'savings'",),
}
WINDOWS = ("1 day", "2 days", "3 days", "7 days", "1 week", "2 weeks", "1 month", "2 month", "1 quarter", "1 year")
KINDS = ("simple", "cumulative", "cumulative", "ratio", "derived", "derived", "derived", "conversion")
Metric = dict[str, Any]


class Definer:
    """Makes metrics of every kind; later ones may be made of earlier ones."""

    def __init__(self, manifest: dict[str, Any], dice: random.Random) -> None:
        self._dice = dice
        self._measures = {m["name"]: (s, m) for s in manifest["semantic_models"] for m in s.get("measures") or ()}
        spines = manifest["project"].get("time_spines") or ()
        self._custom = [grain["name"] for spine in spines for grain in spine.get("custom_granularities") or ()]
        self._known = [each["name"] for each in manifest["metrics"]]

    def metrics(self, count: int) -> list[Metric]:
        """Make some metrics."""
        found: list[Metric] = []
        for number in range(count):
            kind = self._dice.choice(
                ("simple", "cumulative", "cumulative", "ratio", "derived", "derived", "derived", "conversion")
            )
            made = {"simple": self._simple, "cumulative": self._cumulative, "ratio": self._ratio, "derived": self._derived}
            body = self._conversion() if kind == "conversion" else made[kind]()
            if body is None:
                kind, body = "simple", self._simple()
            own = body.pop("filter", None)
            metric = {"name": f"peer_{number}", "description": "made", "type": kind, "type_params": body}
            found.append(metric | ({"filter": own} if own else {}))
            self._known.append(f"peer_{number}")
        return found

    def _measure(self, name: str | None = None) -> Metric:
        chosen = name or self._dice.choice([each for each in self._measures if "month" not in each])  # windows may be of days
        model = self._measures[chosen][0]["name"]
        made: Metric = {"name": chosen}
        if self._dice.random() < 0.25:
            made["join_to_timespine"] = True
        if self._dice.random() < 0.25:
            made["fill_nulls_with"] = self._dice.choice((0, 0, 7))
        if model in FILTERS and self._dice.random() < 0.25:
            made["filter"] = self._dice.choice(FILTERS[model])
        return made

    def _own_filter(self, measure: str) -> Metric:
        model = self._measures[measure][0]["name"]
        if model in FILTERS and self._dice.random() < 0.25:
            return {"filter": self._dice.choice(FILTERS[model])}
        return {}

    def _simple(self) -> Metric:
        measure = self._measure()
        return {"measure": measure} | self._own_filter(measure["name"])

    def _cumulative(self) -> Metric:
        measure = self._measure()
        measure.pop("filter", None)  # MetricFlow forgets it
        more: Metric = {}
        match self._dice.choice(("window", "window", "to_date", "all")):
            case "window":
                more["window"] = self._dice.choice(WINDOWS)
            case "to_date":
                more["grain_to_date"] = self._dice.choice(("week", "month", "quarter", "year"))
            case _:
                pass
        if self._dice.random() < 0.5:
            more["period_agg"] = self._dice.choice(("first", "last", "average"))
        return {"measure": measure, "cumulative_type_params": more} | self._own_filter(measure["name"])

    def _input(self, alias: str | None = None) -> Metric:
        made: Metric = {"name": self._dice.choice(self._known or ["peer_0"])}
        if alias:
            made["alias"] = alias
        return made

    def _ratio(self) -> Metric:
        return {"numerator": self._input(), "denominator": self._input()}

    def _derived(self) -> Metric:
        names = ["a", "b", "c"][: self._dice.choice((1, 2, 2, 3))]
        inputs = []
        for name in names:
            made = self._input(name)
            match self._dice.choice(("plain", "plain", "window", "to_grain")):
                case "window":
                    windows = [*WINDOWS, *(f"1 {grain}" for grain in self._custom)]
                    made["offset_window"] = self._dice.choice(windows)
                case "to_grain":
                    made["offset_to_grain"] = self._dice.choice(("week", "month", "quarter", "year"))
                case _:
                    pass
            inputs.append(made)
        expr = names[0]
        for name in names[1:]:
            form = self._dice.choice(("{} + {}", "{} - {}", "{} * {}", "{} / NULLIF({}, 0)", "COALESCE({}, 0) + COALESCE({}, 0)"))
            expr = form.format(f"({expr})" if " " in expr else expr, name)
        return {"expr": expr, "metrics": inputs}

    def _counts(self, name: str) -> bool:
        measure = self._measures[name][1]
        is_one = str(measure.get("expr")) == "1"
        return str(measure["agg"]).lower() in ("count", "count_distinct") or (measure["agg"] == "sum" and is_one)

    def _conversion(self) -> Metric | None:
        pairs = [
            (base, goal, entity["name"])
            for base, (left, _) in self._measures.items()
            for goal, (right, _) in self._measures.items()
            for entity in left.get("entities") or ()
            if left is not right
            and self._counts(base)
            and self._counts(goal)
            and any(each["name"] == entity["name"] for each in right.get("entities") or ())
        ]
        if not pairs:
            return None
        base, goal, entity = self._dice.choice(pairs)
        params: Metric = {
            "base_measure": self._measure(base),
            "conversion_measure": self._measure(goal),
            "entity": entity,
            "calculation": self._dice.choice(("conversion_rate", "conversions")),
        }
        for side in ("base_measure", "conversion_measure"):
            params[side].pop("filter", None)  # MetricFlow forgets it
        if self._dice.random() < 0.7:
            params["window"] = self._dice.choice(WINDOWS)
        return {"conversion_type_params": params} | self._own_filter(base)
