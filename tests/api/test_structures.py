# SPDX-License-Identifier: Apache-2.0
"""What a campaign does with salts, kin and structures in doubt."""

import numpy as np

from loopwright.api import verbs
from loopwright.core.past import Past
from loopwright.loop.choose import _offer
from loopwright.loop.run import look

ROWS = "smiles,name,pIC50\nCCCCCN.Cl,salt,5.1\n[Na+].[Cl-],table salt,9.9\nCc1cc[nH]n1,one,6\n"


def test_what_was_done_to_structures_is_kept_with_the_version_of_the_rules(bench):
    taken = verbs.ingest(bench.place, bench.file(ROWS))
    assert (taken.n_loaded, taken.n_flagged) == (2, 1)
    campaign = bench.place.reading()
    view = look(campaign)
    assert view.state.files[-1].standardiser == view.tools.modality.standardiser
    (salt,) = (m for m in campaign.known.measurements if m.name == "salt")
    assert salt.status_reason == "salt stripped: chloride" and "CCCCCN.Cl" in salt.raw


def test_a_structure_in_doubt_is_kept_and_neither_learned_from_nor_proposed(bench):
    verbs.ingest(bench.place, bench.file(ROWS + "[K+].[Br-],another,\n"))
    view = look(bench.place.reading())
    doubted = {view.tools.modality.parse(t).id for t in ("[Na+].[Cl-]", "[K+].[Br-]")}
    assert doubted <= view.candidates.keys()
    assert not doubted & set(view.data.ids)
    rng = np.random.default_rng(1)
    catalogue = tuple(view.candidates.values())
    offered = view.tools.generator.offer(view.tools.modality, catalogue, Past(), rng)
    assert doubted <= {c.id for c in offered}
    assert not doubted & {c.id for c in _offer(view, rng)} and _offer(view, rng)


def test_kin_of_what_was_known_before_are_told_at_ingest_and_again_when_asked_again(bench):
    verbs.ingest(bench.place, bench.file(ROWS))
    text = "smiles,name,pIC50\nCc1ccn[nH]1,tautomer,6.1\n"
    path = bench.file(text)
    (met,) = verbs.ingest(bench.place, path).collisions
    assert (met.kind, [(b.row, b.name) for b in met.rows]) == ("kin", [(2, "tautomer"), (0, "one")])
    assert "tautomers" in met.what
    assert verbs.ingest(bench.place, path).collisions == (met,)
