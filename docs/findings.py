"""The message catalogue -> docs/findings.md: `python -m docs.findings`. A test holds the page against the catalogue."""

from __future__ import annotations

from pathlib import Path

from pipeline.messages import (
    agreements,
    expectations,
    exports,
    goals,
    ground,
    guardrails,
    initiatives,
    metrics,
    models,
    questions,
    run,
    sources,
)
from pipeline.messages.shape import Message

PAGE = Path(__file__).with_suffix(".md")
ROOMS: tuple[tuple[str, dict[str, Message]], ...] = (
    ("YAML, templates, SQL and profiles", ground.MESSAGES),
    ("Exports and loads", sources.MESSAGES),
    ("Models", models.MESSAGES),
    ("Expectations", expectations.MESSAGES),
    ("Metrics", metrics.MESSAGES),
    ("Questions", questions.MESSAGES),
    ("Goals", goals.MESSAGES),
    ("Agreements", agreements.MESSAGES),
    ("Initiatives", initiatives.MESSAGES),
    ("Guardrails", guardrails.MESSAGES),
    ("Runs, the warehouse and publishing", run.MESSAGES),
    ("Tables for people", exports.MESSAGES),
)
HEAD = """# Findings

Everything that kgi can say about your files, your data and your machine, by code. Words in braces are filled in.
`kgi run --json` and the status file name the code of each finding; the terminal shows the sentence in the company's language.

What follows from a finding is its severity: an **error** stops before anything is done (exit 2), something **unsound** stops what
depends on it and publishing (exit 1), an **alarm** is published and shown, a **warning** and an **info** are shown.

This page is made from the catalogue by `python -m docs.findings`.
"""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for title, messages in ROOMS:
        parts.append(f"\n# {title}\n")
        parts.extend(section(code, messages[code]) for code in sorted(messages))
    return "".join(parts)


def section(code: str, message: Message) -> str:
    """Return the section of one finding: the sentence in both languages and what to do."""
    lines = [f"\n## {code}\n", message.en, "", f"{message.ja}", ""]
    if message.hint_en:
        lines += [f"*What to do.* {message.hint_en}", "", f"*対処.* {message.hint_ja}", ""]
    return "\n".join(lines).replace("{{", "{").replace("}}", "}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
