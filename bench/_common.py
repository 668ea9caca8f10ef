# SPDX-License-Identifier: Apache-2.0
"""What every benchmark here shares: data, starts, intervals, a table, a line of record.

A benchmark prints one table and appends one JSON line to ``results/NAME.jsonl``. Times are
compared within one run only; the load of the machine is printed beside them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen
from scipy.stats import t
from threadpoolctl import threadpool_limits

from loopwright.core.ports import Proposer
from loopwright.core.values import RawFile
from loopwright.loop.replay import Plan, Replayed, _campaign, replay
from loopwright.loop.run import advance, look
from loopwright.loop.series import Series
from loopwright.loop.state import State

__all__ = [
    "BENCH",
    "Bought",
    "ACE_VALUE",
    "ace_file",
    "ace_rows",
    "ace_train",
    "ask_baybe",
    "bought",
    "environment",
    "finish",
    "load",
    "mean_interval",
    "parser",
    "replays",
    "shared_file",
    "table",
]

BENCH = Path(__file__).resolve().parent
EXIT_NO_DATA = 3
ACE_VALUE = "y [pEC50/pKi]"
"""Column of the p-values of MoleculeACE."""

PACKAGES = ("numpy", "scipy", "scikit-learn", "lightgbm", "rdkit", "loopwright")


@frozen(kw_only=True)
class Bought:
    """How far a campaign has come after its start or a batch."""

    rows: list[int]
    """All rows of the series bought so far, ascending."""

    wall_s: float
    """Of this batch: training with cross-validation, scoring, choice, explanation, ledger."""

    cpu_s: float


def parser(doc: str | None, *, seeds: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with the arguments that benchmarks have in common."""
    p = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    p.add_argument("--no-record", action="store_true", help="append nothing to results/")
    if seeds is not None:
        p.add_argument("--seeds", type=int, default=seeds, help="repetitions, each its own start")
        p.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    return p


def shared_file(relative: str) -> RawFile:
    """Return a file of the shared data beside the checkout; end the run if there is none."""
    path = BENCH.parent.parent / "shared" / "data" / relative
    if not path.is_file():
        print(f"NOT RUN: needs ../shared/data/{relative} beside the checkout", file=sys.stderr)
        raise SystemExit(EXIT_NO_DATA)
    return RawFile(name=path.name, content=path.read_bytes())


def environment(name: str, *packages: str) -> Path:
    """Return the Python of a peer's own environment, ``.envs/NAME``; install it if need be."""
    folder = BENCH / ".envs" / name
    python, stamp = folder / "bin" / "python", folder / ".stamp"
    if not stamp.exists():
        print(f"installing {', '.join(packages)} into bench/.envs/{name}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "torch==2.13.0"], check=True)
        subprocess.run([*pip, *packages], check=True)
        stamp.touch()
    return python


def ace_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a MoleculeACE target."""
    content = gzip.decompress(shared_file(f"series/moleculeace/{name}.csv.gz").content)
    return list(csv.DictReader(io.StringIO(content.decode())))


def ace_file(name: str) -> RawFile:
    """Return the molecules of a MoleculeACE target with their p-values, named ``pKi``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["smiles", "pKi"])
    for row in ace_rows(name):
        writer.writerow([row["smiles"], row[ACE_VALUE]])
    return RawFile(name=f"{name}.csv", content=text.getvalue().encode())


def ace_train(name: str) -> list[tuple[str, float]]:
    """Return the training molecules of a MoleculeACE target with their p-values."""
    return [(r["smiles"], float(r[ACE_VALUE])) for r in ace_rows(name) if r["split"] == "train"]


