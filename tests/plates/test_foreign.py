# SPDX-License-Identifier: Apache-2.0
"""Layouts in other people's words."""

import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, RawFile
from loopwright.plates.foreign import layout_from
from loopwright.plates.tables import layout_csv, read_layout
from loopwright.registry import build

KNOWN = {n: Candidate(id=f"M-{n}", text="C", name=n) for n in ("A-1", "A-2", "B")}


def who(text):
    if text not in KNOWN:
        raise DataError(f"the campaign knows no compound {text!r}", remedy="Ingest it.")
    return KNOWN[text]


def layout(text, **how):
    (table,) = build("readers", "csv", {}).read(RawFile(name="l.csv", content=text.encode()))
    return layout_from(table, who, where="l.csv", **how)


def full(found):
    return [
        (w.plate, w.well, w.role, w.candidate_id, w.lot, w.concentration_M)
        for w in found.wells
        if w.role != "empty"
    ]


def test_a_layout_is_read_by_the_names_of_its_columns():
    found = layout(
        "Assay Plate Barcode,Position,Sample ID,Well Type,Batch,Final concentration (uM)\n"
        "X7,a01,A-1,Test,L9,10\nX7,B2,,DMSO,,\nX7,H12,STAURO,Positive control,,1\n"
    )
    assert full(found) == [
        ("X7", "A1", "sample", "M-A-1", "L9", pytest.approx(1e-5)),
        ("X7", "B2", "negative", "", "", 0.0),
        ("X7", "H12", "positive", "STAURO", "", pytest.approx(1e-6)),
    ]
    assert found.n_wells == 96 and len(found.wells) == 96
    assert read_layout(RawFile(name="a", content=layout_csv(found))) == found


def test_the_unit_may_stand_in_a_column_or_a_cell_and_the_comma_may_be_decimal():
    beside = layout("plate,well,compound,conc,conc unit\nP,A1,A-1,100,nM\n")
    inside = layout("plate;well;compound;conc\nP;A1;A-1;0,1 uM\n")
    assert full(beside)[0][-1] == pytest.approx(1e-7) == full(inside)[0][-1]


def test_the_format_is_the_smallest_that_has_every_well_unless_it_is_stated():
    text = "plate,well,compound\nP,A1,A-1\nQ,P24,A-2\n"
    assert layout(text).n_wells == 384
    assert layout(text, n_wells=1536).n_wells == 1536
    with pytest.raises(DataError, match="no plate of 96 wells has them all"):
        layout(text, n_wells=96)


def test_a_row_without_a_role_is_a_sample_if_it_names_a_compound_and_no_word_for_vehicle():
    roles = [r for _, _, r, *_ in full(layout("plate,well,compound\nP,A1,B\nP,A2,DMSO\nP,A3,\n"))]
    assert roles == ["sample", "negative"]


def test_every_row_that_cannot_be_used_is_named_and_nothing_is_taken():
    with pytest.raises(DataError) as refused:
        layout(
            "plate,well,compound,role,conc\nP,A1,A-1,,\nP,Q99,B,,\n,A2,B,,\nP,A3,NEW,,\n"
            "P,A4,A-1,wizard,\nP,A5,A-2,,5\nP,A01,A-2,,\nP,A6,B,,>5 uM\n"
        )
    for told in (
        "row 4: no plate is named",
        "row 5: the campaign knows no compound 'NEW'",
        "row 6: nobody knows the role 'wizard'",
        "row 7: a concentration without a unit",
        "row 8: well A1 of P comes twice",
        "row 9: '>5 uM' is no concentration",
        "no plate of 1536 wells has them all",
    ):
        assert told in str(refused.value)


@pytest.mark.parametrize("header", ["well,compound", "plate,compound", "plate,well,colour"])
def test_a_table_that_lacks_plate_well_or_content_is_refused(header):
    row = ",".join("P" for _ in header.split(","))
    with pytest.raises(DataError, match="No column is named for"):
        layout(f"{header}\n{row}\n")
