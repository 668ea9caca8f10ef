# SPDX-License-Identifier: Apache-2.0
"""A class of molecules that cannot be made: what is won by learning so from failures?

A finished series is hidden; molecules with a motif come back as failed, all others with their
value. Both sides start from the same molecules and choose by ``ucb`` on ``gp``; the one learns who
fails, the other does not. Hits are the best twentieth of what can be made.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rdkit import Chem
from threadpoolctl import threadpool_limits

from _common import finish, load, mean_interval, parser, shared_file, table
from loopwright.loop import choose
from loopwright.loop.replay import in_memory
from loopwright.loop.run import advance, look
from loopwright.loop.series import Series, read_series
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal


def main() -> None:
    p = parser(__doc__)
    p.add_argument("file", help="below shared/data")
    p.add_argument("property", help="its column")
    p.add_argument("motif", help="SMARTS of what cannot be made")
    p.add_argument("--seeds", type=int, default=6)
    p.add_argument("--start", type=int, default=80)
    p.add_argument("--batch", type=int, default=20)
    p.add_argument("--cycles", type=int, default=2)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    series = read_series(shared_file(args.file), (Goal(property=args.property),))
    motif = Chem.MolFromSmarts(args.motif)
    fails = {c.id for c in series.candidates if Chem.MolFromSmiles(c.text).HasSubstructMatch(motif)}
    told: dict[str, list[tuple[int, int]]] = {"learns": [], "does not": []}
    for seed in range(args.seeds):
        print(f"  seed {seed}", file=sys.stderr, flush=True)
        told["learns"].append(_run(series, fails, seed, args))
        with patch.object(choose, "feasible", lambda _: None):
            told["does not"].append(_run(series, fails, seed, args))
    gains = np.array(told["learns"]) - np.array(told["does not"])
    figures: dict[str, Any] = {
        "n_pool": len(series.ids), "n_failing": len(fails), **told,
        "hits gained": mean_interval(gains[:, 0].tolist()),
        "failures more": mean_interval(gains[:, 1].tolist()),
    }  # fmt: skip
    rows = [(side, *(f"{x:.1f}" for x in np.mean(told[side], axis=0))) for side in told]
    table(f"{len(fails)} of {len(series.ids)} fail", ("side", "hits", "orders that failed"), rows)
    print(figures["hits gained"], figures["failures more"])
    settings = {k: v for k, v in vars(args).items() if k != "no_record"}
    finish("failures", settings, figures, record=not args.no_record)


def _run(series: Series, fails: set[str], seed: int, args: Any) -> tuple[int, int]:
    """Return how many hits were found, and how many orders after the start failed."""
    first, *rows = series.held_back.decode().splitlines()
    place = first.split(",").index("candidate_id")
    kept = [first, *(row for row in rows if row.split(",")[place] not in fails)]
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        held = Path(folder) / "held_back.csv"
        held.write_text("\n".join([*kept, ""]))
        spec = CampaignSpec(
            name="replay",
            seed=seed,
            goals=series.goals,
            modality=series.modality,
            models=(Choice(name="gp"),),
            proposer=Choice(name="ucb"),
            lab=Choice(name="replay", options={"file": str(held)}),
            start=Start(design="random", size=args.start),
            batch_size=args.batch,
            stop=Stop(cycles=args.cycles),
        )
        campaign = in_memory(spec, root=Path(folder))
        campaign.record.add(series.catalogue(campaign.record))
        campaign.tools.offered.deposit(series.features)
        while isinstance(advance(campaign), State):
            pass
        orders = look(campaign).state.orders
    worth = dict(zip(series.ids, series.worth.tolist(), strict=True))
    made = sorted((worth[i] for i in series.ids if i not in fails), reverse=True)
    bar = made[len(made) // 20]
    hits = sum(i not in fails and worth[i] >= bar for order in orders for i in order.candidates)
    return hits, sum(i in fails for order in orders[1:] for i in order.candidates)


if __name__ == "__main__":
    main()
