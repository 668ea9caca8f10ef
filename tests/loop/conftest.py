# SPDX-License-Identifier: Apache-2.0
"""Small campaigns on simulated matter, each in a workspace of its own."""

import pytest

from loopwright.api.workspace import Workspace, create_workspace

RECIPES = """
name = "small"
seed = {seed}
batch_size = {batch}
modality = "recipes"
generator = {{ name = "box", options = {{ n_draws = {n_draws}, n_near = {n_near} }} }}
models = ["{model}"]
proposer = "{proposer}"
lab = "{lab}"
start = {{ size = {start} }}
stop = {{ cycles = {cycles} }}
goals = [{{ property = "yield", unit = "%" }}]
"""
DEFAULTS = {
    "seed": 3,
    "batch": 3,
    "n_draws": 48,
    "n_near": 32,
    "model": "neighbour",
    "proposer": "ucb",
    "lab": "reactor",
    "start": 6,
    "cycles": 1,
}


@pytest.fixture
def recipes(tmp_path):
    """Makes workspaces of recipes: ``recipes(seed=4, lab="folder")``."""
    made = []

    def make(watch=lambda _: None, more="", **options):
        place = Workspace(root=tmp_path / f"small-{len(made)}", watch=watch)
        toml = more or RECIPES.format(**{**DEFAULTS, **options})
        create_workspace(place, name="small", toml=toml)
        made.append(place)
        return place

    return make
