"""Say what was measured: a table for people, JSON for everything else."""

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.stages import STAGES

RESULTS = Path("benchmarks/results")


def show(runs: Sequence[Mapping[str, Any]], others: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Print the runs, their stages, and what they are compared with."""
    console = Console(width=120)
    table = Table(title="Due to settled", title_justify="left")
    for heading in (
        *("store", "briefs", "processes", "CPU s per 1,000", "of it planning", "database"),
        *("briefs/s", "sending/s", "of the limit", "peak MB", "planned in s"),
    ):
        table.add_column(heading, justify="left" if heading == "store" else "right")
    for run in runs:
        table.add_row(
            run["store"],
            f"{run['planned']:,}",
            str(run["processes"]),
            f"{run['worker_cpu_s_per_1000']:.3f}",
            f"{run['plan_cpu_s_per_1000']:.3f}",
            f"{run['database_cpu_s_per_1000']:.3f}",
            f"{run['briefs_per_s']:,.0f}",
            f"{run['sending_per_s']:,.0f}",
            f"{run['of_limit']:.2f}" if run.get("of_limit") else "-",
            f"{run['worker_rss_mb']:.0f}",
            f"{run['plan_seconds']:.1f}",
        )
    console.print(table)
    console.print(_stage_table(runs))
    console.print(_other_table(others))
    for name in ("dkim", "real_links", "footprint"):
        for measure, found in (others.get(name) or {}).items():
            console.print(f"{name}: {measure.replace('_', ' ')} {found:,.3g}")
    for run in runs:
        if run["accepted"] != run["expected"]:
            console.print(
                f"{run['store']}: {run['accepted']} of {run['expected']} accepted", style="red"
            )
        if run["stages_not_found"]:
            console.print("no longer there to measure:", *run["stages_not_found"])


def write(
    runs: Sequence[Mapping[str, Any]],
    others: Mapping[str, Mapping[str, Any] | None],
    *,
    command: str,
) -> Path:
    """Write benchmarks/results/latest.json; return its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "latest.json"
    content = {
        "command": command,
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "runs": [_rounded(run) for run in runs],
        **{name: None if value is None else _rounded(value) for name, value in others.items()},
    }
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return path


def _stage_table(runs: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Microseconds of CPU a brief, by stage", title_justify="left")
    table.add_column("stage")
    for run in runs:
        table.add_column(f"{run['store']} {run['planned']:,} x{run['processes']}", justify="right")
    for stage in STAGES:
        table.add_row(stage, *(f"{run['stage_us'].get(stage, 0.0):.1f}" for run in runs))
    table.add_row(
        "all of them",
        *(f"{sum(run['stage_us'].values()):.1f}" for run in runs),
        style="bold",
    )
    return table


def _other_table(others: Mapping[str, Mapping[str, Any] | None]) -> Table:
    table = Table(title="To compare with, same sink", title_justify="left")
    for heading in ("way", "mails/s", "CPU s per 1,000"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for name, value in others.items():
        if value is None:
            table.add_row(name, "not installed", "")
            continue
        if "briefs_per_s" not in value:
            continue
        cpu = value.get("worker_cpu_s_per_1000", value.get("cpu_s_per_1000", 0.0))
        table.add_row(name, f"{value['briefs_per_s']:,.0f}", f"{cpu:.3f}")
    return table


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: short(inner) for name, inner in value.items()}
        return round(value, 4) if isinstance(value, float) else value

    return {name: short(value) for name, value in values.items()}
