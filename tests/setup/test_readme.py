"""What the README says about settings is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import relock
from config.settings import Settings
from mta.settings import Settings as MtaSettings

README = Path(__file__).resolve().parent.parent.parent / "README.md"
ROW = re.compile(r"^\| `(?P<name>MESSAGEPARK_\w+)`[^|]*\| `(?P<default>[^`]+)`", re.MULTILINE)
DESCRIBED_IN_WORDS = {
    "MESSAGEPARK_SECRET_KEY", "MESSAGEPARK_VAR", "MESSAGEPARK_SYSTEM_SENDER", "MESSAGEPARK_OPERATOR_HOST"
}  # fmt: skip


def test_every_setting_in_the_readme_exists() -> None:
    text = README.read_text()
    fields = {f"MESSAGEPARK_{name.upper()}" for name in Settings.__dataclass_fields__}
    fields |= {f"MTA_{name.upper()}" for name in MtaSettings.__dataclass_fields__} | {relock.OLD_SECRET}
    assert set(re.findall(r"\b(?:MESSAGEPARK|MTA)_[A-Z0-9_]+", text)) <= fields


@pytest.mark.parametrize(("name", "default"), sorted(set(ROW.findall(README.read_text()))))
def test_defaults_in_the_readme_are_the_real_ones(name: str, default: str) -> None:
    if name not in DESCRIBED_IN_WORDS:
        assert str(getattr(Settings(), name.removeprefix("MESSAGEPARK_").lower())) == default
