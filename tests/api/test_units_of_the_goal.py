# SPDX-License-Identifier: Apache-2.0
"""A value in a unit that its property cannot have never becomes part of a campaign."""

from loopwright.api import verbs
from loopwright.api.workspace import Workspace

TEXT = "smiles,name,property,value,unit\nCCC,a,pIC50,5,1\nCCCC,b,pIC50,50,nM\nCCO,c,pIC50,6,1\n"


def test_one_row_in_another_unit_is_quarantined_and_the_campaign_goes_on(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text(TEXT)
    place = Workspace(root=tmp_path / "c")
    verbs.init(place, source=source, property="pIC50")
    taken = verbs.ingest(place, source)
    assert (taken.n_loaded, taken.n_quarantined) == (2, 1)
    (put_aside,) = taken.quarantine
    assert put_aside.row == 3 and "'nM'" in put_aside.reason and put_aside.remedy
    assert verbs.status(place).n_measured == 2
