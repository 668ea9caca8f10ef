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
