"""What a report page is made of: findings, each with its drawing and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.reports.charts import Chart
from app.reports.tables import Table


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is shown, said in a sentence; how it is counted stands in the hint. The chips choose among its kinds."""

    finding: str
    table: Table
    picture: Chart | None = None
    hint: str = ""
    chips: Sequence[dict[str, Any]] = ()
