# SPDX-License-Identifier: Apache-2.0
"""From what was drawn to the parent: what is taken off, what is kept, and why, in plain words.

One pass over one molecule. Solvents and counterions go, charges go where a proton can do it;
stereo and isotopes stay; tautomers are not rewritten. What may not be the compound that was
measured (a mixture, a metal complex) is kept whole and doubted. No text of it repeats a structure.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import frozen
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from loopwright.modalities.molecules.doubts import LARGE
from loopwright.modalities.molecules.parts import (
    METALS,
    MINERAL,
    SALT_METALS,
    acids,
    counterions,
    solvents,
)

__all__ = ["VERSION", "Standard", "is_ordinary", "standardised"]

VERSION = 2
"""Of the rules in this module and its tables; raised by whoever changes what they answer."""

MINOR = 3
"""A part that is no known salt or solvent is taken off if another is so many times its size."""


@frozen(kw_only=True)
class Standard:
    """What one pass made of a molecule."""

    smiles: str
    notes: tuple[str, ...] = ()
    """What was changed, and what was noticed and kept."""

    doubts: tuple[str, ...] = ()
    """Keys of ``DOUBTS``."""


def standardised(mol: Any, *, is_plain_text: bool = False) -> Standard:
    """Return the parent of a molecule, as SMILES, with every change to it.

    Args:
        mol: As RDKit reads it; may be changed.
        is_plain_text: Whether it comes from SMILES without an extension, so that its canonical
            SMILES tells all there is to tell. What is ordinary then takes a short way to the
            same answer.
    """
    smiles = str(Chem.MolToSmiles(mol))
    if is_plain_text and is_ordinary(smiles):
        return Standard(smiles=smiles)
    return _in_full(mol, smiles)


_ORDINARY = re.compile(r"(?:[BCNOPSFIbcnops\d%()=#/\\-]|(?<=C)l|(?<=B)r|\[nH\]|\[C@@?H?\])*\Z")
_CARBON = re.compile(r"C(?!l)|c")


def is_ordinary(smiles: str) -> bool:
    """Return whether canonical SMILES shows nothing that a rule here speaks of.

    One part, with carbon, and no charge, isotope, number, metal or radical: each of these needs
    a dot or brackets of its own. None of the few carbon compounds that count as inorganic, and
    neither a single atom nor very many.
    """
    return bool(
        len(smiles) > 1
        and _ORDINARY.match(smiles)
        and _CARBON.search(smiles)
        and smiles not in MINERAL
        and (len(smiles) <= LARGE or len(_symbols(smiles)) <= LARGE)
    )


# ---- what the text of a canonical SMILES shows
_ATOM = re.compile(r"\[\d*([A-Z][a-z]?|[a-z]{1,2})[^]]*\]|(Cl|Br|[BCNOPSFI]|[bcnops])")


def _symbols(smiles: str) -> list[str]:
    """Return the element of every atom but hydrogen, in the order of the text."""
    found = (bracket or bare for bracket, bare in _ATOM.findall(smiles))
    return [symbol.capitalize() for symbol in found if symbol != "H"]


def _metals(smiles: str) -> list[str]:
    return [s for s in _symbols(smiles) if s in METALS] if "[" in smiles else []


def _is_organic(smiles: str) -> bool:
    return "C" in _symbols(smiles) and smiles not in MINERAL


def _written(mol: Any) -> str:
    return str(Chem.MolToSmiles(mol))


# ---- one pass
def _in_full(mol: Any, drawn: str) -> Standard:
    """Apply every rule; ``drawn`` is the molecule as it came."""
    notes: list[str] = []
    doubts: list[str] = []
    before = mol
    if _NUMBER.search(drawn):
        mol = _without_numbers(mol, notes)
    mol = _without_relative_stereo(mol, notes, doubts)
    if _metals(drawn):
        mol = _with_ions(mol, notes)
    if notes or mol is not before:
        drawn = _written(mol)
    if "." in drawn:
        parts = [_Part.of(p) for p in Chem.GetMolFrags(mol, asMols=True)]
        if _is_whole(parts):
            smiles, is_organic = drawn, any(p.is_organic for p in parts)
        else:
            parents = [_neutral(p.mol, notes) for p in _parents(parts, notes, doubts)]
            smiles, is_organic = ".".join(sorted(dict.fromkeys(parents))), True
    else:
        smiles = _neutral(mol, notes, drawn)
        is_organic = _is_organic(smiles)
    notes += _kept(smiles)
    doubts += _doubts(smiles, mol, is_organic=is_organic)
    return Standard(smiles=smiles, notes=tuple(dict.fromkeys(notes)), doubts=tuple(doubts))


_NUMBER = re.compile(r":\d+\]")


def _without_numbers(mol: Any, notes: list[str]) -> Any:
    """Take off atom numbers of reactions."""
    numbered = [a for a in mol.GetAtoms() if a.GetAtomMapNum()]
    for atom in numbered:
        atom.SetAtomMapNum(0)
    if numbered:
        notes.append("atom numbers dropped")
    return mol


def _without_relative_stereo(mol: Any, notes: list[str], doubts: list[str]) -> Any:
    """Leave open what is drawn as racemic or as one of two: canonical SMILES cannot say it."""
    groups = mol.GetStereoGroups()
    if not groups:
        return mol
    mol = Chem.RWMol(mol)
    for group in groups:
        if group.GetGroupType() == Chem.StereoGroupType.STEREO_ABSOLUTE:
            continue
        is_racemic = group.GetGroupType() == Chem.StereoGroupType.STEREO_AND
        places = [a.GetIdx() for a in group.GetAtoms()], [b.GetIdx() for b in group.GetBonds()]
        for place in places[0]:
            mol.GetAtomWithIdx(place).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        for place in places[1]:
            mol.GetBondWithIdx(place).SetStereo(Chem.BondStereo.STEREONONE)
        n = sum(map(len, places))
        drawn = "a racemate" if is_racemic else "one of two stereoisomers"
        notes.append(f"drawn as {drawn}: stereo left open at {n} centre{'s' * (n > 1)}")
        if n > 1:
            doubts[:] = ["relative"]
    mol.SetStereoGroups([])
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    return mol.GetMol()


_ALKALI = frozenset(["Li", "Na", "K", "Rb", "Cs"])
_EARTH_ALKALI = frozenset(["Mg", "Ca", "Sr", "Ba"])
_HOLDERS = frozenset(["O", "F", "S", "Cl", "Br", "I"])


def _with_ions(mol: Any, notes: list[str]) -> Any:
    """Open bonds of alkali and earth alkali metals to O, S, halogen (and N), drawn for ions."""
    found = [
        a.GetIdx()
        for a in mol.GetAtoms()
        if a.GetSymbol() in _ALKALI | _EARTH_ALKALI and a.GetDegree() and _is_ionic(a)
    ]
    if not found:
        return mol
    opened = Chem.RWMol(mol)
    for place in found:
        atom = opened.GetAtomWithIdx(place)
        others = list(atom.GetNeighbors())
        for other in others:
            opened.RemoveBond(place, other.GetIdx())
            other.SetFormalCharge(other.GetFormalCharge() - 1)
        atom.SetFormalCharge(atom.GetFormalCharge() + len(others))
        atom.SetNoImplicit(True)
        atom.SetNumRadicalElectrons(0)
        notes.append(f"metal bond opened: {SALT_METALS[atom.GetSymbol()]}")
    Chem.SanitizeMol(opened)
    return opened.GetMol()


def _is_ionic(metal: Any) -> bool:
    """Return whether every bond of a metal is one that stands for an ion pair."""
    holders = _HOLDERS | {"N"} if metal.GetSymbol() in _ALKALI else _HOLDERS
    return {n.GetSymbol() for n in metal.GetNeighbors()} <= holders and all(
        b.GetBondType() == Chem.BondType.SINGLE for b in metal.GetBonds()
    )


# ---- of several parts
@frozen(kw_only=True)
class _Part:
    """One connected part of a structure."""

    mol: Any
    flat: str
    """Its neutral form without stereo and isotopes."""

    @staticmethod
    def of(mol: Any) -> _Part:
        bare = Chem.Mol(mol)
        for atom in bare.GetAtoms():
            atom.SetIsotope(0)
        bare = Chem.RemoveHs(bare)
        neutral = bare
        with contextlib.suppress(ValueError):  # what takes no proton is known by its charged form
            neutral = _uncharger().uncharge(bare)
        flat = str(Chem.MolToSmiles(neutral, isomericSmiles=False))
        if Chem.MolFromSmiles(flat) is None:
            flat = str(Chem.MolToSmiles(bare, isomericSmiles=False))
        return _Part(mol=mol, flat=flat)

    @property
    def n_heavy(self) -> int:
        return len(_symbols(self.flat))

    @property
    def is_organic(self) -> bool:
        return _is_organic(self.flat)

    @property
    def is_metal_ion(self) -> bool:
        """Whether it is the bare ion of a metal that makes salts."""
        return self.n_heavy == 1 and set(_metals(self.flat)) <= SALT_METALS.keys()

    @property
    def has_carbanion(self) -> bool:
        return self.is_organic and self.mol.HasSubstructMatch(_carbanion())


@cache
def _carbanion() -> Any:
    return Chem.MolFromSmarts("[#6;-;!$(*~[+])]")


def _is_whole(parts: Sequence[_Part]) -> bool:
    """Return whether parts belong together: a metal complex, or nothing organic at all."""
    if not any(p.is_organic for p in parts):
        return True
    with_metal = [p for p in parts if _metals(p.flat)]
    if any(not p.is_organic and not p.is_metal_ion for p in with_metal):
        return True
    return bool(with_metal) and any(p.has_carbanion for p in parts)


def _parents(parts: Sequence[_Part], notes: list[str], doubts: list[str]) -> list[_Part]:
    """Return the one part that is the compound, or all those that could be it."""
    chosen = _of_first_role(parts)
    distinct = {_neutral(p.mol, []): p for p in chosen}
    largest = max(p.n_heavy for p in chosen)
    stays = [p for p in distinct.values() if p.n_heavy * MINOR > largest]
    flats = {p.flat for p in stays}
    for part in parts:
        if part.flat not in flats:
            notes.append(_loss(part, largest))
    n_equal = sum(p.flat in flats for p in parts)
    if n_equal > len(stays):
        notes.append(f"{n_equal} equal parts counted once")
    if len(stays) > 1:
        doubts.append("mixture")
    return stays


def _of_first_role(parts: Sequence[_Part]) -> list[_Part]:
    """Return the organic parts that are nothing else; else the counterions, else the solvents."""
    roles: dict[int, list[_Part]] = {}
    for part in parts:
        if part.is_organic:
            role = 2 if part.flat in solvents() else int(part.flat in counterions())
            roles.setdefault(role, []).append(part)
    first = roles[min(roles)]
    acid = [p for p in roles.get(1, []) if p.flat in acids()]
    if (
        acid
        and 0 in roles
        and not any("N" in p.flat or "n" in p.flat or "+" in p.flat for p in first)
    ):
        return [*first, *acid]  # a polyol makes no salt with an acid
    return first


def _loss(part: _Part, largest: int) -> str:
    """Say what was taken off."""
    if part.flat in solvents():
        return f"solvent stripped: {solvents()[part.flat]}"
    if part.flat in counterions():
        return f"salt stripped: {counterions()[part.flat]}"
    if _metals(part.flat) and part.is_metal_ion:
        return f"salt stripped: {SALT_METALS[_metals(part.flat)[0]]}"
    if not part.is_organic:
        return "salt stripped: an inorganic part"
    sizes = f"{part.n_heavy} heavy atoms, against {largest}"
    return f"small part stripped that is no known salt or solvent: {sizes}"


# ---- of what stays
@cache
def _uncharger() -> Any:
    return rdMolStandardize.Uncharger()


def _neutral(mol: Any, notes: list[str], drawn: str = "") -> str:
    """Take charges off as far as protons can; nitro groups and the like keep theirs."""
    drawn = drawn or _written(mol)
    if "+" not in drawn and "-]" not in drawn and "-2]" not in drawn:
        return drawn
    smiles = _written(_uncharger().uncharge(mol))
    if smiles != drawn:
        notes.append("charge neutralised")
    return smiles


_CHARGE = re.compile(r"([+-])(\d*)(?=\])")
_ISOTOPE = re.compile(r"\[\d")


def _kept(smiles: str) -> list[str]:
    """Say what was noticed and left as it is."""
    charge = sum(int(f"{sign}{n or 1}") for sign, n in _CHARGE.findall(smiles))
    return [
        *(["charge kept: no proton can take it off"] if charge else []),
        *(["isotope label kept"] if _ISOTOPE.search(smiles) else []),
    ]


def _doubts(smiles: str, mol: Any, *, is_organic: bool) -> list[str]:
    """Return what speaks against a parent as a compound."""
    n_heavy, metals = len(_symbols(smiles)), _metals(smiles)
    return [
        word
        for word, applies in (
            ("inorganic", not is_organic),
            ("metal", is_organic and bool(metals)),
            ("radical", not metals and _has_radical(smiles, mol)),
            ("tiny", is_organic and n_heavy < 2),
            ("large", n_heavy > LARGE),
        )
        if applies
    ]


def _has_radical(smiles: str, mol: Any) -> bool:
    """Return whether the parent has unpaired electrons; parts that were taken off may have."""
    if "[" not in smiles or not _n_unpaired(mol):
        return False
    return "." not in _written(mol) or bool(_n_unpaired(Chem.MolFromSmiles(smiles)))


def _n_unpaired(mol: Any) -> int:
    return sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
