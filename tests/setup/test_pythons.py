"""A machine's Python: which one is taken, and what is said without one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.pythons import SUPPORTED, refusal, require_supported_python

BIN = Path(__file__).resolve().parent.parent.parent / "bin"
COMMANDS = ["up", "test", "bench", "translate", "demo-reset"]


def test_refusal_is_one_sentence_that_names_both_versions() -> None:
    assert refusal((3, 9)) == (
        "messagepark needs Python 3.11 or 3.12, but python3 is 3.9 here: install python3.11 and start again."
    )


def test_this_python_is_supported() -> None:
    assert sys.version_info[:2] in SUPPORTED
    require_supported_python()


@pytest.mark.parametrize("path", [*(BIN / name for name in COMMANDS), BIN / "launcher" / "pythons.py"], ids=str)
def test_old_pythons_can_read_what_they_see(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_executable(name: str) -> None:
    assert os.access(BIN / name, os.X_OK)


def test_a_shim_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    code = "from launcher.pythons import find_supported_python as find; print(find())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(BIN)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "None\n"
