# SPDX-License-Identifier: Apache-2.0
"""Train the catalogue anew: ``python scripts/make_catalogue.py admet FOLDER_OF_DATA``.

The data are those of the Therapeutics Data Commons' ADMET benchmark group, one folder for each
data set with ``train_val.csv``. Their test splits are never looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rdkit import Chem, rdBase

from loopwright.api.catalogue_making import make_catalogue
from loopwright.api.catalogues import known_catalogues

HOME = Path(__file__).parents[1] / "src" / "loopwright" / "catalogue"


def main() -> None:
    """Train all endpoints and put the folder into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=known_catalogues())
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    out = args.out or HOME / args.name
    make_catalogue(args.name, args.data, out=out, called=inchi_keys, watch=print)
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"{out}: {size / 1e6:.1f} MB")


def inchi_keys(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the InChIKey of each SMILES."""
    to_key: Any = Chem.MolToInchiKey
    with rdBase.BlockLogs():
        keys = [str(to_key(Chem.MolFromSmiles(text), options="-W1")) for text in texts]
    return tuple(key or "no InChIKey" for key in keys)


if __name__ == "__main__":
    main()
