# SPDX-License-Identifier: Apache-2.0
"""The campaign file that ``init`` writes: one page that a chemist can read and change."""

from __future__ import annotations

import json
from collections.abc import Sequence

from loopwright.spec.campaign import DEFAULTS

__all__ = ["campaign_toml"]

_PAGE = """\
# A Loopwright campaign. `loopwright explain spec` lists every key.

name = {name}
seed = {seed}                      # all randomness comes from here: same seed, same picks

batch_size = 24               # candidates in one order
cost = 1.0                    # of making and measuring one candidate
# budget = 192.0              # what all orders together may cost
# prices = "prices.csv"       # columns candidate, cost: where not all cost alike
# related = "old.csv"         # values of a related series: another project, species or assay

modality = {modality}
{modality_note}generator = "{generator}"     {generator_note}
models = "auto"               {models_note}
proposer = {proposer}# knowledge, greedy, ucb, ei, thompson, pareto, desirability, diverse
lab = "{lab}"                 {lab_note}

[[goals]]
property = {property}
unit = {unit}
direction = "{direction}"
# threshold = 8.0             # a candidate at least this good is a hit
# assays = ["A1"]             # needed when the data hold more than one assay
# pool_reason = ""            # why assays that differ may be pooled
# A second [[goals]] makes two goals: leave out the proposer then, or say "pareto".

[start]                       # the first batch, if nothing is measured yet
design = "diverse"            # or "random"
size = 24

# [screen]                    # a cheaper assay: each batch is then spent on both
# property = "inhibition"
# cost = 0.1

[stop]
cycles = 7                    # batches after the start
# hits = 5                    # or as soon as so many hits are found
# gain = 0.1                  # or as soon as nothing on offer is likely to better the best by more
"""

_USUAL = (("gp", "boosted"), "knowledge")
_NOTES = {
    "pool": "# every candidate that was ingested and has no value yet",
    "box": "# draws from the space of the recipe, and neighbours of the best",
    "folder": "# order files out, result files in",
    "reactor": "# a simulated reaction with a known optimum",
    "replay": "# held-back results of a past project",
}


_PROTEINS = """\
# Mutations such as A23G need the sequence that they are counted from:
# modality = { name = "proteins", options = { parent = "MQYKLILNGK", first_position = 1 } }
"""


def campaign_toml(
    *,
    name: str,
    seed: int,
    modality: str,
    lab: str,
    property: str,
    unit: str,
    direction: str,
    chains: Sequence[str] = (),
) -> str:
    """Return the text of a campaign file; ``chains`` are those that each protein has."""
    generator = "box" if modality == "recipes" else "pool"
    models, proposer = DEFAULTS.get(modality, _USUAL)
    return _PAGE.format(
        name=json.dumps(name),
        seed=seed,
        modality=_choice(modality, chains),
        modality_note=_PROTEINS if modality == "proteins" and not chains else "",
        models_note=f"# {' or '.join(models)}, whichever cross-validation prefers",
        proposer=json.dumps(proposer).ljust(19),
        generator=generator,
        generator_note=_NOTES[generator],
        lab=lab,
        lab_note=_NOTES.get(lab, ""),
        property=json.dumps(property),
        unit=json.dumps(unit),
        direction=direction,
    )


def _choice(modality: str, chains: Sequence[str]) -> str:
    """Return the modality as TOML, with the names of its chains."""
    if not chains:
        return json.dumps(modality)
    return f"{{ name = {json.dumps(modality)}, options = {{ chains = {json.dumps([*chains])} }} }}"
