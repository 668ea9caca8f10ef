# SPDX-License-Identifier: Apache-2.0
"""What every modality promises, asked of each one on the shelf."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.ports import Curator, Modality, Space, Spelled
from loopwright.core.values import Features
from loopwright.registry import build, names, plugin

NAMES = names("modalities")
SPACES = [n for n in NAMES if "space" in build("modalities", n, {}).offers]
BUILT = {n: build("modalities", n, {}) for n in NAMES}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def modality(name):
    return BUILT[name]


@pytest.fixture
def candidates(name, modality):
    return tuple(
        {c.id: c for t in plugin("modalities", name).examples for c in [modality.parse(t)]}.values()
    )


def _same(one: Features, other: Features) -> bool:
    def plain(kind, block):
        if kind == "graph":  # as wide as its longest row
            return ([row.tobytes().rstrip(b"\0") for row in block],)
        return (
            (block.indptr, block.indices, block.values) if isinstance(block, Counts) else (block,)
        )

    return one.ids == other.ids and all(
        np.array_equal(a, b)
        for k in one.blocks
        for a, b in zip(plain(k, one.blocks[k]), plain(k, other.blocks[k]), strict=True)
    )


def test_a_modality_fits_its_socket_and_carries_examples(name, modality):
    assert isinstance(modality, Modality)
    assert len(plugin("modalities", name).examples) >= 2
    assert isinstance(modality, Space) == ("space" in modality.offers)
    assert isinstance(modality, Curator) == ("curation" in modality.offers)
    assert isinstance(modality, Spelled) == ("tokens" in modality.offers)


def test_a_modality_reads_its_own_notation_back_unchanged(name, modality):
    for text in plugin("modalities", name).examples:
        once = modality.parse(text, "label")
        assert modality.parse(once.text, "label") == once
        assert once.name == "label"


def test_the_id_depends_on_the_notation_and_not_on_the_name(name, modality):
    for text in plugin("modalities", name).examples:
        assert modality.parse(text, "a").id == modality.parse(text, "b").id


def test_different_matter_has_different_ids(candidates):
    assert len(candidates) >= 2
    assert len({c.text for c in candidates}) == len(candidates)


def test_a_modality_describes_each_candidate_once_and_in_order(modality, candidates):
    tables = modality.offers - {"space", "curation"}
    features = modality.describe(candidates, modality.offers)
    assert features.ids == tuple(c.id for c in candidates)
    assert features.blocks.keys() == tables
    assert all(len(b) == len(candidates) for b in features.blocks.values())


def test_a_modality_gives_only_the_kinds_that_are_asked_for(modality, candidates):
    for kind in modality.offers - {"space", "curation"}:
        assert modality.describe(candidates, frozenset({kind})).blocks.keys() == {kind}


def test_a_row_does_not_depend_on_which_others_are_described_with_it(modality, candidates):
    together = modality.describe(candidates, modality.offers)
    for i, candidate in enumerate(candidates):
        alone = modality.describe([candidate], modality.offers)
        assert _same(alone, together.take(np.array([i])))


def test_blocks_have_their_types_and_only_finite_numbers(modality, candidates):
    blocks = modality.describe(candidates, modality.offers).blocks
    if "vector" in blocks:
        assert blocks["vector"].dtype == np.float32 and np.isfinite(blocks["vector"]).all()
    if "counts" in blocks:
        counts = blocks["counts"]
        assert counts.values.dtype == np.uint16 and counts.indices.dtype == np.int32
        assert counts.indptr[0] == 0 and counts.indptr[-1] == len(counts.indices)
        assert counts.indices.max() < counts.width
        for i in range(len(counts)):
            assert (np.diff(counts.indices[counts.indptr[i] : counts.indptr[i + 1]]) > 0).all()
    if "family" in blocks:
        assert all(blocks["family"])


def test_no_candidates_have_no_rows(modality):
    features = modality.describe([], modality.offers)
    assert len(features) == 0 and all(len(b) == 0 for b in features.blocks.values())


def test_a_picture_is_one_svg_element_without_ids_that_could_collide(modality, candidates):
    for candidate in candidates:
        root = ElementTree.fromstring(modality.depict(candidate))
        assert root.tag.endswith("svg")
        assert not any("id" in e.attrib for e in root.iter())


@pytest.mark.parametrize(
    "text", ["", "   ", "\0", "no such thing at all", "x" * 1_000_000, "=;=;=", "(" * 900]
)
def test_what_is_no_matter_is_refused(modality, candidates, text):
    assert candidates
    with pytest.raises(DataError):
        modality.parse(text)


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=60) | st.text("CNOcn()[]=#+-123.;@/\\HM END\n", max_size=60))
def test_whatever_the_text_a_modality_returns_a_candidate_or_a_data_error(name, text):
    try:
        found = BUILT[name].parse(text)
    except DataError:
        return
    assert BUILT[name].parse(found.text) == found


@pytest.mark.parametrize("name", SPACES)
def test_a_space_draws_distinct_feasible_candidates_and_the_same_for_the_same_seed(name):
    space = BUILT[name]
    drawn = space.draw(50, np.random.default_rng(1))
    assert len({c.id for c in drawn}) == 50
    assert all(space.parse(c.text) == c for c in drawn)
    assert space.draw(50, np.random.default_rng(1)) == drawn
    assert space.draw(50, np.random.default_rng(2)) != drawn


@pytest.mark.parametrize("name", SPACES)
def test_neighbours_are_distinct_feasible_and_not_the_candidate_itself(name):
    space = BUILT[name]
    centre = space.draw(1, np.random.default_rng(1))[0]
    around = space.near(centre, 30, np.random.default_rng(3))
    assert len({c.id for c in around} | {centre.id}) == len(around) + 1 == 31
    assert all(space.parse(c.text) == c for c in around)
    assert space.near(centre, 30, np.random.default_rng(3)) == around
