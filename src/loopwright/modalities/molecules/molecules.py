# SPDX-License-Identifier: Apache-2.0
"""The molecule modality: reads, standardises, describes and draws molecules.

Structures are secrets: no message of this module repeats one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen
from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.MolStandardize import rdMolStandardize

from loopwright.core.errors import DataError
from loopwright.core.values import Candidate, Features, Kind
from loopwright.modalities.molecules.describe import describe_texts
from loopwright.modalities.molecules.weigh import mass_g_per_mol

__all__ = ["Molecules"]

MAX_MOLBLOCK_LENGTH = 100_000
WIDTH_PX, HEIGHT_PX = 220, 160
_CHARGED = re.compile(r"[+-]\d*\]")
_ATOM_MAP = re.compile(r":\d+\]")


@frozen(kw_only=True)
class Molecules:
    """The modality of small molecules."""

    max_smiles_length: int = 2_000
    max_atoms: int = 500
    n_workers: int = 0
    offers: frozenset[Kind] = frozenset({"vector", "counts", "family"})
    standardiser: str = f"rdkit {rdBase.rdkitVersion} / loopwright molecules 1"
    """What wrote the canonical notation; another version may write another one."""

    _fragments: Any = field(
        factory=lambda: rdMolStandardize.LargestFragmentChooser(True),
        init=False,
        repr=False,
        eq=False,
    )
    _uncharger: Any = field(factory=rdMolStandardize.Uncharger, init=False, repr=False, eq=False)

    def parse(self, text: str, name: str = "") -> Candidate:
        """Return the canonical candidate of a SMILES or mol block.

        Of several fragments the largest organic one stays; charges are taken off where a
        proton can do it; atom numbers are dropped; stereo and isotopes are kept. Tautomers
        stay apart.

        Raises:
            DataError: The text is no molecule, or one that cannot be made: too large, with an
                open end, or against the rules of valence.
        """
        with rdBase.BlockLogs():
            canonical = self._canonical(text)
        digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
        return Candidate(id=f"M-{digest}", text=canonical, name=name)

    def describe(self, candidates: Sequence[Candidate], kinds: frozenset[Kind]) -> Features:
        """Return fingerprint counts, descriptors and scaffolds, as far as they are asked for.

        ``counts`` are folded Morgan, atom pair and torsion counts side by side; ``vector`` are
        plain descriptors, finite, unscaled; ``family`` is the Murcko scaffold, or the
        molecule's own id where it has no ring. A large pool is spread over processes; a script
        that describes one stands under ``if __name__ == "__main__":``.
        """
        asked = kinds & self.offers
        blocks = describe_texts([c.text for c in candidates], asked, n_workers=self.n_workers)
        return Features(ids=tuple(c.id for c in candidates), blocks=blocks)

    def depict(self, candidate: Candidate) -> str:
        """Return the skeletal formula as an SVG element on a transparent ground."""
        with rdBase.BlockLogs():
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

    def g_per_mol(self, text: str) -> float:
        """Return the molar mass of a SMILES or mol block as it is drawn, with its salt.

        Raises:
            DataError: The text is no molecule.
        """
        with rdBase.BlockLogs():
            return mass_g_per_mol(self._read(text))

    def _canonical(self, text: str) -> str:
        """Return standardised SMILES that is known to read back as itself."""
        mol, smiles = self._read(text), text.strip()
        try:
            if mol.GetNumAtoms() > self.max_atoms:
                raise _refusal(f"A molecule has more than {self.max_atoms} heavy atoms")
            for _ in range(5):
                written = self._standardised(mol)
                if "*" in written or "~" in written:
                    raise _refusal("A structure has an open end, or an unknown atom or bond")
                if written == smiles:
                    return smiles
                mol, smiles = Chem.MolFromSmiles(written), written
                if mol is None:
                    raise _refusal("A structure has no SMILES that can be read back")
        except (RuntimeError, ValueError) as ex:
            if isinstance(ex, DataError):
                raise
            raise _refusal("A structure cannot be standardised") from ex
        raise _refusal("A structure has no stable canonical SMILES")

    def _read(self, text: str) -> Any:
        """Return RDKit's molecule of a text within the limits."""
        is_block = "M  END" in text
        limit = MAX_MOLBLOCK_LENGTH if is_block else self.max_smiles_length
        if len(text) > limit:
            raise _refusal(f"A structure text is longer than {limit} characters")
        if not text.strip() or "\0" in text:
            raise _refusal("A structure text is blank or holds a NUL character")
        _, _, rest = text.strip().partition(" ")
        if not is_block and rest and not rest.lstrip().startswith("|"):
            raise _refusal("A SMILES has more text behind it")
        try:
            mol = Chem.MolFromMolBlock(text) if is_block else Chem.MolFromSmiles(text.strip())
        except (RuntimeError, ValueError) as ex:
            raise _refusal("A structure cannot be read") from ex
        if mol is None or mol.GetNumAtoms() == 0:
            raise _refusal("A structure cannot be read")
        return mol

    def _standardised(self, mol: Any) -> str:
        """Return the SMILES of the neutral parent; the costly steps only where they apply."""
        smiles = str(Chem.MolToSmiles(mol))
        if _ATOM_MAP.search(smiles):
            for atom in mol.GetAtoms():
                atom.SetAtomMapNum(0)
            smiles = str(Chem.MolToSmiles(mol))
        has_parts = "." in smiles
        if not has_parts and not _CHARGED.search(smiles):
            return smiles
        if has_parts:
            mol = self._fragments.choose(mol)
        return str(Chem.MolToSmiles(self._uncharger.uncharge(mol)))


def _refusal(what: str) -> DataError:
    return DataError(
        what,
        where="structure",
        remedy="Draw it again, or give a valid SMILES or mol block of one complete molecule.",
    )
