"""Template text -> SQL text, and the way back: from a place in the SQL to file, line and column as the author wrote it.

StrictUndefined, sandboxed. Macros of `models/macros/` are visible in every template by name, as in dbt.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.environment import Template
from jinja2.sandbox import SandboxedEnvironment

from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_FIRST_OF_LINE = re.compile(r"(?:^|(?<=\n))[^\S\n]*(?=\S)")
_MARK = re.compile("\ue000([ds])(\\d+):(\\d+)\ue001")


@dataclass(frozen=True)
class Rendered:
    """A filled template. `at` maps an offset in `text` to the place in the file that it came from."""

    path: str
    source: str
    text: str
    _marked: Callable[[], tuple[str, tuple[tuple[str, str], ...]]]

    def at(self, offset: int) -> Place:
        """Return the author's file, line and column for a character offset in `text`."""
        marked, files = self._marked()
        if _MARK.sub("", marked) != self.text:  # a template that computes with its own text: the line has to do
            return Place(self.path, min(self.text.count("\n", 0, offset), self.source.count("\n")) + 1)
        kind, file, origin, behind = _nearest_mark(marked, offset)
        path, source = files[file]
        if kind == "d":
            origin += behind
        origin = min(origin, len(source))
        line_start = source.rfind("\n", 0, origin) + 1
        return Place(path, source.count("\n", 0, origin) + 1, origin - line_start + 1)


def _nearest_mark(marked: str, offset: int) -> tuple[str, int, int, int]:
    """Return kind, file number, source offset of the last mark at or before `offset`, and how far behind it we are."""
    best, removed = ("d", 0, 0, offset), 0
    for mark in _MARK.finditer(marked):
        position = mark.start() - removed
        if position > offset:
            break
        best = (mark[1], int(mark[2]), int(mark[3]), offset - position)
        removed += mark.end() - mark.start()
    return best


class Templates:
    """All templates of a project: the macros and the functions they may call. `functions` are looked up by name."""

    def __init__(self, functions: Mapping[str, Any], macros: tuple[tuple[str, str], ...] = ()) -> None:
        self._functions, self._macros = dict(functions), macros
        self._plain = _environment(self._functions, macros)
        self._marking: SandboxedEnvironment | None = None

    def render(self, source: str, path: str) -> Rendered:
        """Fill one template. Raises KgiError with the line for a mistake in the template."""
        text = _fill(self._plain, source, path)
        return Rendered(path, source, text, lambda: self._render_marked(source, path))

    def _render_marked(self, source: str, path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        files = ((path, source), *self._macros)
        if self._marking is None:
            marked = tuple((name, _mark(text, number + 1)) for number, (name, text) in enumerate(self._macros))
            self._marking = _environment(self._functions, marked)
        return _fill(self._marking, _mark(source, 0), path), files


def fill(source: str, path: str, names: Mapping[str, Any]) -> str:
    """Fill a template that stands alone (profiles.yml): `names` and env_var() may be used."""
    return _fill(_environment({"env_var": env_var, **names}, ()), source, path)


class HtmlTemplates:
    """The HTML templates of a folder: what they are filled with is escaped, an unknown name is an error."""

    def __init__(self, folder: Path, filters: Mapping[str, Callable[..., object]]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters.update(filters)

    def render(self, name: str, **values: Any) -> str:
        """Fill a template of the folder."""
        return self._environment.get_template(name).render(**values)


_NO_DEFAULT = object()


def env_var(name: str, default: Any = _NO_DEFAULT) -> Any:
    """Return an environment variable as text. Raises KgiError where it is not set and no default is given."""
    value = os.environ.get(name, default)
    if value is _NO_DEFAULT:
        raise KgiError(finding("env_var_missing", name=name))
    return value


def _environment(functions: Mapping[str, Any], macros: tuple[tuple[str, str], ...]) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.globals.clear()
    environment.globals.update(functions)
    for path, text in macros:
        module = _compile(environment, text, path).make_module()
        environment.globals.update({name: each for name, each in vars(module).items() if not name.startswith("_")})
    return environment


def _compile(environment: SandboxedEnvironment, source: str, path: str) -> Template:
    try:
        code = environment.compile(source, path, path)
        return Template.from_code(environment, code, environment.globals, None)
    except TemplateSyntaxError as error:
        raise KgiError(finding("template_syntax", Place(path, error.lineno), problem=error.message or "")) from error


def _fill(environment: SandboxedEnvironment, source: str, path: str) -> str:
    template = _compile(environment, source, path)
    try:
        return template.render()
    except UndefinedError as error:
        name = (re.findall(r"'([^']+)'", str(error)) or ["?"])[0]
        near = did_you_mean(name, [str(each) for each in environment.globals])
        raise KgiError(finding("template_undefined", _place_of(error, path, source, name), hint=near, name=name)) from error
    except KgiError as error:
        raise KgiError([_placed(each, error, path, source) for each in error.findings]) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise KgiError(finding("template_failed", _line_of(error, path), problem=str(error))) from error


def _placed(each: Finding, error: BaseException, path: str, source: str) -> Finding:
    """Give a finding that a function of the template raised the place of the call: where its first argument stands."""
    if each.place is not None:
        return each
    words = [str(value) for key, value in each.arguments if key in ("name", "source", "key", "value")]
    return replace(each, place=_place_of(error, path, source, words[0] if words else ""))


def _place_of(error: BaseException, path: str, source: str, word: str) -> Place:
    """Return the line of a traceback, and the column of a word where it stands just once in that line."""
    place = _line_of(error, path)
    lines = source.splitlines()
    if place.path != path or place.line is None or place.line > len(lines) or not word:
        return place
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", lines[place.line - 1])]
    return replace(place, column=found[0] + 1) if len(found) == 1 else place


def _line_of(error: BaseException, path: str) -> Place:
    """Return the innermost template line of a traceback (Jinja maps its frames to template lines)."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith((".sql", ".yml")) and not frame.filename.startswith(os.sep):
            return Place(frame.filename, frame.lineno)
    return Place(path, 1)


def _mark(source: str, file: int) -> str:
    """Put a mark before the first character of every line of template data, and before every expression."""
    pieces, end = [], 0
    for tag in (*_TAG.finditer(source), None):
        start = tag.start() if tag else len(source)
        data = source[end:start]
        origin = end

        def marked(found: re.Match[str], origin: int = origin) -> str:
            return f"{found[0]}\ue000d{file}:{origin + found.end()}\ue001"

        pieces.append(_FIRST_OF_LINE.sub(marked, data))
        if tag:
            opens = tag[0].startswith("{{") and not tag[0].startswith("{{-")
            pieces.append((f"\ue000s{file}:{tag.start()}\ue001" if opens else "") + tag[0])
            end = tag.end()
    return "".join(pieces)
