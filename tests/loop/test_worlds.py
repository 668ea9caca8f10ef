# SPDX-License-Identifier: Apache-2.0
"""Small worlds with a known truth: the loop finds the best and proposes nothing absurd."""

from itertools import product

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen
from scipy.optimize import differential_evolution

from loopwright.api import verbs
from loopwright.core.values import RawFile
from loopwright.labs.reactor.reactor import true_yield_percent
from loopwright.loop.replay import Plan, replay
from loopwright.loop.run import look
from loopwright.loop.series import read_series
from loopwright.spec.goal import Goal

RANGES = [(20.0, 120.0), (0.5, 24.0), (1.0, 3.0)]
LIGANDS = ("XPhos", "SPhos", "PPh3")
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def best_yield():
    """The best that the reaction can give, by global optimisation: about 92.2 %."""
    return max(
        -differential_evolution(
            lambda x, ligand=ligand: -true_yield_percent(*x, ligand), RANGES, rng=0, tol=1e-9
        ).fun
        for ligand in LIGANDS
    )


def yields(place):
    """Run to the end; return the yields in the order in which they were bought."""
    verbs.run_campaign(place)
    campaign = place.reading()
    look(campaign)
    return [m.standard_value for m in campaign.known.measurements]


@pytest.mark.slow
def test_the_loop_comes_close_to_the_best_yield_and_beats_chance(recipes, best_yield):
    plan = {"model": "gp", "batch": 6, "start": 12, "cycles": 6, "n_draws": 2000, "n_near": 128}
    found = {
        proposer: [max(yields(recipes(proposer=proposer, seed=s, **plan))) for s in SEEDS]
        for proposer in ("ucb", "random")
    }
    assert max(found["random"]) <= best_yield + 1e-3, "nothing is better than the best"
    assert min(found["ucb"]) >= best_yield - 1.5
    assert sum(found["ucb"]) > sum(found["random"])


def test_the_known_optimum_is_the_best_of_a_fine_grid_too(best_yield):
    grid = max(
        true_yield_percent(t, h, e, "XPhos")
        for t in range(20, 121, 2)
        for h in (0.5 + 0.5 * i for i in range(48))
        for e in (1.0, 1.5, 2.0, 3.0)
    )
    assert 92.0 < grid <= best_yield < 92.5


CONSTRAINED = """
name = "small"
seed = 3
batch_size = 8
generator = { name = "box", options = { n_draws = 64 } }
models = ["neighbour"]
proposer = "PROPOSER"
lab = "reactor"
start = { size = 8 }
stop = { cycles = 2 }
goals = [{ property = "yield", unit = "%" }]

[modality]
name = "recipes"

[modality.options]
constraints = [{ coefficients = { temperature_C = 1.0, time_h = 5.0 }, at_most = 120.0 }]
parameters = [
    { name = "temperature_C", low = 20.0, high = 120.0 },
    { name = "time_h", kind = "integer", low = 1, high = 24 },
    { name = "ligand", kind = "categorical", levels = ["XPhos", "SPhos"] },
    { name = "equivalents", low = 1.0, high = 3.0 },
]
"""


@pytest.mark.parametrize("proposer", ["random", "diverse", "ucb"])
def test_no_recipe_is_ever_infeasible_and_none_is_bought_twice(recipes, proposer):
    place = recipes(more=CONSTRAINED.replace("PROPOSER", proposer))
    verbs.run_campaign(place)
    view = look(place.reading())
    bought = [c for o in view.state.orders for c in o.candidates]
    assert len(bought) == len(set(bought)) == 24
    for candidate in view.named(bought):
        cells = dict(part.split("=") for part in candidate.text.split(";"))
        hot, long = float(cells["temperature_C"]), float(cells["time_h"])
        assert 20 <= hot <= 120 and long in range(1, 25) and hot + 5 * long <= 120 + 1e-9
        assert cells["ligand"] in {"XPhos", "SPhos"} and 1 <= float(cells["equivalents"]) <= 3
    free = recipes()
    verbs.run_campaign(free)
    texts = [c.text for c in look(free.reading()).candidates.values()]
    cells = [dict(part.split("=") for part in text.split(";")) for text in texts]
    assert any(float(c["temperature_C"]) + 5 * float(c["time_h"]) > 120 for c in cells)


def test_a_model_that_beats_no_baseline_leaves_the_choice_to_diversity_and_says_so(recipes):
    place = recipes(model="mean", start=8)
    verbs.run_campaign(place)
    campaign = place.reading()
    state = look(campaign).state
    assert not any(m.is_useful for m in state.models)
    told = [f.body for f in campaign.record.history() if f.kind == "batch.proposed"]
    assert [t["proposer"] for t in told] == ["diverse", "diverse"]
    assert told[0]["why"] == "diverse start: nothing is measured yet"
    assert told[1]["why"].startswith("diverse: no model is of use yet (mean: RMSE")
    assert "model_sha256" not in told[1]
    picks = campaign.record.get_json(told[1]["picks_sha256"])
    assert all(p["reason"].startswith("diverse") and p["mean"] is None for p in picks)


@pytest.mark.parametrize("proposer", ["thompson", "ei"])
def test_a_proposer_that_weighs_doubt_may_ask_an_unproven_model_and_predicts_nothing(
    recipes, proposer
):
    place = recipes(model="mean", start=8, proposer=proposer)
    verbs.run_campaign(place)
    campaign = place.reading()
    assert not any(m.is_useful for m in look(campaign).state.models)
    told = [f.body for f in campaign.record.history() if f.kind == "batch.proposed"]
    assert [t["proposer"] for t in told] == ["diverse", proposer]
    assert told[1]["why"].startswith(f"{proposer} on mean, which is not proven (mean: RMSE")
    picks = campaign.record.get_json(told[1]["picks_sha256"])
    assert all(p["mean"] is None and "not proven" in p["reason"] for p in picks)


# ---- molecules with an additive truth
STARTS = ("C", "CC", "CCC", "O", "CO", "F", "Cl", "Br", "N", "N#C", "FC(F)(F)", "NC(=O)")
ENDS = ("C", "CC", "CCC", "O", "OC", "F", "Cl", "Br", "N", "C#N", "C(F)(F)F", "C(N)=O")
CORES = ("{}c1ccc(cc1){}", "{}c1ccnc(c1){}")


def truth(smiles):
    """Lipophilicity, and what each chlorine and nitrile adds."""
    mol = Chem.MolFromSmiles(smiles)
    n_groups = sum(
        len(mol.GetSubstructMatches(Chem.MolFromSmarts(s))) for s in ("[Cl]", "C#N", "c[N;H2]")
    )
    return 4.0 + Crippen.MolLogP(mol) / 2 + n_groups


@pytest.fixture(scope="module")
def molecules():
    texts = sorted({core.format(*pair) for core in CORES for pair in product(STARTS, ENDS)})
    rows = [f"{s},{truth(s):.4f}" for s in texts]
    content = "\n".join(["smiles,pIC50", *rows]).encode()
    return read_series(RawFile(name="world.csv", content=content), (Goal(property="pIC50"),))


@pytest.mark.slow
def test_the_loop_finds_more_of_the_best_molecules_than_chance_does(molecules):
    assert len(molecules.ids) > 200
    plan = Plan(start=12, batch=12, cycles=3, top=11)
    results = replay(molecules, plan, ("loop", "random"), (0, 1))
    found = {s: [r.found[-1] for r in results if r.strategy == s] for s in ("loop", "random")}
    assert min(found["loop"]) >= 2 * max(*found["random"], 0.2)
