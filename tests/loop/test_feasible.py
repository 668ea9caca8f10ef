# SPDX-License-Identifier: Apache-2.0
"""The chance to succeed, learned from those that failed."""

from itertools import product

import numpy as np
import pytest

from loopwright.core.values import RawFile
from loopwright.loop.feasible import feasible
from loopwright.loop.replay import in_memory
from loopwright.loop.run import advance, look
from loopwright.loop.series import read_series
from loopwright.loop.state import State
from loopwright.spec.campaign import CampaignSpec, Choice, Start, Stop
from loopwright.spec.goal import Goal

ENDS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)")
RINGS = ("c1ccc(cc1)", "c1ccnc(c1)", "C1CCC(CC1)")


@pytest.fixture(scope="module")
def series():
    texts = sorted({f"{a}{ring}{b}" for a, b, ring in product(ENDS, ENDS, RINGS)})
    rows = [f"{t},{t.count('C') + t.count('N') + 0.1 * t.count('O'):.2f}" for t in texts]
    return read_series(
        RawFile(name="up.csv", content="\n".join(["smiles,up", *rows]).encode()),
        (Goal(property="up"),),
    )


def campaign(series, root, fails, *, start=90, cycles=0):
    """A campaign whose lab cannot make some candidates; all others have a value."""
    lines = series.held_back.decode().splitlines()
    kept = [lines[0], *(r for r in lines[1:] if r.split(",")[1] not in fails)]
    (root / "held.csv").write_text("\n".join([*kept, ""]))
    spec = CampaignSpec(
        name="failing",
        goals=series.goals,
        modality=series.modality,
        models=(Choice(name="gp"),),
        proposer=Choice(name="ucb"),
        lab=Choice(name="replay", options={"file": str(root / "held.csv")}),
        start=Start(size=start, design="random"),
        batch_size=12,
        stop=Stop(cycles=cycles),
    )
    made = in_memory(spec, root=root)
    made.record.add(series.catalogue(made.record))
    made.tools.offered.deposit(series.features)
    while isinstance(advance(made), State):
        pass
    return made


def test_a_class_that_fails_is_told_from_the_rest_and_avoided(series, tmp_path):
    fails = {c.id for c in series.candidates if "N" in c.text}
    made = campaign(series, tmp_path, fails, cycles=1)
    view = look(made)
    known = feasible(view)
    free = view.named(sorted(view.free))
    chance = known.chance(view.tools.offered.describe(free))
    is_bad = np.array([c.id in fails for c in free])
    assert 0.0 <= chance.min() < chance.max() <= 1.0
    assert chance[is_bad].mean() < 0.4 and chance[~is_bad].mean() > 0.6
    batch = view.state.orders[-1].candidates
    assert np.mean([i in fails for i in batch]) < 0.5 * is_bad.mean()
    pick = made.record.get_json(view.state.picks[-1])[0]
    assert f"chance to succeed {pick['chance']:.2f} (learned from " in pick["reason"]
    assert "failures teach who fails (gp: Brier " in known.why


def test_failures_without_a_reason_change_no_choice(series, tmp_path):
    rng = np.random.default_rng(1)
    fails = {i for i in series.ids if rng.random() < 0.3}
    view = look(campaign(series, tmp_path, fails))
    known = feasible(view)
    assert known.chance(view.tools.offered.describe(view.named(sorted(view.free)))) is None
    assert "failures do not teach who fails (gp: Brier " in known.why


def test_a_few_failures_teach_nothing(series, tmp_path):
    fails = set(series.ids[:20])
    view = look(campaign(series, tmp_path, fails, start=40))
    assert feasible(view) is None
