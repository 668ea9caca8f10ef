# SPDX-License-Identifier: Apache-2.0
"""What every generator promises, asked of each one on the shelf with each modality it accepts."""

import attrs
import numpy as np
import pytest

from loopwright.core.past import Past
from loopwright.core.ports import Generator
from loopwright.registry import build, names, plugin

PAIRS = [
    (g, m)
    for g in names("generators")
    for m in names("modalities")
    if build("generators", g, {}).accepts <= build("modalities", m, {}).offers
]


@pytest.fixture(params=PAIRS, ids=[f"{g} of {m}" for g, m in PAIRS])
def pair(request):
    """A generator with its modality; a list to offer, if it needs one, is the examples."""
    generator, modality = request.param
    texts = plugin("modalities", modality).examples
    row = build("modalities", modality, {}).parse(texts[0]).text
    site = {"parent": row, "sites": [f"{row[0]}1*", f"{row[2]}3{row[2]}{row[0]}"]}
    asked = attrs.fields_dict(plugin("generators", generator).options).keys()
    given = {"texts": [*texts, *texts]} if "texts" in asked else site if "sites" in asked else {}
    return build("generators", generator, given), build("modalities", modality, {}), texts


def test_every_generator_accepts_some_modality():
    assert {g for g, _ in PAIRS} == set(names("generators"))


def test_a_generator_offers_distinct_candidates_in_the_notation_of_the_modality(pair):
    generator, modality, texts = pair
    assert isinstance(generator, Generator)
    for past in (Past(), Past(measured=(modality.parse(texts[0]),), worth=np.ones(1))):
        offered = generator.offer(modality, [], past, np.random.default_rng(5))
        assert offered
        assert len({c.id for c in offered}) == len(offered)
        assert all(modality.parse(c.text, c.name) == c for c in offered)


def test_the_same_seed_gives_the_same_offer(pair):
    generator, modality, texts = pair
    known = tuple({c.id: c for c in (modality.parse(t) for t in texts)}.values())
    past = Past(measured=known[:-1], worth=np.arange(len(known) - 1.0), failed=known[-1:])
    one = generator.offer(modality, [], past, np.random.default_rng([7, 1]))
    assert generator.offer(modality, [], past, np.random.default_rng([7, 1])) == one
