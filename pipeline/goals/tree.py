"""What a goal tree says, as text -> expressions over metric names: + - * / and `sum over <dimension> (...)`.

The grammar is small on purpose: numbers stand in `plan_rates`, with their source, never inside a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

MOST_TOKENS = 300
"""How many names and marks a formula may have: every part of it is read, and worked out, inside another."""
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[-+*/()])|(?P<other>\S))")


@dataclass(frozen=True)
class Name:
    """A metric or a plan rate."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two expressions and what joins them."""

    operator: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression


@dataclass(frozen=True)
class SumOver:
    """The sum of an expression over the members of a dimension."""

    dimension: str
    inner: Expression


Expression = Name | Operation | SumOver
Tree = tuple[tuple[str, Expression], ...]


class TreeError(ValueError):
    """A formula that is not of this grammar; says what stands at which character (from 1)."""


def parse(text: str) -> Expression:
    """Read one formula. Raises TreeError for anything but names, + - * /, brackets and `sum over <dimension> (...)`."""
    tokens = _tokens(text)
    if len(tokens) > MOST_TOKENS:
        raise TreeError(f"it has {len(tokens)} names and marks, more than {MOST_TOKENS}")
    expression, rest = _sum(tokens)
    if rest:
        raise TreeError(f"'{rest[0][1]}' at character {rest[0][2]} does not continue the formula")
    return expression


def names(expression: Expression) -> tuple[str, ...]:
    """Return the names of an expression in the order they stand, each once."""
    return tuple(dict.fromkeys(_names(expression)))


def dimensions(expression: Expression) -> tuple[str, ...]:
    """Return the dimensions that an expression sums over, in the order they stand; of a sum within a sum the outer one."""
    match expression:
        case SumOver(dimension, _):
            return (dimension,)
        case Operation(_, left, right):
            return (*dimensions(left), *dimensions(right))
        case _:
            return ()


def written(expression: Expression) -> str:
    """Write an expression as its formula, with the brackets it needs: what `parse` reads back as the same expression."""
    match expression:
        case Name(name):
            return name
        case SumOver(dimension, inner):
            return f"sum over {dimension} ({written(inner)})"
        case Operation(operator, left, right):
            product = operator in ("*", "/")
            first, second = written(left), written(right)
            if product and isinstance(left, Operation) and left.operator in ("+", "-"):
                first = f"({first})"
            if isinstance(right, Operation) and (product or right.operator in ("+", "-")):
                second = f"({second})"
            return f"{first} {operator} {second}"


def evaluate(expression: Expression, values: Mapping[str, float]) -> float | None:
    """Return the value of an expression; None when a name has no value or a divisor is zero.

    A sum over a dimension is evaluated at its total: the plan holds one rate for all members.
    """
    match expression:
        case Name(name):
            return values.get(name)
        case SumOver(_, inner):
            return evaluate(inner, values)
        case Operation(operator, left, right):
            a, b = evaluate(left, values), evaluate(right, values)
            return None if a is None or b is None else apply(operator, a, b)


def apply(operator: Literal["+", "-", "*", "/"], a: float, b: float) -> float | None:
    """Carry out one operation; None for a division by zero."""
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b if b else None


def factors(expression: Expression) -> tuple[str, ...] | None:
    """Return the names of a product, sums over a dimension included; None for a formula with +, - or a division."""
    match expression:
        case Name(name):
            return (name,)
        case SumOver(_, inner):
            return factors(inner)
        case Operation("*", left, right):
            parts = factors(left), factors(right)
            return None if None in parts else tuple(dict.fromkeys((*(parts[0] or ()), *(parts[1] or ()))))
        case _:
            return None


