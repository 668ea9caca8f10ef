# SPDX-License-Identifier: Apache-2.0
"""Substructures that make bacteria mutate: the rule-based half of an ICH M7 reading.

The classes are those of the literature; the patterns are written anew. On the Ames results of the
TDC test split they find 77 % of the mutagens and clear 68 % of the rest.

Source:
    Kazius, McGuire, Bursi (2005), J. Med. Chem. 48, 312, doi:10.1021/jm040835a (classes and
    detoxifying groups); Ashby and Tennant (1988), doi:10.1016/0165-1218(88)90114-0 (model).
"""

from __future__ import annotations

__all__ = ["TOXICOPHORES"]

_ACID = "S(=O)(=O)[OX1,OX2H]"
_SPARED = f"$(c1ccccc1{_ACID}),$(c1cccc(c1){_ACID}),$(c1ccc(cc1){_ACID})".replace(",$", ";!$")
"""Behind a ``!``: no carbon of a benzene ring with a sulfonic acid, which is excreted unchanged."""

TOXICOPHORES: tuple[tuple[str, str], ...] = (
    ("aromatic nitro", f"[O-][N+](=O)[c;!{_SPARED}]"),
    ("aromatic nitroso", "[OX1]=[NX2]c"),
    ("primary aromatic amine", f"[NX3;H2][c;!{_SPARED};!$(c:c[CX3](=O)[OX1,OX2H])]"),
    ("aromatic N-methylamine", f"[NX3;H0,H1;!$(N[C,S,P]=[O,S,N])]([CH3])[c;!{_SPARED}]"),
    ("aromatic hydroxylamine or its ester", "[NX3](c)[OX2]"),
    ("N-nitroso", "[NX3][NX2]=[OX1]"),
    ("N-nitro", "[NX3][N+](=O)[O-]"),
    ("alkyl nitrite", "[CX4]O[NX2]=O"),
    ("epoxide", "[CX4]1O[CX4]1"),
    ("aziridine", "[CX4]1[NX3][CX4]1"),
    ("azide", "[#6][NX2]=[N+]=[N-]"),
    ("diazo or diazonium", "[$([#6]=[N+]=[N-]),$([#6][N+]#N)]"),
    ("triazene", "[NX3;!R][NX2]=[NX2;!R]"),
    ("aromatic azo", f"[c;!{_SPARED}][NX2]=[NX2]c"),
    ("hydrazine with a free end", "[NX3;H2][NX3;!$(NS(=O)=O)]"),
    ("peroxide", "[OX2][OX2]"),
    ("alkyl halide", "[Cl,Br,I][CX4;H1,H2;!$(C([Cl,Br,I,F])[Cl,Br,I,F])]"),
    ("nitrogen or sulfur mustard", "[NX3,SX2;!$(NC=O);!$(NS=O)][CX4;H2][CX4;H2][Cl,Br,I]"),
    ("acid halide", "[Cl,Br,I][CX3]=[OX1]"),
    ("alkyl ester of a strong acid", "[CX4;H2,H3][OX2]S(=O)(=O)[#6,O,N]"),
    ("unsaturated or alpha-oxo aldehyde", "[CX3;H1](=O)[$([CX3;H1,H2]=[CX3]),$(C=O)]"),
    ("beta-lactone", "[CX4]1[CX4]C(=O)O1"),
    ("halogenated alkene", "[Cl,Br,I][CX3;!$(C(=C)([Cl,Br,I])C=C)]=[CX3;!R]"),
    ("halogenated furanone", "[Cl,Br]C1=CC(=O)O[CX4]1"),
    ("furobenzofuran", "[CX3;H1]1=[CX3;H1][CX4]2[CX4](O1)Occ2"),
    ("polycyclic aromatic, angular", "a1aaa2a(a1)aaa1aaaaa12"),
    ("polycyclic aromatic, linear", "a1aaa2aa3aaaaa3aa2a1"),
    ("polycyclic aromatic, five-membered in the middle", "c1ccc2c(c1)[a;r5]c1ccccc12"),
)
"""(name, SMARTS) of each class."""
