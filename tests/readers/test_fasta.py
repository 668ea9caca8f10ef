# SPDX-License-Identifier: Apache-2.0
import pytest

from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
from loopwright.loop.tabling import only_table
from loopwright.registry import build


def raw(text, name="a.fasta"):
    return RawFile(name=name, content=text.encode())


def read(text):
    return build("readers", "fasta", {}).read(raw(text))[0]


def test_each_record_is_a_row_with_its_lines_put_together():
    table = read(">wt parent of all\nMQYK\nLI LN\n\n>v1\nmqfklilngk*\n")
    assert table.columns == ("sequence", "name", "description")
    assert table.rows == (
        (1, ("MQYKLILN", "wt", "parent of all")),
        (5, ("mqfklilngk*", "v1", "")),
    )


def test_what_is_no_record_becomes_a_fault_and_nothing_shifts():
    table = read("MQYK\n; a comment\n>empty\n>v1\nMQFK\n>\nMQWK\n")
    assert table.rows == ((4, ("MQFK", "v1", "")), (6, ("MQWK", "unnamed", "")))
    assert [(f.row, f.reason) for f in table.faults] == [
        (1, "letters before the first header"),
        (3, "a header without a sequence"),
    ]


def test_a_file_without_a_record_is_refused():
    for text in ("MQYK\n", ">only a header\n"):
        with pytest.raises(DataError, match="has no record"):
            read(text)


@pytest.mark.parametrize("name", ["a.fasta", "a.fa", "variants.txt"])
def test_it_is_known_by_its_ending_or_by_what_it_holds(name):
    assert only_table(raw(">v1\nMQFK\n>v2\nMQWK\n", name)).columns[0] == "sequence"


@pytest.mark.parametrize(
    ("heavy", "light"),
    [
        ("ab1_VH", "ab1_VL"), ("ab1_H", "ab1_L"), ("ab1|heavy", "ab1|light"), ("VH-ab1", "VL-ab1"),
        ("ab1 heavy chain", "ab1 light chain"), ("ab1.HC 1st", "ab1.kappa 2nd"),
    ],
)  # fmt: skip
def test_heavy_and_light_chains_of_one_name_are_one_row_in_any_order(heavy, light):
    other = ">ab2_VL\nDIV\n>ab2_VH\nEVV\n"
    for first, second in ((f">{heavy}\nEVQ\n", f">{light}\nDIQ\n"), ("", "")):
        table = read(f"{first}{second}{other}") if first else read(f">{light}\nDIQ\n{other}")
        assert table.columns[:3] == ("heavy", "light", "name")
        found = [cells[:3] for _, cells in table.rows]
        assert found == [("EVQ", "DIQ", "ab1"), ("EVV", "DIV", "ab2")][not first :]
        assert [f.row for f in table.faults] == ([] if first else [1])


def test_chains_that_do_not_pair_stay_records_and_twins_are_told():
    for text in (">a_VH\nEVQ\n>b_VL\nDIQ\n", ">a\nEVQ\n>b\nDIQ\n", ">a_VH\nEV\n>b\nD\n>c\nE\n"):
        assert read(text).columns[0] == "sequence"
    pairs = "".join(f">m{i}_VH\nEVQ\n>m{i}_VL\nDIQ\n" for i in range(2))
    table = read(f"{pairs}>a_VH\nEVQ\n>a_VL\nDIQ\n>a_VL\nDIV\n")
    assert [cells[2] for _, cells in table.rows] == ["m0", "m1"]
    assert [f.row for f in table.faults] == [9, 11, 13] and "ab1_VL" in table.faults[0].remedy
