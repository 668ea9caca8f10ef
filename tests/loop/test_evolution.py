# SPDX-License-Identifier: Apache-2.0
"""A campaign whose candidates evolve: values and failures come back to the generator."""

import numpy as np
import pytest

from loopwright.loop.past import past_of
from loopwright.loop.replay import in_memory
from loopwright.loop.run import look, run
from loopwright.registry import build
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal

TASK = {"length": 16, "n_motifs": 2, "motif_length": 4, "seed": 5}


def campaign(tmp_path, *, seed=0, direction="maximize", cycles=3):
    parent = build("labs", "ehrlich", TASK).parent
    spec = CampaignSpec(
        name="evolution",
        seed=seed,
        goals=(Goal(property="fitness", direction=direction),),
        modality=Choice(name="proteins", options={"max_length": 16}),
        generator=Choice(name="mutate", options={"parents": [parent], "n_offers": 30}),
        models=(Choice(name="mean"),),
        proposer=Choice(name="random"),
        lab=Choice(name="ehrlich", options=TASK),
        start=Start(design="random", size=30),
        batch_size=30,
        stop=Stop(cycles=cycles),
    )
    made = in_memory(spec, root=tmp_path)
    run(made)
    return look(made)


def test_the_generator_sees_every_value_and_every_failure(tmp_path):
    view = campaign(tmp_path)
    past = past_of(view)
    ordered = {c for o in view.state.orders for c in o.candidates}
    assert {c.id for c in (*past.measured, *past.failed)} == ordered and len(ordered) == 120
    assert past.failed and not {c.id for c in past.failed} & {c.id for c in past.measured}
    function = build("labs", "ehrlich", TASK).function
    letters = "ACDEFGHIKLMNPQRSTVWY"
    codes = np.array([[letters.index(x) for x in c.text] for c in past.measured])
    assert past.worth == pytest.approx(function.values(codes))
    assert past.best[0] == past.measured[int(past.worth.argmax())]


def test_what_is_worth_little_is_worth_much_where_small_values_are_wanted(tmp_path):
    past = past_of(campaign(tmp_path, direction="minimize", cycles=1))
    assert past.worth.max() <= 0.0 and past.worth.min() < 0.0


def test_a_campaign_evolves_alike_each_time_and_otherwise_with_another_seed(tmp_path):
    one, again, other = (
        [c.text for c in past_of(campaign(tmp_path, seed=s, cycles=2)).measured] for s in (1, 1, 2)
    )
    assert one == again != other
