# SPDX-License-Identifier: Apache-2.0
"""What are the other properties of one file worth to few rows of a property?

Targets of MoleculeACE that share molecules, in four groups: opioid receptors, aminergic ones and
transporters, coagulation factors, PPARs. Each in turn has 50, 150 or 400 rows of whole families;
the others have all of theirs. Learned from as they are, with what the catalogue says, with what
models of the others in the group say (unseen, where they know a row), and with both; judged on
all other families. Training parts alone; all ways have the same rows, families and seeds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _common import ace_train, finish, load, parser, table
from loopwright.api.beneath import catalogue
from loopwright.core.values import Features, Targets
from loopwright.training.others import Others
from loopwright.training.property import learn_property
from loopwright.training.property_file import pack_properties
from loopwright.training.property_model import Property, lifted
from onto_catalogue import run
from tdc_admet import described

GROUPS = (
    ("CHEMBL233_Ki", "CHEMBL236_Ki", "CHEMBL237_Ki", "CHEMBL237_EC50"),
    ("CHEMBL214_Ki", "CHEMBL234_Ki", "CHEMBL219_Ki", "CHEMBL228_Ki", "CHEMBL238_Ki"),
    ("CHEMBL204_Ki", "CHEMBL244_Ki"),
    ("CHEMBL235_EC50", "CHEMBL239_EC50", "CHEMBL3979_EC50"),
)
SIZES = (50, 150, 400)
WAYS = ("own", "catalogue", "group", "both")


def main() -> None:
    p = parser(__doc__, seeds=3)
    args = p.parse_args()
    print(f"load average {load()} at the start")
    figures: dict[str, Any] = {}
    with threadpool_limits(limits=1):
        for group in GROUPS:
            data = {name: described(ace_train(name)) for name in group}
            models = {
                name: learn_property(*rows, about=Property(name=name), seed=0)
                for name, rows in data.items()
            }
            beside = Others.of(pack_properties(models))
            for name, (features, targets) in data.items():
                ways = _ways(features, beside.only([n for n in group if n != name]))
                for size in SIZES:
                    figures[f"{name}, {size}"] = found = _lost(ways, targets, size, args.seeds)
                    print(f"{name}, {size}: {found}", flush=True)
    for size in SIZES:
        some = [f for name, f in figures.items() if name.endswith(f", {size}")]
        mean = {way: round(float(np.mean([f[way] for f in some])), 2) for way in WAYS[1:]}
        figures[f"mean, {size}"] = mean
    table(
        "change of the squared error on other families against own rows alone, in per cent",
        ("target, rows", *WAYS[1:]),
        [(name, *(f"{f[way]:+.1f}" for way in WAYS[1:])) for name, f in figures.items()],
    )
    finish("together", {"seeds": args.seeds, "sizes": SIZES}, figures, record=not args.no_record)


def _ways(features: Features, beside: Others) -> dict[str, Features]:
    of_group = beside.ask(features)
    upon = lifted(features, catalogue().ask(features))
    return {
        "own": features,
        "catalogue": upon,
        "group": lifted(features, of_group),
        "both": lifted(upon, of_group),
    }


def _lost(
    ways: dict[str, Features], targets: Targets, size: int, seeds: int
) -> dict[str, float | int]:
    """Return the change of the squared error of each way, in per cent of that of own rows."""
    told = [t for s in range(seeds) if (t := run(ways, targets, size, s, "regression"))]
    lost = {way: sum(t[way][1] for t in told) for way in WAYS}
    changes = {way: round(100 * (lost[way] / lost["own"] - 1), 2) for way in WAYS[1:]}
    return {**changes, "seeds": len(told)}


if __name__ == "__main__":
    main()