def cycle(tree: Tree) -> tuple[str, ...]:
    """Return the names of one circle of the tree, its first name again at the end; empty when there is none."""
    edges = {node: names(expression) for node, expression in tree}
    done: set[str] = set()

    def walk(node: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if node in path:
            return (*path[path.index(node) :], node)
        if node in done or node not in edges:
            return ()
        for child in edges[node]:
            if found := walk(child, (*path, node)):
                return found
        done.add(node)
        return ()

    return next((found for node in sorted(edges) if (found := walk(node, ()))), ())


def reached(tree: Tree, root: str) -> frozenset[str]:
    """Return the names on a path down from the root, the root included."""
    edges = {node: names(expression) for node, expression in tree}
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(edges.get(node, ()))
    return frozenset(seen)


def orphans(tree: Tree, root: str) -> tuple[str, ...]:
    """Return the nodes that no path joins to the root.

    A node may also stand beside the path: `wins: valid_opportunities * win_rate` is no part of the goal, but follows from it.
    """
    joined = set(reached(tree, root))
    grew = True
    while grew:
        beside = {node for node, expression in tree if node not in joined and joined.intersection(names(expression))}
        below = {name for node, expression in tree if node in joined | beside for name in names(expression)}
        grew = not (beside | below) <= joined
        joined |= beside | below
    return tuple(node for node, _ in tree if node not in joined)


def nodes(tree: Tree, root: str) -> tuple[str, ...]:
    """Return every name of the tree once: the root, then as the lines of the tree give them."""
    listed = [root]
    for node, expression in tree:
        listed.extend((node, *names(expression)))
    return tuple(dict.fromkeys(listed))


def _names(expression: Expression) -> Iterator[str]:
    match expression:
        case Name(name):
            yield name
        case SumOver(_, inner):
            yield from _names(inner)
        case Operation(_, left, right):
            yield from _names(left)
            yield from _names(right)


Token = tuple[str, str, int]


def _tokens(text: str) -> tuple[Token, ...]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        word = match[kind]
        if kind == "other":
            raise TreeError(f"'{word}' at character {match.start(kind) + 1} is not a metric name and not one of + - * / ( )")
        found.append((kind, word, match.start(kind) + 1))
    if not found:
        raise TreeError("the formula is empty")
    return tuple(found)


def _sum(tokens: tuple[Token, ...]) -> tuple[Expression, tuple[Token, ...]]:
    left, tokens = _product(tokens)
    while tokens and tokens[0][1] in ("+", "-"):
        operator: Literal["+", "-"] = "+" if tokens[0][1] == "+" else "-"
        right, tokens = _product(tokens[1:])
        left = Operation(operator, left, right)
    return left, tokens


def _product(tokens: tuple[Token, ...]) -> tuple[Expression, tuple[Token, ...]]:
    left, tokens = _atom(tokens)
    while tokens and tokens[0][1] in ("*", "/"):
        operator: Literal["*", "/"] = "*" if tokens[0][1] == "*" else "/"
        right, tokens = _atom(tokens[1:])
        left = Operation(operator, left, right)
    return left, tokens


def _atom(tokens: tuple[Token, ...]) -> tuple[Expression, tuple[Token, ...]]:
    if not tokens:
        raise TreeError("the formula ends where a metric name is missing")
    (kind, word, at), rest = tokens[0], tokens[1:]
    if word == "(":
        inner, rest = _sum(rest)
        return inner, _closed(rest)
    # `sum` is a metric's name like any other unless `over <dimension> (` follows
    if word == "sum" and [each[1] for each in rest[:1]] == ["over"]:
        return _sum_over(rest)
    if kind == "name":
        return Name(word), rest
    raise TreeError(f"'{word}' at character {at} stands where a metric name is missing")


def _sum_over(rest: tuple[Token, ...]) -> tuple[Expression, tuple[Token, ...]]:
    if len(rest) < 3 or rest[1][0] != "name" or rest[2][1] != "(":
        raise TreeError("write: sum over <dimension> ( ... )")
    inner, after = _sum(rest[3:])
    return SumOver(rest[1][1], inner), _closed(after)


def _closed(rest: tuple[Token, ...]) -> tuple[Token, ...]:
    if not rest or rest[0][1] != ")":
        raise TreeError("a bracket is not closed")
    return rest[1:]
