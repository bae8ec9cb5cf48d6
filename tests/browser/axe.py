"""Accessibility checks of a page in the browser, by axe-core (a development dependency of the frontend)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const result = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  return result.violations;
}"""
SERIOUS = {"serious", "critical"}


def serious_violations(page: Page) -> list[str]:
    """Return what stands in somebody's way on this page, one line for each element, best an empty list."""
    return [
        _line(violation, node)
        for violation in violations(page)
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def violations(page: Page) -> list[dict[str, Any]]:
    """Return every violation that axe finds, the small ones too."""
    page.evaluate(_axe())
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found


@lru_cache(maxsize=1)
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def _line(violation: dict[str, Any], node: dict[str, Any]) -> str:
    summary = " ".join(node["failureSummary"].split())
    return f"{violation['id']} ({violation['impact']}): {node['html'][:160]} - {summary[:300]}"
