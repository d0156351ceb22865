"""Agreed definitions over a manifest -> the same manifest, each governed metric filtered by the version in force.

The version in force is the one of the event's own date. It becomes a true-or-false dimension of the metric's table, computed
from the row alone: so it holds wherever the metric goes, also where a metric is taken at an earlier time, and every metric
made of a governed one follows without a word of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from pipeline.decode import at_words
from pipeline.findings import Finding, KgiError, did_you_mean, finding
from pipeline.metrics.agreed import AgreedRule, AgreedVersion
from pipeline.metrics.catalog import Catalog, Leaf
from pipeline.metrics.expressions import is_condition, read_expression
from pipeline.metrics.spec import Dimension, Evaluation, Filter, Metric, SemanticManifest, SemanticModel, Simple
from pipeline.metrics.sqltree import moment


def govern(manifest: SemanticManifest, rules: Iterable[AgreedRule]) -> SemanticManifest:
    """Filter every governed metric by the version in force. Raises KgiError with all mistakes of all rules.

    Unknown columns are told when the manifest is bound to its tables.
    """
    faults: list[Finding] = []
    governed: dict[str, str] = {}
    for rule in rules:
        faults.extend(_faults(manifest, rule, governed))
        if not faults:
            manifest = _governed(manifest, rule)
    if faults:
        raise KgiError(dict.fromkeys(faults))
    return manifest


def columns_of_rule(manifest: SemanticManifest, rule: AgreedRule) -> Iterator[tuple[AgreedVersion, SemanticModel, str]]:
    """Return every column that a version reads, with the table's semantic model; names of dimensions are followed."""
    models = dict.fromkeys(leaf.model for _, leaf in _leaves(manifest, rule))
    for version in rule.versions:
        for model in models:
            texts = [version.predicate, *([version.evaluated[0]] if version.evaluated else [])]
            trees = [_over_columns(read_expression(text, version.place), model) for text in texts]
            names = dict.fromkeys(node.name for tree in trees for node in tree.find_all(exp.Column))
            yield from ((version, model, name) for name in names)


def _faults(manifest: SemanticManifest, rule: AgreedRule, governed: dict[str, str]) -> Iterator[Finding]:
    simple = [each.name for each in manifest.public_metrics() if isinstance(each.kind, Simple)]
    for name, place in rule.metrics:
        metric = manifest.metric_by_name.get(name)
        if metric is None or metric.hidden:
            yield finding("metric_unknown", place, hint=did_you_mean(name, simple), name=name)
        elif not isinstance(metric.kind, Simple):
            yield finding("agreement_not_simple", place, hint=did_you_mean(name, simple), name=rule.name, metric=name)
        elif governed.setdefault(name, rule.name) != rule.name:
            yield finding("agreement_metric_twice", place, name=rule.name, other=governed[name], metric=name)
    for version in rule.versions:
        try:
            tree = read_expression(version.predicate, version.place)
        except KgiError as error:
            yield from at_words(error.findings, version.written)
            continue
        if not is_condition(tree):
            yield finding("metric_filter_no_condition", version.place, text=version.predicate)
    for model in dict.fromkeys(leaf.model for _, leaf in _leaves(manifest, rule)):
        if model.dimension(_dimension_name(rule)) is not None:
            yield finding("agreement_name_taken", model.place, name=rule.name, dimension=_dimension_name(rule), model=model.name)


def _leaves(manifest: SemanticManifest, rule: AgreedRule) -> Iterator[tuple[Metric, Leaf]]:
    catalog = Catalog(manifest)
    for name, _ in rule.metrics:
        metric = manifest.metric_by_name.get(name)
        if metric is not None and isinstance(metric.kind, Simple):
            yield metric, catalog.leaf(metric.kind)


def _governed(manifest: SemanticManifest, rule: AgreedRule) -> SemanticManifest:
    leaves = {metric.name: leaf for metric, leaf in _leaves(manifest, rule)}
    times: dict[str, dict[str, str]] = {}
    for leaf in leaves.values():
        names = times.setdefault(leaf.model.name, {})
        suffix = f"_by_{leaf.time.name}" if names else ""
        names.setdefault(leaf.time.name, _dimension_name(rule) + suffix)
    models = tuple(_with_dimensions(each, rule, times.get(each.name, {})) for each in manifest.models)
    metrics = tuple(
        _filtered(each, rule, leaves[each.name], times[leaves[each.name].model.name]) if each.name in leaves else each
        for each in manifest.metrics
    )
    return replace(manifest, models=models, metrics=metrics)


def _dimension_name(rule: AgreedRule) -> str:
    return f"is_agreed_{rule.name}"


def _with_dimensions(model: SemanticModel, rule: AgreedRule, names: Mapping[str, str]) -> SemanticModel:
    added = []
    for time, name in names.items():
        dimension = model.dimension(time)
        assert dimension is not None, "checked when the file was read"
        expr = _case(rule, model, dimension).sql("duckdb")
        place = rule.versions[0].place
        added.append(Dimension(name, expr, place, labels=rule.labels, label=dict(rule.labels)["en"], written=rule.written))
    return replace(model, dimensions=(*model.dimensions, *added)) if added else model


def _case(rule: AgreedRule, model: SemanticModel, time: Dimension) -> exp.Expr:
    """Return the condition of the version in force on a row's own date; versions that say the same are one."""
    told = [(each, _over_columns(read_expression(each.predicate, each.place), model)) for each in rule.versions]
    different = [pair for at, pair in enumerate(told) if at == 0 or pair[1] != told[at - 1][1]]
    case: exp.Expr = different[0][1]
    if len(different) > 1:
        case = exp.Case(ifs=[], default=case)
        for version, tree in reversed(different[1:]):
            day = read_expression(time.expr, time.place)
            case.append("ifs", exp.If(this=exp.GTE(this=exp.paren(day), expression=moment(version.effective_from)), true=tree))
    return case


def _over_columns(tree: exp.Expr, model: SemanticModel) -> exp.Expr:
    """Put the expression of a dimension in the place of its name; other names are columns."""

    def change(node: exp.Expr) -> exp.Expr:
        dimension = model.dimension(node.name) if isinstance(node, exp.Column) else None
        if dimension is None:
            return node
        found = read_expression(dimension.expr, dimension.place)
        return found if isinstance(found, exp.Column) else exp.paren(found)

    return tree.transform(change, copy=True)


def _filtered(metric: Metric, rule: AgreedRule, leaf: Leaf, names: Mapping[str, str]) -> Metric:
    assert isinstance(metric.kind, Simple)
    named = f"{leaf.model.local_links[0]}__{names[leaf.time.name]}"
    agreed = Filter(f"{{{{ Dimension('{named}') }}}}", rule.versions[0].place)
    evaluated = tuple(_evaluations(rule, leaf.model))
    return replace(metric, filters=(*metric.filters, agreed), kind=replace(metric.kind, evaluated=evaluated))


def _evaluations(rule: AgreedRule, model: SemanticModel) -> Iterator[Evaluation]:
    """Return from which day on events count, by version; nothing where every version counts them at once."""
    if not any(each.evaluated for each in rule.versions):
        return
    last: object = ()
    for number, each in enumerate(rule.versions):
        name, days = each.evaluated or (None, 0)
        expr = _over_columns(read_expression(name, each.place), model).sql("duckdb") if name else None
        if (expr, days) != last:
            yield Evaluation(each.effective_from if number else None, expr, days, each.place, rule.written)
        last = (expr, days)
