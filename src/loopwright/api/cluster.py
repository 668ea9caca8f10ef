# SPDX-License-Identifier: Apache-2.0
"""Predict shares of rows on the machines of a Ray cluster, by Ray Data; the bytes are the same.

Each worker of the cluster is a crew of one: a structure that ends a process takes no other row
with it there either. Models and package must be on every machine; a worker whose models are not
those of this process refuses. Ray is told to report its use to nobody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import asdict

from loopwright.api.crew import Crew
from loopwright.api.foretell import Asking, Lines, Share
from loopwright.api.property_folder import digest_of
from loopwright.core.errors import MissingExtraError, VerificationError

__all__ = ["on_cluster"]

WINDOW = 256
"""Shares that are handed over together; models are opened anew for each window."""


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
    ray = _ray()
    ray.init(address=address, log_to_driver=False, ignore_reinit_error=True)
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


def _ray() -> Any:
    """Return Ray, told to report to nobody."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
        import ray.data
    except ImportError as ex:
        raise MissingExtraError(
            "Predicting on a cluster needs the library 'ray'",
            where="--cluster",
            remedy="Run: pip install 'loopwright[cluster]'",
        ) from ex
    return ray
