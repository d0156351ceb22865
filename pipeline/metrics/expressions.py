"""SQL that people write in YAML or in a question -> a checked tree. Only an allow-list of functions and forms gets through.

An expression can read the columns of its own row and nothing else: no subquery, no file, no setting, no other table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp, parse
from sqlglot.errors import ErrorLevel, SqlglotError

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

_FORMS = frozenset(
    (
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Bracket, exp.Array),
        *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is),
        *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.Escape),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe),
        *(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseLeftShift, exp.BitwiseRightShift),
        *(exp.Case, exp.If, exp.Interval, exp.IntervalSpan, exp.Var, exp.DataType, exp.DataTypeParam),
    )
)
"""Forms of SQL by their exact class: a class that a new sqlglot derives from one of them is not let in with it."""

_SPELLINGS = {
    "timestamp_trunc": "date_trunc",
    "datetime_trunc": "date_trunc",
    "str_to_time": "strptime",
    "time_to_str": "strftime",
    "str_position": "strpos",
    "regexp_like": "regexp_matches",
    "regexp_i_like": "regexp_matches",
    "split": "string_split",
    "is_nan": "isnan",
    "day_of_week": "dayofweek",
    "day_of_month": "dayofmonth",
    "day_of_year": "dayofyear",
    "dayofweek_iso": "isodow",
    "date_bin": "time_bucket",
    "unix_to_time": "epoch_ms",
    "week_of_year": "weekofyear",
    "date_from_parts": "make_date",
    "ts_or_ds_to_date": "date",
    "ts_or_ds_add": "date_add",
    "pad": "lpad",
    "array_contains": "list_contains",
    "timestamp_from_parts": "make_timestamp",
    "time_to_unix": "epoch",
}
"""What sqlglot calls a function, and the allowed one that it stands for."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_LONGEST = 100_000
_WIDEST = 100_000
_COLUMN_WIDTH = 100
_FOREIGN_TYPES = (exp.DType.USERDEFINED, exp.DType.UNKNOWN, exp.DType.OBJECT, exp.DType.ENUM)


def read_expression(text: str, place: Place | None) -> exp.Expr:
    """Parse and check one expression. Raises KgiError for SQL that cannot be read and for what is not allowed in it."""
    found = _checked(text)
    if isinstance(found, Unreadable):
        raise KgiError(finding("metric_expression_syntax", place, text=_short(text), problem=found.problem))
    if isinstance(found, NotAllowed):
        near = did_you_mean(found.name, [each for each in FUNCTIONS if each[0] == found.name[0].lower()])
        raise KgiError(finding("metric_not_allowed", place, hint=near, text=_short(text), name=found.name))
    return found.copy()


@dataclass(frozen=True)
class Unreadable:
    """Why a text is no expression."""

    problem: str


@dataclass(frozen=True)
class NotAllowed:
    """What an expression may not use."""

    name: str


@lru_cache(maxsize=4096)
def _checked(text: str) -> exp.Expr | Unreadable | NotAllowed:
    if len(text) > _LONGEST:
        return Unreadable(f"it is longer than {_LONGEST} characters")
    if _CONTROL.search(text):
        return Unreadable("it holds a character that cannot be seen")
    try:
        tree = _parsed(text)
        if tree is None:
            return Unreadable("this is more than one expression")
        name = next((each for each in map(_refused, tree.walk()) if each is not None), None)
        if name is not None:
            return NotAllowed(name)
        if _width(tree) > _WIDEST:
            return Unreadable("it makes too long a text of each row")
        tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)  # what cannot be written is not read either
    except SqlglotError as error:
        return Unreadable(str(error).splitlines()[0].split(". Line")[0])
    except RecursionError:
        return Unreadable("it is nested too deeply")
    except (ValueError, TypeError, LookupError, AttributeError):  # what sqlglot makes of arguments that a function does not take
        return Unreadable("a function is called with arguments that it does not take")
    return guarded(tree)


def _parsed(text: str) -> exp.Expr | None:
    """Parse one expression without its comments; None where the text is not exactly one."""
    trees = [each for each in parse(f"select ({text}\n)", dialect="duckdb") if each is not None]
    select = trees[0] if len(trees) == 1 else None
    inner = select.expressions[0] if isinstance(select, exp.Select) and len(select.expressions) == 1 else None
    if select is None or not isinstance(inner, exp.Paren):
        return None
    if any(value for key, value in select.args.items() if key != "expressions"):
        return None
    tree: exp.Expr = inner.this
    for node in tree.walk():
        node.pop_comments()
    return tree


def _refused(node: exp.Expr) -> str | None:
    """Return the name of what is not allowed at this node, or None."""
    match node:
        case exp.AggFunc():
            return node.sql_name().lower()
        case exp.Anonymous():
            return None if node.name.lower() in FUNCTIONS else node.name
        case exp.Column() if node.table:
            return node.sql("duckdb")
        case exp.DataType() if node.this in _FOREIGN_TYPES:
            return node.sql("duckdb")
        case exp.In() if node.args.get("query") or node.args.get("unnest"):
            return "in"
        case _ if type(node) in _FORMS:
            return None
        case exp.Func():
            name = node.sql_name().lower()
            return None if _SPELLINGS.get(name, name) in FUNCTIONS else name
        case _:
            return node.key


def _width(tree: exp.Expr) -> int:
    """Estimate the length of the text that an expression makes of one row: functions that multiply may not be piled up.

    A column counts as 100 characters. DuckDB does not watch its memory limit while it makes one text.
    """
    inner = sum(_width(each) for each in tree.iter_expressions())
    match tree:
        case exp.Literal():
            return len(tree.name)
        case exp.Column():
            return _COLUMN_WIDTH
        case exp.Repeat():
            return _width(tree.this) * _count(tree.args.get("times"))
        case exp.Pad():
            return inner + _count(tree.expression)
        case exp.Replace() | exp.RegexpReplace():
            new = tree.args.get("replacement")
            return _width(tree.this) * max(1, _width(new) if new is not None else 1)
        case _:
            return inner


def _count(tree: exp.Expr | None) -> int:
    """Return a number of characters; one that is not written out may be any."""
    return int(tree.name) if isinstance(tree, exp.Literal) and tree.is_int and not tree.is_string else _WIDEST + 1


_TRUTHS = (
    *(exp.Predicate, exp.Boolean, exp.Null, exp.Column, exp.Case, exp.If, exp.Coalesce, exp.Bracket, exp.StructExtract),
    *(
        exp.RegexpLike,
        exp.RegexpILike,
        exp.RegexpFullMatch,
        exp.Contains,
        exp.StartsWith,
        exp.EndsWith,
        exp.ArrayContains,
        exp.IsNan,
    ),
)
_TRUE_BY_NAME = frozenset(("contains", "prefix", "suffix", "starts_with", "ends_with", "regexp_full_match", "isfinite"))


def is_condition(tree: exp.Expr) -> bool:
    """Tell whether an expression may be true or false; a number, a text or a sum never is."""
    match tree:
        case exp.Paren() | exp.Not() | exp.Escape():
            return is_condition(tree.this)
        case exp.And() | exp.Or():
            return is_condition(tree.this) and is_condition(tree.expression)
        case exp.Cast():
            return bool(tree.to.this == exp.DType.BOOLEAN)
        case exp.Anonymous():
            return tree.name.lower() in _TRUE_BY_NAME
        case _:
            return isinstance(tree, _TRUTHS)


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
