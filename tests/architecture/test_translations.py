"""Every text a person reads is there in Korean and in English."""

from __future__ import annotations

import subprocess
import sys

from config.settings import ROOT


def test_no_text_is_untranslated() -> None:
    found = subprocess.run(
        [sys.executable, ROOT / "bin" / "translate", "--check"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
