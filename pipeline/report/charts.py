"""Numbers -> charts: the pace of a goal, the parts of a gap, a trend against its target. Each fits a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.report.drawing import WIDTH, draw, specified, unchecked, width_of, wrapped
from pipeline.report.ink import INKS

MINUS = "\u2212"
"""As Vega writes it along its axes."""


@dataclass(frozen=True)
class Scale:
    """How axes write values and months: what one unit is worth, the unit in words, the names of the twelve months.

    Where there is a `top` the axis ends there, and what lies above is drawn at its end.
    """

    divisor: float
    words: str
    months: tuple[str, ...]
    percent: bool = False
    digits: int = 1
    top: float | None = None

    @property
    def format(self) -> str:
        """The number format of the axis."""
        return ".0%" if self.percent else ",~r"

    def write(self, value: float, *, signed: bool = False) -> str:
        """Write a value as the axis would, with a sign where it is a difference; two rates differ by points."""
        sign = "+" if signed else ""
        if self.percent:
            return (f"{100 * value:+.1f}pt" if signed else f"{value:.1%}").replace("-", MINUS)
        text = f"{value / self.divisor:{sign},.{self.digits}f}".replace("-", MINUS)
        return text if self.divisor > 1 else text.removesuffix(".0")


@dataclass(frozen=True)
class Point:
    """A month of a trend, written 2026-04. `low` and `high` bound what is known; `is_open`: not over, or not grown old;
    `is_small`: a rate over few cases.
    """

    month: str
    actual: float | None
    target: float | None
    low: float | None = None
    high: float | None = None
    is_open: bool = False
    is_small: bool = False
    said: str = ""


@dataclass(frozen=True)
class Landing:
    """Where a goal lands at the end of its period."""

    low: float
    middle: float
    high: float
    said: str


@dataclass(frozen=True)
class Step:
    """A bar of a waterfall: a `total` stands on the axis, others hang on the bar before. One that is not `good` is hollow."""

    label: str
    value: float
    shown: str
    is_total: bool = False
    good: bool = True


@dataclass(frozen=True)
class Frame:
    """What every chart has beside its numbers: its id, its title, and what it says in a sentence."""

    name: str
    title: str
    about: str


def pace(frame: Frame, points: Sequence[Point], landing: Landing | None, scale: Scale) -> str:
    """Draw what has come so far against the plan, both added up, and the interval in which the period is expected to end."""
    months = tuple(each.month for each in points)
    data = _data(points, scale)
    if landing is not None:
        ends = {key: getattr(landing, key) / scale.divisor for key in ("low", "middle", "high")}
        data["landing"] = [{**ends, "month": months[-1], "said": landing.said}]
    return draw(_pace(months, scale, landing is not None), data, **vars(frame))


@cache
@unchecked()
def _pace(months: tuple[str, ...], scale: Scale, has_landing: bool) -> dict[str, Any]:
    import altair as alt

    layers = [_target_line(months, scale), _actual_line(months, scale)]
    if has_landing:
        at = _over("landing").encode(x=_x(months, scale), description="said:N")
        bar = at.mark_rule(strokeWidth=7, stroke=INKS["soft"], strokeCap="butt").encode(y="low:Q", y2="high:Q")
        layers += [bar, at.mark_point(shape="diamond", size=70, fill=INKS["paper"], stroke=INKS["actual"]).encode(y="middle:Q")]
    return specified(_sized(alt.layer(*layers), 190))


def trend(frame: Frame, points: Sequence[Point], scale: Scale, halves: Sequence[str] = ()) -> str:
    """Draw the months of a KPI against their target. Months that are not grown old are hollow; `halves` begin a half year."""
    data = _data(points, scale)
    data["halves"] = [{"month": each} for each in halves]
    return draw(_trend(tuple(each.month for each in points), scale), data, **vars(frame))


@cache
@unchecked()
def _trend(months: tuple[str, ...], scale: Scale) -> dict[str, Any]:
    import altair as alt

    begun = _over("halves").mark_rule(stroke=INKS["quiet"], strokeDash=[1, 2]).encode(x=_x(months, scale))
    bounds = _over("bounds").mark_rule(stroke=INKS["soft"], strokeWidth=4)
    bounds = bounds.encode(x=_x(months, scale), y="low:Q", y2="high:Q")
    return specified(_sized(alt.layer(begun, _target_line(months, scale), bounds, _actual_line(months, scale)), 150))


@unchecked()
def waterfall(frame: Frame, steps: Sequence[Step], scale: Scale, cut_words: str) -> str:
    """Draw how one total becomes another, a bar per part. An axis that does not begin at zero says so (`cut_words`)."""
    import altair as alt

    bars: list[dict[str, Any]] = []
    running = 0.0
    for at, step in enumerate(steps):
        start = 0.0 if step.is_total else running
        running = step.value if step.is_total else running + step.value
        colour = INKS["actual"] if step.is_total else INKS["gain"] if step.good else INKS["loss"]
        fill = colour if step.is_total or step.good else INKS["paper"]
        ends = {"from": start, "to": running, "colour": colour, "fill": fill}
        bars.append({"at": at, **ends, "shown": step.shown, "said": f"{step.label}: {step.shown}"})
    lowest, highest = _bounds(bars, scale)
    for bar in bars:
        bar["from"] = max(bar["from"] / scale.divisor, lowest)
        bar["to"] = max(bar["to"] / scale.divisor, lowest)
        bar["right"] = max(bar["from"], bar["to"])
    labels = [wrapped(step.label, 116, lines=3) for step in steps]
    extent = max(width_of(line) for label in labels for line in label.split("\n")) + 8
    room = max(width_of(step.shown) for step in steps) + 6
    y = alt.Y(
        "at:O",
        axis=alt.Axis(
            title=None,
            ticks=False,
            domain=False,
            minExtent=extent,
            maxExtent=extent,
            labelLimit=0,
            labelPadding=4,
            labelExpr=f"split({[*labels]!r}[datum.value], '\\n')",
        ),
    )
    plot = WIDTH - extent - 8
    widest = lowest + (highest - lowest) * plot / max(plot - room, 1)
    x = alt.X(
        "from:Q",
        scale=alt.Scale(domain=[lowest, widest], nice=False, zero=False),
        axis=alt.Axis(title=[scale.words, f"({cut_words})"] if lowest > 0 else scale.words, format=scale.format, tickCount=4),
    )
    base = _over("bars").encode(y=y, description="said:N")
    inks = {"fill": alt.Fill("fill:N", scale=None), "stroke": alt.Stroke("colour:N", scale=None)}
    drawn = base.mark_bar(size=14, strokeWidth=1.5).encode(x=x, x2="to:Q", **inks)
    words = base.mark_text(align="left", dx=4).encode(x=alt.X("right:Q"), text="shown:N")
    lines = max(label.count("\n") for label in labels) + 1
    spec = specified(_sized(alt.layer(drawn, words), max(28, 14 * lines + 5) * len(steps)))
    return draw(spec, {"bars": bars}, **vars(frame))


def _bounds(bars: Sequence[dict[str, Any]], scale: Scale) -> tuple[float, float]:
    """Return where the axis of a waterfall begins and ends: at zero, unless the parts would vanish beside the totals."""
    ends = [each[key] / scale.divisor for each in bars for key in ("from", "to") if each[key]]
    lowest, highest = min(ends, default=0.0), max(ends, default=1.0)
    if lowest == highest:  # one total, or nothing between two that are the same
        return min(lowest, 0.0), max(highest, 0.0)
    if lowest <= 0 or highest - lowest > highest / 2:
        return min(lowest, 0.0), max(highest, 0.0)
    return max(lowest - (highest - lowest) * 0.25, 0.0), highest


def _over(data: str) -> Any:
    """Begin a chart over data that are named here and filled in when it is drawn: one specification serves many charts."""
    import altair as alt

    named: Any = alt.NamedData
    return alt.Chart(named(name=data))


def _data(points: Sequence[Point], scale: Scale) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that the lines are drawn over: targets, actuals, and the bounds of what is known."""
    rows = _rows(points, scale)
    return {
        "targets": [each for each in rows if each["target"] is not None],
        "actuals": [each for each in rows if each["actual"] is not None],
        "bounds": [each for each in rows if each["low"] is not None and each["actual"] is not None],
    }


