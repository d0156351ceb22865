"""The system's Chromium, started for tests: no network, a fresh profile, all that a page says and asks for written down."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAPER = 718
"""Width of what is printed on A4 between margins of 1 cm, in CSS pixels."""

Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class View:
    """A page that has been opened, with what it said and asked for on the way: console, errors, requests."""

    page: Page
    file: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def screen(self, width: int, scheme: Scheme = "light") -> Page:
        """Show the page on a screen of a width in CSS pixels, with every `<details>` as closed as it was written."""
        return self._shown(width, scheme, "screen", opened=False)

    def opened(self, width: int, scheme: Scheme = "light") -> Page:
        """Show the page on a screen with every `<details>` open."""
        return self._shown(width, scheme, "screen", opened=True)

    def paper(self, scheme: Scheme = "light") -> Page:
        """Show the page as it is laid out for A4."""
        return self._shown(PAPER, scheme, "print", opened=False)

    def _shown(self, width: int, scheme: Scheme, media: Literal["screen", "print"], *, opened: bool) -> Page:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media=media, color_scheme=scheme)
        self.page.evaluate(
            "open => document.querySelectorAll('details').forEach(each => {"
            " each.dataset.written ??= each.open ? 'open' : ''; each.open = open || each.dataset.written === 'open' })",
            opened,
        )
        return self.page


def missing() -> str | None:
    """Say why pages cannot be looked at on this machine; None where they can."""
    if chromium() is None:
        return f"no Chromium: none of {', '.join(NAMES)} is on the PATH, and KGI_CHROMIUM names none"
    if shutil.which("fc-list") is None or not _said("fc-list", ":lang=ja"):
        return "no Japanese font: fc-list :lang=ja finds none"
    return None


def chromium() -> str | None:
    """Return the browser's program: what KGI_CHROMIUM names, else what the system has."""
    return os.environ.get("KGI_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def started() -> Iterator[Browser]:
    """Start the system's Chromium and close it afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, file: Path) -> Iterator[View]:
    """Open a file as a reader without a network does, in a profile of its own."""
    with browser.new_context(offline=True, viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        view = View(context.new_page(), file)
        view.page.on("console", lambda message: view.said.append(f"{message.type}: {message.text}"))
        view.page.on("pageerror", lambda error: view.said.append(f"error: {error}"))
        context.on("request", lambda request: view.asked.append(request.url))
        view.page.goto(file.as_uri(), wait_until="load")
        yield view
