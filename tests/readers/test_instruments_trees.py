# SPDX-License-Identifier: Apache-2.0
"""Whatever stands where in a document, the reader returns tables or says why not."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.registry import build

READER = build("readers", "instruments", {})
KEYS = [
    "plate reader document", "measurement aggregate document", "measurement document",
    "device control aggregate document", "device control document", "sample document",
    "sample identifier", "location identifier", "well plate identifier", "measurement identifier",
    "measurement time", "absorbance", "value", "unit", "error aggregate document",
    "error document", "error", "error feature", "data cube", "cube-structure", "data",
    "dimensions", "measures", "concept", "label", "processed data aggregate document",
    "processed data document", "calculated data aggregate document", "calculated data document",
    "calculated data name", "calculated result", "calculated data identifier",
    "data source aggregate document", "data source document", "data source identifier",
    "data system document", "device system document", "ASM converter name", "model number",
    "custom information document", "statistical feature", "has statistic datum role",
]  # fmt: skip
WORDS = ["", "N/A", "A1", "S-1", "allotropy_x", "mAU", "nm", "< 80", "absorbance", "c-1"]
leaf = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=True)
    | st.sampled_from(WORDS)
)
tree = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
        | st.fixed_dictionaries({"value": inner, "unit": inner})
        | st.fixed_dictionaries({"cube-structure": inner, "data": inner})
    ),
    max_leaves=40,
)


@settings(max_examples=150)
@given(inside=tree, measured=tree, calculated=tree)
def test_a_document_of_any_shape_is_read_or_refused(inside, measured, calculated):
    document = {
        "plate reader aggregate document": {
            "plate reader document": {
                "measurement aggregate document": {"measurement document": measured}
            },
            "calculated data aggregate document": {"calculated data document": calculated},
            "data system document": inside,
            "device system document": inside,
        },
        "other aggregate document": inside,
    }
    file = RawFile(name="a.json", content=json.dumps(document).encode())
    try:
        tables = READER.read(file)
    except DataError:
        return
    for table in tables:
        assert all(len(cells) == len(table.columns) for _, cells in table.rows)
        assert all(isinstance(cell, str) for _, cells in table.rows for cell in cells)
        numbers = [n for n, _ in table.rows] + [q.row for q in table.faults]
        assert numbers == list(range(1, len(numbers) + 1))
    assert READER.read(file) == tables
