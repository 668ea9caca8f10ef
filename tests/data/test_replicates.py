# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loopwright.core.values import Candidate, Measurement
from loopwright.data import rows
from loopwright.data.replicates import copies, distinct, numbered
from loopwright.data.rows import Rows, as_table

CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x", "xx"])), max_size=12)
SUBJECTS = st.tuples(
    st.sampled_from(["", "M-1", "M-2"]), st.sampled_from(["", "n", "M-1"]),
    st.sampled_from(["IC50", "Ki"]), st.sampled_from(["", "A1"]), st.booleans(),
)  # fmt: skip


def measured(subject, name, kind, assay):
    return Measurement(
        measurement_id="i", campaign_id="c", modality="m", candidate_id=subject, name=name,
        assay_id=assay, standard_type=kind, standard_value=1.0, standard_units="nM",
        source_sha256="s", source_row=2,
    )  # fmt: skip


@given(CELLS)
def test_a_copy_is_told_with_the_first_row_that_has_its_cells(cells):
    table = tuple((n, c) for n, c in enumerate(cells, start=2))
    first = {}
    wanted = {n: first[c] for n, c in table if first.setdefault(c, n) != n}
    assert copies(table) == wanted


@given(st.lists(SUBJECTS, max_size=14), st.booleans())
def test_replicates_are_numbered_within_subject_property_and_assay(said, is_packed):
    plain = tuple(measured(*one[:4]) for one in said)
    given_ = Rows.of(Measurement, [as_table(Measurement, plain)]) if is_packed else plain
    numbers, wanted = Counter(), []
    for m, (*_, counts) in zip(plain, said, strict=True):
        key = (m.subject, m.standard_type, m.assay_id)
        numbers[key] += counts
        wanted.append(numbers[key])
    found = numbered(given_, np.array([one[4] for one in said], bool))
    assert [m.replicate_n for m in found] == wanted
    assert [m.subject for m in found] == [m.subject for m in plain]


@given(st.lists(st.tuples(st.sampled_from(["M-1", "M-2", "M-3"]), st.text(max_size=2)), max_size=9))
def test_a_candidate_is_kept_once_where_it_comes_first(said):
    plain = tuple(Candidate(id=i, text="C", name=n.replace("\0", "")) for i, n in said)
    first = tuple({c.id: c for c in plain}[i] for i in dict.fromkeys(c.id for c in plain))
    first = tuple(next(c for c in plain if c.id == f.id) for f in first)
    assert distinct(plain) == first
    held = Rows.of(Candidate, [as_table(Candidate, plain)])
    assert [c.id for c in distinct(held)] == [c.id for c in first]
    assert rows.column_of(Candidate, distinct(held), "text").to_pylist() == ["C"] * len(first)
