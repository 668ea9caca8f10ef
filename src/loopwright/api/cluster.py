# SPDX-License-Identifier: Apache-2.0
"""Predict rows, or sketch structures, on the machines of a Ray cluster; the answers are the same.

Shares of rows go through Ray Data. Each worker of the cluster is a crew of one: a structure that
ends a process takes no other row with it there either. Models and package must be on every machine;
a worker whose models are not those of this process refuses. Structures are sketched by tasks that
send back whole numbers, from which this process computes what it computes without a cluster. Ray is
told to report its use to nobody.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import asdict
from safetensors.numpy import load, save

from loopwright.api.crew import Crew
from loopwright.api.foretell import Asking, Lines, Share
from loopwright.api.property_folder import digest_of
from loopwright.core.counts import Counts
from loopwright.core.errors import DataError, MissingExtraError, VerificationError
from loopwright.core.values import Features
from loopwright.loop.first_look import Sketched
from loopwright.loop.tabling import standardiser_of
from loopwright.registry import build
from loopwright.spec.campaign import Choice

__all__ = ["on_cluster", "sketched_on"]

WINDOW = 256
"""Shares that are handed over together; models are opened anew for each window."""

TASK_TEXTS = 4_000
"""Texts that are sketched by one task; a machine sketches so few in one process."""

AHEAD = 3
"""Tasks for each processor that may wait for it, or for us."""


def on_cluster(
    asking: Asking, digests: Sequence[str], shares: Iterable[tuple[int, Share]], *, address: str
) -> Iterator[tuple[int, Lines]]:
    """Yield (number, lines) of every share, in order; of an empty one, nothing.

    Args:
        asking: What is asked of every row; its folders are read on each machine.
        digests: Of the models, as this process has opened them.
        shares: Rows by number.
        address: Of the cluster; ``auto`` finds one that runs here, ``local`` starts one.

    Raises:
        MissingExtraError: Ray is not installed.
        VerificationError: A machine of the cluster holds other models.
    """
    ray = _joined(_ray(), address)
    settings = {"asking": json.dumps(asdict(asking)), "digests": list(digests)}
    rest = iter(shares)
    for window in iter(lambda: list(islice(rest, WINDOW)), []):
        asked = [{"number": n, "share": json.dumps(share)} for n, share in window if share]
        told = _window(ray, settings, asked) if asked else {}
        for number, _ in window:
            yield number, told.get(number, Lines(text="", problems={}))


def _window(ray: Any, settings: dict[str, Any], asked: list[dict[str, Any]]) -> dict[int, Lines]:
    """Return what the cluster says of some shares, by their numbers."""
    ray.data.DataContext.get_current().enable_progress_bars = False
    n_workers = max(1, min(len(asked), int(ray.cluster_resources().get("CPU", 1))))
    found = ray.data.from_items(asked, override_num_blocks=len(asked)).map(
        Worker,
        fn_constructor_kwargs=settings,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=n_workers),
        num_cpus=1,
    )
    lines: dict[int, Lines] = {}
    for row in found.iter_rows():
        if row["refusal"]:
            raise VerificationError(
                "A machine of the cluster holds other models than this one",
                where=row["refusal"],
                remedy="Copy the folders of the models to the same path of every machine.",
            )
        lines[row["number"]] = Lines(text=row["text"], problems=json.loads(row["problems"]))
    return lines


class Worker:
    """One processor of the cluster; Ray starts it where it likes."""

    def __init__(self, asking: str, digests: list[str]) -> None:
        """Start a crew of one, if the models are the right ones.

        Args:
            asking: As JSON.
            digests: What the models must have.
        """
        asked = Asking(**json.loads(asking))
        found = [digest_of(Path(folder)) for folder in asked.folders]
        self._refusal = "" if found == digests else ", ".join(asked.folders)
        self._crew = Crew(asked, n_workers=1)

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the lines of a share."""
        if self._refusal:
            return {"number": row["number"], "text": "", "problems": "{}", "refusal": self._refusal}
        share = [(list(cells), problem) for cells, problem in json.loads(row["share"])]
        lines = self._crew.submit(share).result()
        problems = json.dumps(lines.problems)
        return {"number": row["number"], "text": lines.text, "problems": problems, "refusal": ""}


# ---- first looks
def sketched_on(address: str) -> Callable[[Choice], Sketched]:
    """Return what makes of a modality somebody who sketches its texts on a cluster.

    Args:
        address: As above; nobody is called before the first text.

    Raises:
        MissingExtraError: Ray is not installed.
        VerificationError: A machine of the cluster reads structures with another version.
        DataError: There is no such cluster, or it lost a task for good.
    """
    ray = _ray()

    def of(choice: Choice) -> Sketched:
        return lambda chunks: _sketches(ray, choice, chunks, address)

    return of


def _sketches(
    ray: Any, choice: Choice, chunks: Iterable[Sequence[str]], address: str
) -> Iterator[Counts]:
    """Yield what is counted in all texts, in order; no more is held than is on its way."""
    _joined(ray, address)
    modality = json.dumps([choice.name, dict(choice.options)])
    here = standardiser_of(_modality(modality))
    task = ray.remote(num_cpus=1)(_sketch)
    most = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    shares = (c[at : at + TASK_TEXTS] for c in chunks for at in range(0, len(c), TASK_TEXTS))
    asked: deque[Any] = deque()
    for share in shares:
        asked.append(task.remote(modality, json.dumps(share)))
        if len(asked) >= most:
            yield _received(ray, asked.popleft(), here)
    while asked:
        yield _received(ray, asked.popleft(), here)


def _sketch(modality: str, texts: str) -> tuple[str, bytes]:
    """Return the version of a worker's modality, and what it counts; texts come as JSON."""
    one = _modality(modality)
    counts = one.sketch(json.loads(texts))
    content: bytes = save(Features(ids=("",) * len(counts), blocks={"sketch": counts}).flat())
    return standardiser_of(one), content


@cache
def _modality(asked: str) -> Any:
    name, options = json.loads(asked)
    return build("modalities", name, options)


def _received(ray: Any, answer: Any, here: str) -> Counts:
    """Return what a task has counted; refuse one of another version than ours."""
    try:
        version, content = ray.get(answer)
    except ray.exceptions.RayError as ex:
        raise DataError(
            f"The cluster has lost a part of the work: {type(ex).__name__}",
            where="--cluster",
            remedy="Look into its log, or leave --cluster out.",
        ) from ex
    if version != here:
        raise VerificationError(
            f"A machine of the cluster reads structures with {version}, this one with {here}",
            where="--cluster",
            remedy="Install the same versions on every machine.",
        )
    found = Features.unflat(load(content)).blocks["sketch"]
    assert isinstance(found, Counts), "this is what was sent"
    return found


# ---- Ray
def _joined(ray: Any, address: str) -> Any:
    """Return Ray as part of a cluster."""
    try:
        ray.init(address=address, log_to_driver=False, ignore_reinit_error=True)
    except (ConnectionError, ValueError) as ex:
        raise DataError(
            f"There is no cluster at {address!r}",
            where="--cluster",
            remedy="Give its address, as host:port, or auto on a machine that belongs to it.",
        ) from ex
    return ray


def _ray() -> Any:
    """Return Ray, told to report to nobody."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
        import ray.data
    except ImportError as ex:
        raise MissingExtraError(
            "Work on a cluster needs the library 'ray'",
            where="--cluster",
            remedy="Run: pip install 'loopwright[cluster]'",
        ) from ex
    return ray
