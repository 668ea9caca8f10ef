# SPDX-License-Identifier: Apache-2.0
"""What is held out together."""

import numpy as np

from loopwright.core.counts import Counts
from loopwright.core.values import Features
from loopwright.registry import build
from loopwright.science.similarity import similarity
from loopwright.training import families
from loopwright.training.families import CLUSTER_SIMILARITY, regrouped
from loopwright.training.validate import deal

ENDS = ("C", "CC", "O", "F", "Cl", "Br", "N", "N#C")
MIDDLES = ("O", "N", "S", "C(=O)N", "C(=O)O", "S(=O)(=O)N", "NC(=O)", "CO")
LIBRARY = tuple(f"{a}c1ccc({b}{'C' * n})cc1" for a in ENDS for b in MIDDLES for n in range(1, 10))
KINDS = frozenset({"patterns", "family"})


def described(texts=LIBRARY) -> Features:
    modality = build("modalities", "molecules", {})
    return modality.describe([modality.parse(t) for t in texts], KINDS)


def test_a_cluster_is_near_its_leader_and_far_from_earlier_ones():
    features = regrouped(described(), "cluster")
    labels, alike = features.blocks["family"], similarity(features, features)
    assert len(labels) > families.BLOCK
    first = {label: np.flatnonzero(labels == label)[0] for label in set(labels)}
    assert 1 < len(first) < len(labels)
    for row, label in enumerate(labels):
        assert alike[row, first[label]] >= CLUSTER_SIMILARITY
    leaders = sorted(first.values())
    assert (
        alike[np.ix_(leaders, leaders)][np.triu_indices(len(leaders), 1)].max() < CLUSTER_SIMILARITY
    )


def test_random_rows_are_each_alone_and_scaffolds_stay():
    features = described()
    assert len(set(regrouped(features, "random").blocks["family"])) == len(LIBRARY)
    assert regrouped(features, "scaffold") is features


def test_a_family_that_holds_most_rows_is_parted_and_that_is_said():
    """Seventy of a scaffold and two others: to hold the seventy out would leave two."""
    rng = np.random.default_rng(0)
    dense = rng.poisson(0.2, (72, 200))
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    family = np.array(["benzene"] * 70 + ["indole", "furan"])
    rows = Features(
        ids=tuple(f"c{i}" for i in range(72)), blocks={"patterns": patterns, "family": family}
    )
    split = deal(rows, n_folds=5, seed=1)
    assert split.name == "scaffold families, the largest parted into clusters"
    assert np.bincount(split.fold).min() >= 10
    alike = np.repeat(dense[:1], 72, axis=0)
    alike[:, 0] += np.arange(72) % 2  # one cluster, whatever is done
    same = Counts.of(*alike.nonzero(), alike[alike > 0], shape=alike.shape)
    kin = Features(ids=rows.ids, blocks={"patterns": same, "family": family})
    split = deal(kin, n_folds=5, seed=1)
    assert split.name == "scaffold families, the largest parted into single rows"
    assert np.bincount(split.fold).min() >= 10


def test_families_that_hold_half_of_the_rows_at_most_stay_whole():
    rng = np.random.default_rng(0)
    dense = rng.poisson(1.5, (60, 40))
    patterns = Counts.of(*dense.nonzero(), dense[dense > 0], shape=dense.shape)
    family = np.array(["benzene"] * 30 + [f"other {i % 10}" for i in range(30)])
    rows = Features(
        ids=tuple(f"c{i}" for i in range(60)), blocks={"patterns": patterns, "family": family}
    )
    split = deal(rows, n_folds=5, seed=1)
    assert split.name == "scaffold families" and split.n_families == 11
    assert len(set(split.fold[:30])) == 1
