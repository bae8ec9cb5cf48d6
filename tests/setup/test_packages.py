"""A Debian Python without `ensurepip`: the package that brings it is installed where allowed, else named."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from launcher import debian, packages
from launcher.terminal import Refusal


@pytest.fixture(autouse=True)
def _without_ensurepip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(packages, "run_logged", lambda *_args, **_options: None)


def test_missing_venv_module_is_one_sentence_where_nothing_may_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "may_install", lambda: False)
    with pytest.raises(Refusal, match=r"install it with `sudo apt-get install python3\.\d+-venv` and start again\."):
        packages._make_venv()


def test_missing_venv_module_is_installed_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(debian, "may_install", lambda: True)
    monkeypatch.setattr(debian, "install", lambda *names: bool(installed.extend(names)) or True)
    packages._make_venv()
    assert len(installed) == 1
    assert installed[0].endswith("-venv")


def test_venv_that_is_a_link_is_refused_and_what_it_points_to_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("precious")
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(packages, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(packages, "run_logged", lambda *_args, **_options: pytest.fail("it was made all the same"))
    with pytest.raises(Refusal, match="symbolic link"):
        packages._make_venv()
    assert (tmp_path / "elsewhere" / "kept").exists()


def test_venv_of_another_folder_is_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("command = /usr/bin/python3 -m venv /elsewhere/.venv\n")
    assert not packages._venv_works()
