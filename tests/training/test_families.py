# SPDX-License-Identifier: Apache-2.0
"""What is held out together."""

import numpy as np

from loopwright.core.values import Features
from loopwright.registry import build
from loopwright.science.similarity import similarity
from loopwright.training import families
from loopwright.training.families import CLUSTER_SIMILARITY, regrouped

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
