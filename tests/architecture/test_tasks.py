"""Tasks are named by strings, so the strings are checked."""

from __future__ import annotations

import ast

import pytest

from config.settings import ROOT
from worker.registry import TASKS

SOURCES = [path for part in ("app", "worker") for path in sorted((ROOT / part).rglob("*.py"))]


def names_used() -> set[str]:
    """First arguments of `enqueue(…)` and `Task(…)` calls that are literals."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in ("enqueue", "Task"):
                    found.add(str(node.args[0].value))
    return found


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_name_resolves(name: str) -> None:
    assert callable(TASKS[name].load())


def test_every_name_that_is_enqueued_is_registered() -> None:
    assert names_used() <= set(TASKS)
    assert len(names_used()) > 3
