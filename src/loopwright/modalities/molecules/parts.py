# SPDX-License-Identifier: Apache-2.0
"""Which parts of a structure accompany a compound: its solvents and its counterions, by name.

A part is looked up as its neutral form without stereo and isotopes. What is listed is taken off
only where something else stays; what stays is decided in ``standardise``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from rdkit import Chem

__all__ = ["METALS", "MINERAL", "SALT_METALS", "acids", "counterions", "solvents"]

SOLVENTS = """
water O|methanol CO|ethanol CCO|2-propanol CC(C)O|1-propanol CCCO|1-butanol CCCCO
acetone CC(C)=O|acetonitrile CC#N|dichloromethane ClCCl|chloroform ClC(Cl)Cl
1,2-dichloroethane ClCCCl|ethyl acetate CCOC(C)=O|isopropyl acetate CC(=O)OC(C)C
diethyl ether CCOCC|tert-butyl methyl ether COC(C)(C)C|tetrahydrofuran C1CCOC1
1,4-dioxane C1COCCO1|dimethyl sulfoxide CS(C)=O|dimethylformamide CN(C)C=O
dimethylacetamide CC(=O)N(C)C|N-methylpyrrolidone CN1CCCC1=O|toluene Cc1ccccc1
hexane CCCCCC|heptane CCCCCCC|cyclohexane C1CCCCC1|2-butanone CCC(C)=O
propylene glycol CC(O)CO|ethylene glycol OCCO|1,2-dimethoxyethane COCCOC
"""
"""Solvents of processes that form solvates; named by ICH guideline Q3C, water apart."""

ACIDS = """
acetate CC(=O)O|formate O=CO|propionate CCC(=O)O|butyrate CCCC(=O)O|isobutyrate CC(C)C(=O)O
pivalate CC(C)(C)C(=O)O|valerate CCCCC(=O)O|hexanoate CCCCCC(=O)O|octanoate CCCCCCCC(=O)O
decanoate CCCCCCCCCC(=O)O|laurate CCCCCCCCCCCC(=O)O|palmitate CCCCCCCCCCCCCCCC(=O)O
stearate CCCCCCCCCCCCCCCCCC(=O)O|oleate CCCCCCCCC=CCCCCCCCC(=O)O
undecylenate C=CCCCCCCCCC(=O)O
trifluoroacetate O=C(O)C(F)(F)F|dichloroacetate O=C(O)C(Cl)Cl|glycolate O=C(O)CO
lactate CC(O)C(=O)O|oxalate O=C(O)C(=O)O|malonate O=C(O)CC(=O)O|succinate O=C(O)CCC(=O)O
glutarate O=C(O)CCCC(=O)O|adipate O=C(O)CCCCC(=O)O|maleate or fumarate O=C(O)C=CC(=O)O
malate O=C(O)CC(O)C(=O)O|tartrate O=C(O)C(O)C(O)C(=O)O
citrate O=C(O)CC(O)(CC(=O)O)C(=O)O|2-oxoglutarate O=C(O)CCC(=O)C(=O)O
gluconate O=C(O)C(O)C(O)C(O)C(O)CO|glucuronate O=C(O)C1OC(O)C(O)C(O)C1O
mucate O=C(O)C(O)C(O)C(O)C(O)C(=O)O
glucoheptonate O=C(O)C(O)C(O)C(O)C(O)C(O)CO
lactobionate O=C(O)C(O)C(O)C(OC1OC(CO)C(O)C(O)C1O)C(O)CO
ascorbate O=C1OC(C(O)CO)C(O)=C1O|benzoate O=C(O)c1ccccc1|salicylate O=C(O)c1ccccc1O
gentisate O=C(O)c1cc(O)ccc1O|mandelate O=C(O)C(O)c1ccccc1|cinnamate O=C(O)C=Cc1ccccc1
hippurate O=C(O)CNC(=O)c1ccccc1|nicotinate O=C(O)c1cccnc1|orotate O=C(O)c1cc(=O)[nH]c(=O)[nH]1
pyroglutamate O=C1CCC(C(=O)O)N1|aceturate CC(=O)NCC(=O)O
4-acetamidobenzoate CC(=O)Nc1ccc(C(=O)O)cc1|2-furoate O=C(O)c1ccco1
xinafoate O=C(O)c1ccc2ccccc2c1O|3-hydroxy-2-naphthoate O=C(O)c1cc2ccccc2cc1O
pamoate O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O
camphorate CC1(C)C(C(=O)O)CCC1(C)C(=O)O
mesylate CS(=O)(=O)O|esylate CCS(=O)(=O)O|isethionate O=S(=O)(O)CCO
edisylate O=S(=O)(O)CCS(=O)(=O)O|besylate O=S(=O)(O)c1ccccc1|tosylate Cc1ccc(S(=O)(=O)O)cc1
closylate O=S(=O)(O)c1ccc(Cl)cc1|napsylate O=S(=O)(O)c1ccc2ccccc2c1
napadisylate O=S(=O)(O)c1cccc2c(S(=O)(=O)O)cccc12|camsylate CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2
triflate O=S(=O)(O)C(F)(F)F|methyl sulfate COS(=O)(=O)O|ethyl sulfate CCOS(=O)(=O)O
lauryl sulfate CCCCCCCCCCCCOS(=O)(=O)O|cyclamate O=S(=O)(O)NC1CCCCC1
saccharinate O=C1NS(=O)(=O)c2ccccc21|glycerophosphate O=P(O)(O)OCC(O)CO
picrate O=[N+]([O-])c1cc([N+](=O)[O-])c(O)c([N+](=O)[O-])c1
glycine NCC(=O)O
"""
"""Acids that make salts of drugs: Stahl & Wermuth, Handbook of Pharmaceutical Salts (2nd
edition, 2011), and those that syntheses leave behind."""

BASES = """
arginine N=C(N)NCCCC(N)C(=O)O|lysine NCCCCC(N)C(=O)O
aspartate NC(CC(=O)O)C(=O)O|glutamate NC(CCC(=O)O)C(=O)O
ethanolamine NCCO|diolamine OCCNCCO|trolamine OCCN(CCO)CCO|deanol CN(C)CCO
2-(diethylamino)ethanol CCN(CC)CCO|tromethamine NC(CO)(CO)CO|meglumine CNCC(O)C(O)C(O)C(O)CO
choline C[N+](C)(C)CCO|epolamine OCCN1CCCC1|4-(2-hydroxyethyl)morpholine OCCN1CCOCC1
diethylamine CCNCC|triethylamine CCN(CC)CC|diisopropylethylamine CCN(C(C)C)C(C)C
tert-butylamine CC(C)(C)N|ethylenediamine NCCN|piperazine C1CNCCN1
benzathine c1ccc(CNCCNCc2ccccc2)cc1|benethamine c1ccc(CCNCc2ccccc2)cc1
dicyclohexylamine C1CCC(NC2CCCCC2)CC1|imidazole c1c[nH]cn1
tetramethylammonium C[N+](C)(C)C|tetrabutylammonium CCCC[N+](CCCC)(CCCC)CCCC
"""
"""Bases that make salts of drugs, from the same source."""

INORGANIC = """
chloride Cl|bromide Br|iodide I|fluoride F|sulfate O=S(=O)(O)O|nitrate O=[N+]([O-])O
phosphate O=P(O)(O)O|ammonium N|sulfite O=S(O)O|borate OB(O)O
tetrafluoroborate F[B-](F)(F)F|hexafluorophosphate F[P-](F)(F)(F)(F)F
perchlorate [O-][Cl+3]([O-])([O-])O|carbonate O=C(O)O|thiocyanate N#CS|thiocyanate N=C=S
cyanide C#N|cyanate N#CO|carbon dioxide O=C=O|carbon monoxide [C-]#[O+]
carbon disulfide S=C=S|proton [H+]|hydrazine NN|hydrogen peroxide OO|dihydrogen [H][H]
"""

MINERAL = frozenset(
    ["O=C(O)O", "N#CS", "N=C=S", "C#N", "N#CO", "N=C=O", "O=C=O", "[C-]#[O+]", "S=C=S"]
)
"""Carbon compounds that are counted among the inorganic ones."""

SALT_METALS: Mapping[str, str] = MappingProxyType(
    {
        "Li": "lithium", "Na": "sodium", "K": "potassium", "Rb": "rubidium", "Cs": "caesium",
        "Mg": "magnesium", "Ca": "calcium", "Sr": "strontium", "Ba": "barium", "Al": "aluminium",
        "Zn": "zinc", "Bi": "bismuth",
    }
)  # fmt: skip
"""Metals whose ions stand beside a compound; any other is a part of it, as in a complex."""

_NO_METALS = "H He B C N O F Ne Si P S Cl Ar Ge As Se Br Kr Sb Te I Xe At Rn Ts Og"

METALS = frozenset(
    Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119)
).difference(_NO_METALS.split())
"""Symbols; boron, silicon, germanium, arsenic, antimony and tellurium are none."""


@cache
def solvents() -> Mapping[str, str]:
    """Return flat SMILES -> name of the solvents."""
    return _table(SOLVENTS)


@cache
def acids() -> Mapping[str, str]:
    """Return flat SMILES -> name of the salt, of organic acids."""
    return _table(ACIDS)


@cache
def counterions() -> Mapping[str, str]:
    """Return flat SMILES -> name of every counterion, organic or not."""
    return {**acids(), **_table(BASES), **_table(INORGANIC)}


def _table(text: str) -> dict[str, str]:
    entries = [e.rpartition(" ") for line in text.strip().splitlines() for e in line.split("|")]
    return {
        Chem.MolToSmiles(Chem.MolFromSmiles(smiles), isomericSmiles=False): name
        for name, _, smiles in entries
    }
