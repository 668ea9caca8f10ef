# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from loopwright.core.errors import DataError
from loopwright.core.past import Past
from loopwright.registry import build

RNG = np.random.default_rng


def test_a_pool_without_a_list_offers_nothing():
    assert (
        build("generators", "pool", {}).offer(
            build("modalities", "molecules", {}), [], Past(), RNG(0)
        )
        == ()
    )


def test_a_pool_offers_the_catalogue_first_and_nothing_twice():
    molecules = build("modalities", "molecules", {})
    catalogue = [molecules.parse("CCO", "ethanol"), molecules.parse("CC")]
    offered = build("generators", "pool", {"texts": ["OCC", "C"]}).offer(
        molecules, catalogue, Past(), RNG(0)
    )
    assert [c.text for c in offered] == ["CCO", "CC", "C"]


def test_a_pool_names_the_entry_that_is_no_candidate():
    molecules = build("modalities", "molecules", {})
    assert build("generators", "pool", {"texts": ["CC"]}).offer(molecules, [], Past(), RNG(0))
    with pytest.raises(DataError, match="entry 2"):
        build("generators", "pool", {"texts": ["CC", "C("]}).offer(molecules, [], Past(), RNG(0))


def test_a_box_adds_neighbours_of_the_best_to_its_draws():
    recipes = build("modalities", "recipes", {})
    box = build("generators", "box", {"n_draws": 10, "n_near": 5, "n_parents": 2})
    best = recipes.draw(4, RNG(9))
    assert len(box.offer(recipes, [], Past(), RNG(0))) == 10
    assert len(box.offer(recipes, [], Past(measured=best, worth=-np.arange(4.0)), RNG(0))) == 20
