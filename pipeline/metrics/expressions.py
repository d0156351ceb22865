"""SQL that people write in YAML or in a question -> a checked tree. Only an allow-list of functions and forms gets through.

An expression can read the columns of its own row and nothing else: no subquery, no file, no setting, no other table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from pipeline.findings import KgiError, Place, did_you_mean, finding

_WORDS = """
abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log2 log10 pow power mod greatest least isnan isfinite
coalesce nullif ifnull if case concat concat_ws lower upper trim ltrim rtrim length len char_length strlen substr substring
left right replace reverse lpad rpad repeat split_part string_split contains starts_with ends_with prefix suffix strpos
position instr regexp_matches regexp_replace regexp_extract regexp_full_match translate ascii chr md5 hash nfc_normalize
unicode date_trunc date_part datepart extract date_diff datediff date_add date_sub year quarter month week day dayofmonth
dayofweek dayofyear isodow isoyear weekofyear yearweek hour minute second millisecond microsecond last_day monthname
dayname strftime strptime try_strptime make_date make_timestamp epoch epoch_ms to_days to_months to_years to_weeks to_hours
to_minutes to_seconds age time_bucket date timestamp cast try_cast typeof list_contains list_value struct_extract interval
"""
FUNCTIONS = frozenset(_WORDS.split())
"""Functions of one row that look at nothing but their arguments."""

_FORMS = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Connector,
    exp.Not,
    exp.Predicate,
    exp.Binary,
    exp.Neg,
    exp.Case,
    exp.If,
    exp.Interval,
    exp.IntervalSpan,
    exp.Var,
    exp.DataType,
    exp.DataTypeParam,
    exp.Tuple,
    exp.Bracket,
    exp.Array,
)
_NEVER = (exp.Query, exp.Subquery, exp.Exists, exp.Placeholder, exp.Parameter, exp.Window, exp.Lambda, exp.Star, exp.Dot)
_SPELLINGS = {
    "timestamp_trunc": "date_trunc",
    "datetime_trunc": "date_trunc",
    "str_to_time": "strptime",
    "time_to_str": "strftime",
    "str_position": "strpos",
    "regexp_like": "regexp_matches",
    "dpipe": "concat",
    "split": "string_split",
    "md5_digest": "md5",
    "is_nan": "isnan",
    "day_of_week": "dayofweek",
    "day_of_month": "dayofmonth",
    "day_of_year": "dayofyear",
    "week_of_year": "weekofyear",
    "date_from_parts": "make_date",
    "ts_or_ds_to_date": "date",
    "ts_or_ds_add": "date_add",
    "pad": "lpad",
    "array_contains": "list_contains",
    "day_of_week_iso": "isodow",
    "timestamp_from_parts": "make_timestamp",
    "logical_and": "bool_and",
    "logical_or": "bool_or",
    "unix_to_time": "epoch",
    "regexp_ilike": "regexp_matches",
    "time_to_unix": "epoch",
    "ends_with": "ends_with",
    "json_extract": "struct_extract",
}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Expr | str:
    """Parse one expression; a text instead of a tree says why not."""
    try:
        trees = [each for each in parse(f"select ({text}\n)", dialect="duckdb") if each is not None]
    except SqlglotError as error:
        return str(error).splitlines()[0].split(". Line")[0]
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        return "this is more than one expression"
    select = trees[0]
    inner = select.expressions[0] if len(select.expressions) == 1 else None
    if any(value for key, value in select.args.items() if key != "expressions") or not isinstance(inner, exp.Paren):
        return "this is more than one expression"
    found: exp.Expr = inner.this
    return found


def read_expression(text: str, place: Place | None) -> exp.Expr:
    """Parse and check one expression. Raises KgiError for SQL that cannot be read and for what is not allowed in it."""
    tree = _parsed(text)
    if isinstance(tree, str):
        raise KgiError(finding("metric_expression_syntax", place, text=_short(text), problem=tree))
    for node in tree.walk():
        refused = _refused(node)
        if refused is not None:
            near = did_you_mean(refused, FUNCTIONS)
            raise KgiError(finding("metric_not_allowed", place, hint=near, text=_short(text), name=refused))
    return tree.copy()


def _refused(node: exp.Expr) -> str | None:
    """Return the name of what is not allowed at this node, or None."""
    if isinstance(node, _NEVER):
        return node.key
    if isinstance(node, exp.AggFunc):
        return node.sql_name().lower()
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Case | exp.If | exp.Array):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        return None if _SPELLINGS.get(name, name) in FUNCTIONS else name
    if isinstance(node, exp.Column) and (node.args.get("db") or node.args.get("catalog")):
        return node.sql("duckdb")
    return None if isinstance(node, _FORMS) else node.key


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:77] + "..."


def replace_columns(tree: exp.Expr, to: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """Put another tree in the place of each column; wrapped in parentheses where it is more than a name."""

    def change(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        found = to(node)
        alone = isinstance(found, exp.Column | exp.Func | exp.Literal | exp.Paren) or node.parent is None
        return found if alone else exp.Paren(this=found)

    return tree.transform(change, copy=True)


def guarded(tree: exp.Expr) -> exp.Expr:
    """Make every division of an expression null, not an error or infinity, where its divisor is zero."""

    def change(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Div | exp.IntDiv | exp.Mod) and not isinstance(node.expression.unnest(), exp.Nullif):
            divisor = node.expression
            if not (isinstance(divisor, exp.Literal) and divisor.is_number and float(divisor.this) != 0):
                node.set("expression", exp.Nullif(this=divisor, expression=exp.Literal.number(0)))
        return node

    return tree.transform(change, copy=True)
