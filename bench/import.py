"""Rows a second of an import, from file to subscribed people: CSV in UTF-8 and CP949, XLSX; COPY as the limit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import xlsxwriter

from bench import harness
from bench.harness import ROOT, Product

HEADER = ("이름", "이메일", "전화번호", "지역")
TOWNS = ("서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종")
FAMILIES = ("김", "이", "박", "최", "정", "강", "조", "윤")
DOMAINS = ("example.com", "mail.example.net", "company.example.org", "news.example.kr")


def rows(count: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield people; every hundredth address is wrong, so that there is something to refuse."""
    for n in range(count):
        address = f"reader.{n}@{DOMAINS[n % 4]}" if n % 100 else f"reader.{n}.{DOMAINS[n % 4]}"
        yield f"{FAMILIES[n % 8]}독자{n}", address, f"010-{n // 10_000 % 10_000:04}-{n % 10_000:04}", TOWNS[n % 8]


def write_csv(path: Path, count: int, encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(",".join(HEADER) + "\r\n")
        file.writelines(",".join(row) + "\r\n" for row in rows(count))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *rows(count)]):
            sheet.write_row(number, 0, row)
    return path


def child(product: Product, path: Path, *options: str) -> dict[str, float]:
    """Run one import in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.bring_in", str(path), *options]
    answer = subprocess.run(command, cwd=ROOT, env=product.env, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return result


def imported(product: Product, path: Path, count: int) -> Mapping[str, float]:
    result = child(product, path)
    expected = count - (count + 99) // 100
    assert result["added"] == expected, f"{result['added']} of {expected} came in"
    steps = {name: result[name] for name in ("begin_s", "read_s", "merge_s")}
    return {"rate": count / sum(steps.values()), **steps, "rss_mb": result["peak_rss_mb"]}


def main() -> None:
    options = harness.parser(__doc__ or "").parse_args()
    count, sheet_count, rounds = (50_000, 20_000, 1) if options.quick else (1_000_000, 200_000, options.rounds)
    with harness.product() as product:
        utf8 = write_csv(product.var / "utf8.csv", count, "utf-8")
        cp949 = write_csv(product.var / "cp949.csv", count, "cp949")
        xlsx = write_xlsx(product.var / "people.xlsx", sheet_count)
        runs: dict[str, Callable[[], Mapping[str, float]]] = {
            "csv_utf8": lambda: imported(product, utf8, count),
            "csv_cp949": lambda: imported(product, cp949, count),
            "xlsx": lambda: imported(product, xlsx, sheet_count),
            "copy_limit": lambda: {"rate": count / child(product, utf8, "--copy")["copy_s"]},
        }
        figures = harness.in_turn(rounds, runs)
    figures["csv_to_copy_ratio"] = figures["csv_utf8_rate"] / figures["copy_limit_rate"]
    figures["rss_mb"] = max(figures["csv_utf8_rss_mb"], figures["csv_cp949_rss_mb"], figures["xlsx_rss_mb"])
    notes = [f"{count:,} rows CSV, {sheet_count:,} rows XLSX, 1 % of them refused; one process reads and merges"]
    harness.report("import", figures, notes)


if __name__ == "__main__":
    main()
