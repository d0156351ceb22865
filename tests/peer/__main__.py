"""Ask MetricFlow and kgi the same random questions and compare their rows.

python -m tests.peer METRICFLOW_PYTHON [--seed N] [--count N] [--only MANIFEST] [--define N] [--json FILE] [-v]
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.peer.definitions import Definer
from tests.peer.known import reason
from tests.peer.questions import RANGES, Asker
from tests.peer.suite import Place, Reply, places

WEIGHTS = {"simple_manifest": 6, "extended_date_manifest": 2}
_TIME = re.compile(r"^\d{4}-\d\d-\d\d(T[\d:.]+)?$")


def value_of(value: Any) -> Any:
    """Bring a value of either side into one form."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _TIME.match(value.replace(" ", "T")):
        text = value.replace(" ", "T")
        return text if "T" in text else text + "T00:00:00"
    return value


def same(left: Any, right: Any) -> bool:
    """Tell whether two values are equal; a number that is none must be null on our side."""
    if isinstance(left, float) and not math.isfinite(left):
        return right is None
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)
    return bool(left == right)


def sort_key(row: list[Any]) -> list[tuple[int, str]]:
    def one(value: Any) -> tuple[int, str]:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return (0, "")
        return (1, f"{value:+025.4f}") if isinstance(value, float) else (2, str(value))

    return [one(value) for value in row]


def difference(theirs: Reply, ours: Reply, *, ordered: bool) -> str | None:
    """Say what differs between two answers; None for nothing."""
    names = [name.lower() for name in theirs["columns"]]
    if sorted(names) != sorted(name.lower() for name in ours["columns"]):
        return f"columns {theirs['columns']} - {ours['columns']}"
    places_of = [[name.lower() for name in ours["columns"]].index(name) for name in names]
    left = [[value_of(value) for value in row] for row in theirs["rows"]]
    right = [[value_of(row[place]) for place in places_of] for row in ours["rows"]]
    if not ordered:
        left, right = sorted(left, key=sort_key), sorted(right, key=sort_key)
    if len(left) != len(right):
        known = {str(row) for row in right}
        other = {str(row) for row in left}
        only = [row for row in left if str(row) not in known][:2], [row for row in right if str(row) not in other][:2]
        return f"rows {len(left)} - {len(right)}: theirs alone {only[0]}, ours alone {only[1]}"
    for theirs_row, ours_row in zip(left, right, strict=True):
        if not all(same(a, b) for a, b in zip(theirs_row, ours_row, strict=True)):
            return f"{theirs_row} - {ours_row}"
    return None


def compared(place: Place, asked: Reply) -> Reply:
    """Ask both and say how it went: same, differs, refused by one, refused by both."""
    started = time.perf_counter()
    theirs = place.metricflow.ask(asked)
    if str(theirs.get("error")).startswith("more than"):
        return {"outcome": "too many rows", "asked": asked}
    ours = place.kgi.ask(asked)
    result: Reply = {"manifest": place.name, "asked": asked, "seconds": round(time.perf_counter() - started, 2)}
    if "error" in theirs or "error" in ours:
        kind = "both refuse" if "error" in theirs and "error" in ours else "we refuse" if "error" in ours else "they refuse"
        if kind == "we refuse" and "this is not supported" in ours["error"]:
            kind = "known: not supported"
        note = f"ours: {ours.get('error')}\n    theirs: {theirs.get('error')}"
        return result | {"outcome": kind, "note": note[:1500], "sql": theirs.get("sql")}
    because = reason(place.manifest, asked)
    found = difference(theirs, ours, ordered="limit" in asked or bool(asked.get("order_by")))
    empty = not theirs["rows"]
    differs = f"known: {because}" if because else "differs"
    outcome = differs if found else "same, empty" if empty else "same"
    return result | {"outcome": outcome, "note": found or "", "sql": theirs["sql"] if found else None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metricflow", help="a Python that has metricflow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", help="one manifest")
    parser.add_argument("--define", type=int, default=0, help="also make so many metrics, and ask for them alone")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "kgi_peer")
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)

    def more(name: str, manifest: Reply) -> list[Reply]:
        if arguments.only not in (None, name):
            return []
        return Definer(manifest, random.Random(f"{arguments.seed} {name}")).metrics(arguments.define)

    found = {place.name: place for place in places(arguments.work, arguments.metricflow, more)}
    names = [arguments.only] if arguments.only else list(RANGES)
    results = []
    for _ in range(arguments.count):
        place = found[dice.choices(names, [WEIGHTS.get(name, 1) for name in names])[0]]
        asker = Asker(place, dice)
        metrics = [f"peer_{dice.randrange(arguments.define)}"] if arguments.define else None
        results.append(compared(place, asker.question(metrics)))
    for place in found.values():
        place.metricflow.close()
        place.kgi.close()
    for each in results:
        if each["outcome"] in ("differs", "we refuse"):
            print(f"{each['outcome']}: {each['manifest']} {json.dumps(each['asked'])}\n    {each['note']}")
    counts = collections.Counter(each["outcome"] for each in results)
    print(", ".join(f"{name} {count}" for name, count in counts.most_common()))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 1 if counts["differs"] or counts["we refuse"] else 0


if __name__ == "__main__":
    sys.exit(main())
