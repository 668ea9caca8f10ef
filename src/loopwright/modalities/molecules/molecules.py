# SPDX-License-Identifier: Apache-2.0
"""The molecule modality: reads, standardises, describes and draws molecules.

Structures are secrets: no message of this module repeats one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from attrs import Factory, field, frozen
from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from loopwright.core.counts import Counts
from loopwright.core.errors import DataError
from loopwright.core.readings import Alert, Kin, Reading
from loopwright.core.values import Candidate, Features, Kind
from loopwright.modalities.molecules.alerts import alerts_of
from loopwright.modalities.molecules.anatomy import Atoms
from loopwright.modalities.molecules.crowd import read_texts
from loopwright.modalities.molecules.cuts import Scissors
from loopwright.modalities.molecules.describe import describe_texts
from loopwright.modalities.molecules.doubts import DOUBTS, demand_one_structure
from loopwright.modalities.molecules.kin import KinFinder
from loopwright.modalities.molecules.physics import COMPUTED, computed_of
from loopwright.modalities.molecules.quiet import quiet
from loopwright.modalities.molecules.standardise import VERSION, Standard, is_ordinary, standardised
from loopwright.modalities.molecules.weigh import mass_g_per_mol
from loopwright.science.amino_acids import is_sequence

__all__ = ["Molecules"]

REDRAW = "Draw it again, or give a valid SMILES or mol block of one complete molecule."
PROTEIN = "It reads like a protein: add `--modality proteins`, or write its structure as SMILES."
"""What to do about a text that is no molecule."""

MAX_MOLBLOCK_LENGTH = 100_000
WIDTH_PX, HEIGHT_PX = 220, 160


@frozen(kw_only=True)
class Molecules:
    """The modality of small molecules."""

    max_smiles_length: int = 2_000
    max_atoms: int = 500
    n_workers: int = 0
    accept: tuple[str, ...] = ()
    offers: frozenset[Kind] = frozenset(
        {"vector", "counts", "patterns", "descriptors", "graph", "family", "curation", "sketch"}
    )
    standardiser: str = f"rdkit {rdBase.rdkitVersion} / loopwright molecules {VERSION}"
    """What wrote the canonical notation; another version may write another one."""

    computed_names: tuple[str, ...] = field(default=COMPUTED, init=False, repr=False, eq=False)
    anatomy: Atoms = field(factory=Atoms, init=False, repr=False, eq=False)
    cutter: Scissors = field(
        default=Factory(lambda self: Scissors(parse=self.parse), takes_self=True),
        init=False,
        repr=False,
        eq=False,
    )
    _kin: KinFinder = field(
        default=Factory(lambda self: KinFinder(n_workers=self.n_workers), takes_self=True),
        init=False,
        repr=False,
        eq=False,
    )
    _doubted: dict[str, str] = field(factory=dict, init=False, repr=False, eq=False)

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the canonical candidate of a SMILES or mol block.

        Solvents and counterions are taken off, and charges where a proton can do it; atom
        numbers are dropped; stereo and isotopes are kept. Tautomers stay apart.

        Raises:
            DataError: The text is no molecule, or one that cannot be made: too large, with an
                open end, a polymer or a query, or against the rules of valence.
        """
        with quiet():
            return _candidate(self._canonical(text).smiles, name)

    def readings(self, texts: Sequence[str]) -> tuple[Reading | DataError, ...]:
        """Return each candidate with every change to what was drawn, and what speaks against it.

        A large crowd is spread over processes, with the same answers.
        """
        options = {
            "max_smiles_length": self.max_smiles_length,
            "max_atoms": self.max_atoms,
            "accept": list(self.accept),
        }
        with quiet():
            return read_texts(texts, self._reading, options, n_workers=self.n_workers)

    def doubts(self, candidates: Sequence[Candidate]) -> tuple[str, ...]:
        """Return what speaks against each as a compound; most are cleared by their text alone."""
        return tuple("" if is_ordinary(c.text) else self._doubt(c.text) for c in candidates)

    def kin(
        self, candidates: Sequence[Candidate], others: Sequence[Candidate] = ()
    ) -> tuple[Kin, ...]:
        """Return groups that share the first block of the InChIKey, and how they differ."""
        with quiet():
            return self._kin.find(candidates, others)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return fingerprint counts, descriptors and scaffolds, as far as they are asked for.

        ``counts`` are folded counts of six kinds side by side, ``patterns`` those of Morgan, atom
        pairs and torsions alone with the reduced graph; ``vector`` are descriptors on a fixed
        scale, ``descriptors`` more of them in their own units, all finite; ``graph`` the
        letters of the SMILES; ``family`` is the
        Murcko scaffold, or the molecule's own id where it has no ring. A large pool is spread
        over processes; a script that describes one stands under ``if __name__ == "__main__":``.
        """
        asked = kinds & self.offers
        blocks = describe_texts([c.text for c in candidates], asked, n_workers=self.n_workers)
        return Features(ids=tuple(c.id for c in candidates), blocks=blocks)

    def sketch(self, texts: Sequence[str]) -> Counts:
        """Return counts of small circular substructures and of a few parts of each structure.

        Eight times as fast as ``describe``; salts are counted with their compound.
        """
        likely = [text if self._is_likely(text) else "" for text in texts]
        found = describe_texts(likely, frozenset({"sketch"}), n_workers=self.n_workers)["sketch"]
        return cast("Counts", found)

    def _is_likely(self, text: str) -> bool:
        """Return whether a text may be a structure within the limits."""
        if _is_block(text):
            return len(text) <= MAX_MOLBLOCK_LENGTH
        return len(text) <= self.max_smiles_length and (" " not in text.strip() or "|" in text)

    def depict(self, candidate: Candidate) -> str:
        """Return the skeletal formula as an SVG element on a transparent ground."""
        with quiet():
            mol = Chem.MolFromSmiles(candidate.text)
            if mol is None:
                raise _refusal("This candidate has no readable SMILES")
            drawer = rdMolDraw2D.MolDraw2DSVG(WIDTH_PX, HEIGHT_PX)
            options: Any = drawer.drawOptions()
            options.clearBackground = False
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
            drawer.FinishDrawing()
        svg = str(drawer.GetDrawingText())
        body = svg[svg.index("<svg") :].replace("<!-- END OF HEADER -->\n", "")
        return body.replace("<svg ", '<svg role="img" ', 1).strip()

    def computed(self, candidates: Sequence[Candidate]) -> tuple[Mapping[str, float], ...]:
        """Return size, counts and surfaces of each, by name, with the unit in the name."""
        with quiet():
            return computed_of([c.text for c in candidates])

    def alerts(self, candidates: Sequence[Candidate]) -> tuple[tuple[Alert, ...], ...]:
        """Return the structural alerts of each: PAINS, Brenk's list, mutagenic substructures."""
        with quiet():
            return alerts_of([c.text for c in candidates])

    def g_per_mol(self, text: str) -> float:
        """Return the molar mass of a SMILES or mol block as it is drawn, with its salt.

        Raises:
            DataError: The text is no molecule.
        """
        with quiet():
            return mass_g_per_mol(self._read(text))

    def _doubt(self, text: str) -> str:
        if text not in self._doubted:
            with quiet():
                self._doubted[text] = self._reading(text).doubt
        return self._doubted[text]

    def _reading(self, text: str) -> Reading:
        """Return the candidate of a text, what was changed, and what speaks against it."""
        found = self._canonical(text)
        candidate = _candidate(found.smiles)
        if not found.notes and not found.doubts:
            return Reading(candidate=candidate)
        open_doubts = [DOUBTS[word] for word in found.doubts if word not in self.accept]
        accepted = [f"accepted: {DOUBTS[w].what}" for w in found.doubts if w in self.accept]
        return Reading(
            candidate=candidate,
            notes=(*found.notes, *accepted),
            doubt="; ".join(d.what for d in open_doubts),
            remedy=" ".join(d.remedy for d in open_doubts),
        )

    def _canonical(self, text: str) -> Standard:
        """Return what became of a text; its SMILES is known to read back as itself."""
        is_plain = "|" not in text and not _is_block(text)
        mol, smiles = self._read(text), text.strip()
        notes, doubts = dict[str, None](), dict[str, None]()
        try:
            if mol.GetNumAtoms() > self.max_atoms:
                raise _refusal(f"A molecule has more than {self.max_atoms} heavy atoms")
            if not is_plain:
                demand_one_structure(mol)
            for _ in range(5):
                found = standardised(mol, is_plain_text=is_plain)
                notes |= dict.fromkeys(found.notes)
                doubts |= dict.fromkeys(found.doubts)
                if "*" in found.smiles or "~" in found.smiles:
                    raise _refusal("A structure has an open end, or an unknown atom or bond")
                if len(found.smiles) > self.max_smiles_length:
                    raise _refusal(f"Canonical SMILES has over {self.max_smiles_length} characters")
                if found.smiles == smiles:
                    return Standard(smiles=smiles, notes=tuple(notes), doubts=tuple(doubts))
                mol, smiles, is_plain = Chem.MolFromSmiles(found.smiles), found.smiles, True
                if mol is None:
                    raise _refusal("A structure has no SMILES that can be read back")
        except (RuntimeError, ValueError) as ex:
            if isinstance(ex, DataError):
                raise
            raise _refusal("A structure cannot be standardised") from ex
        raise _refusal("A structure has no stable canonical SMILES")

    def _read(self, text: str) -> Any:
        """Return RDKit's molecule of a text within the limits."""
        is_block = _is_block(text)
        limit = MAX_MOLBLOCK_LENGTH if is_block else self.max_smiles_length
        if len(text) > limit:
            raise _refusal(f"A structure text is longer than {limit} characters")
        if not text.strip() or "\0" in text:
            raise _refusal("A structure text is blank or holds a NUL character")
        _, *rest = text.split(maxsplit=1)
        if not is_block and rest and not rest[0].startswith("|"):
            raise _refusal("A SMILES has more text behind it")
        try:
            mol = Chem.MolFromMolBlock(text) if is_block else Chem.MolFromSmiles(text.strip())
        except (RuntimeError, ValueError) as ex:
            raise _refusal("A structure cannot be read") from ex
        if mol is None or mol.GetNumAtoms() == 0:
            raise _refusal("A structure cannot be read", PROTEIN if is_sequence(text) else REDRAW)
        return mol


def _candidate(smiles: str, name: str = "") -> Candidate:
    """Return the candidate of a canonical SMILES."""
    digest = hashlib.sha256(smiles.encode()).hexdigest()[:12]
    return Candidate(id=f"M-{digest}", text=smiles, name=name)


def _is_block(text: str) -> bool:
    return "M  END" in text


def _refusal(what: str, remedy: str = REDRAW) -> DataError:
    return DataError(what, where="structure", remedy=remedy)