def ask_baybe(script: str, question: bytes, *, kept: Path | None = None) -> dict[str, Any]:
    """Return the answer of a peer that runs in BayBE's environment, on one thread.

    Args:
        script: Its file in ``peers``; takes the paths of question and answer.
        question: As the script reads it.
        kept: Where the answer is to stay; in a folder that is dropped if None.
    """
    threads = {v: "1" for v in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "question", kept or Path(folder) / "answer.json"
        asked.write_bytes(question)
        subprocess.run(
            [environment("baybe", "baybe[chem]"), BENCH / "peers" / script, asked, answered],
            check=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | threads,
        )
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
    return answer


def load() -> str:
    """Return the load averages of the machine over 1, 5 and 15 minutes, as text."""
    return ", ".join(f"{x:.1f}" for x in os.getloadavg())


def mean_interval(values: Sequence[float]) -> dict[str, float | None]:
    """Return mean and 95 % t interval of the mean; no interval for a single value."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return {"mean": round(mean, 4), "low": None, "high": None}
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return {"mean": round(mean, 4), "low": round(mean - half, 4), "high": round(mean + half, 4)}


def replays(
    series: Series, plan: Plan, strategies: Sequence[str], *, seeds: int, workers: int
) -> dict[str, dict[str, Any]]:
    """Replay strategies through the package and return their figures; one thread a process."""
    begun = time.monotonic()

    def watch(one: Replayed) -> None:
        told = f"{one.strategy}, seed {one.seed}: {one.found[-1]:.3f} found"
        print(f"  {time.monotonic() - begun:6.0f} s  {told}", file=sys.stderr, flush=True)

    results = replay(series, plan, strategies, range(seeds), n_workers=workers, watch=watch)
    return {s: _figures([r for r in results if r.strategy == s]) for s in strategies}


def _figures(results: Sequence[Replayed]) -> dict[str, Any]:
    """Return the figures of one strategy over its seeds; seconds leave out the random start."""
    return {
        "found": mean_interval([r.found[-1] for r in results]),
        "found_by_seed": [round(r.found[-1], 4) for r in results],
        "curve": [
            {"measured": m, **mean_interval([r.found[i] for r in results])}
            for i, m in enumerate(results[0].measured)
        ],
        "s_per_batch": round(float(np.mean([s for r in results for s in r.seconds[1:]])), 4),
        "peak_mb": max(r.peak_mb for r in results),
    }


def bought(
    series: Series,
    plan: Plan,
    strategy: str,
    seed: int,
    *,
    n_threads: int = 1,
    proposer: Proposer | None = None,
) -> Iterator[Bought]:
    """Replay one campaign; after the start and after each batch, say what was bought.

    A ``proposer`` takes the place of the strategy's own.
    """
    place = {i: row for row, i in enumerate(series.ids)}
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=n_threads):
        held_back = Path(folder) / "held_back.csv"
        held_back.write_bytes(series.held_back)
        campaign = _campaign(series, plan, strategy, seed, held_back)
        if proposer is not None:
            campaign = evolve(campaign, tools=evolve(campaign.tools, proposer=proposer))
        n_files = len(campaign.record.state.files)
        begun, cpu_begun = time.perf_counter(), time.process_time()
        while isinstance(after := advance(campaign), State):
            if len(after.files) > n_files:
                n_files = len(after.files)
                yield Bought(
                    rows=sorted(place[i] for i in look(campaign).measured),
                    wall_s=time.perf_counter() - begun,
                    cpu_s=time.process_time() - cpu_begun,
                )
                begun, cpu_begun = time.perf_counter(), time.process_time()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; the first column stands left, the others right."""
    cells = [[str(c) for c in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    print(f"\n{title}")
    for n, row in enumerate(cells):
        first, *rest = zip(row, widths, strict=True)
        print("  " + "  ".join([first[0].ljust(first[1]), *(c.rjust(w) for c, w in rest)]))
        if n == 0:
            print("  " + "  ".join("-" * w for w in widths))


def finish(name: str, settings: dict[str, Any], figures: dict[str, Any], *, record: bool) -> None:
    """Print on what machine this ran, and append one line to the results."""
    line = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "load_average": [round(x, 2) for x in os.getloadavg()],
        },
        "versions": _versions(),
        "settings": settings,
        "figures": figures,
    }
    print(f"\n{os.cpu_count()} cores, load average {load()} (1, 5, 15 min, this run included)")
    print(f"code: {_versions()['commit']}")
    if not record:
        return
    path = BENCH / "results" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(f"appended to bench/results/{path.name}")


def _versions() -> dict[str, str]:
    """Return versions of Python and packages, and the commit, marked if ``src`` differs."""
    found = {"python": sys.version.split()[0]} | {p: version(p) for p in PACKAGES}
    commit = _git("rev-parse", "--short", "HEAD") or "no git"
    changed = _git("status", "--porcelain", "--", "src")
    return found | {"commit": commit + (" with changes in src" if changed else "")}


def _git(*words: str) -> str:
    run = subprocess.run(["git", *words], cwd=BENCH, capture_output=True, text=True, check=False)
    return run.stdout.strip()