def _rows(points: Sequence[Point], scale: Scale) -> list[dict[str, Any]]:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value / scale.divisor

    return [
        {
            "month": each.month,
            "actual": scaled(each.actual),
            "target": scaled(each.target),
            "low": scaled(each.low),
            "high": scaled(each.high),
            "fill": INKS["paper"] if each.is_open or each.is_small else INKS["actual"],
            "stroke": INKS["quiet"] if each.is_small else INKS["actual"],
            "said": each.said,
        }
        for each in points
    ]


def _target_line(months: tuple[str, ...], scale: Scale) -> Any:
    import altair as alt

    ends: Any = {} if scale.top is None else {"domainMax": scale.top, "clamp": True}
    y = alt.Y("target:Q", scale=alt.Scale(zero=True, nice=True, **ends), axis=_y_axis(scale))
    line = _over("targets").mark_line(stroke=INKS["plan"], strokeDash=[5, 3], strokeWidth=1.6)
    return line.encode(x=_x(months, scale), y=y)


def _actual_line(months: tuple[str, ...], scale: Scale) -> Any:
    import altair as alt

    base = _over("actuals").encode(x=_x(months, scale), y=alt.Y("actual:Q"))
    line = base.mark_line(stroke=INKS["actual"], strokeWidth=2)
    inks = {"fill": alt.Fill("fill:N", scale=None), "stroke": alt.Stroke("stroke:N", scale=None)}
    points = base.mark_point(size=34, strokeWidth=1.5, opacity=1).encode(description="said:N", **inks)
    return alt.layer(line, points)


def _x(months: Sequence[str], scale: Scale) -> Any:
    import altair as alt

    named = f"{list(scale.months)!r}[toNumber(slice(datum.value, 5)) - 1]"
    year = "slice(datum.value, 0, 4)"
    axis = alt.Axis(
        title=None,
        labelAngle=0,
        labelOverlap="parity",
        labelSeparation=3,
        labelPadding=4,
        grid=False,
        labelExpr=f"indexof({[months[0]]!r}, datum.value) == 0 || slice(datum.value, 5) == '01' ? [{named}, {year}] : {named}",
    )
    return alt.X("month:O", sort=list(months), scale=alt.Scale(domain=list(months)), axis=axis)


def _y_axis(scale: Scale) -> Any:
    import altair as alt

    return alt.Axis(
        title=scale.words,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleY=-8,
        titleX=-34,
        format=scale.format,
        tickCount=4,
        minExtent=36,
        maxExtent=36,
    )


def _sized(chart: Any, height: int) -> Any:
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    padding = {"left": 2, "right": 6, "top": 6, "bottom": 2}
    return chart.properties(width=WIDTH, height=height, autosize=fit, padding=padding)
