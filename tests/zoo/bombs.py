# SPDX-License-Identifier: Apache-2.0
"""Files that are made to fill a memory, to hold a processor, or to reach where they should not.

Each is small, or made small; ``guarded`` reads one in a process of its own within a memory limit
and tells what became of it, how long it took and how much memory it took.
"""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

LIMIT_MB = 256
ROWS = b"CCO,5\n"
STRINGS = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
PLAIN = "smiles,pIC50\nCCO,5\n"
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as made:
        for name, data in files:
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, compress_type=method)
    return content.getvalue()


def overlapping():
    """One member, named five hundred times by the directory at the end."""
    one = zipped(("a.csv", b"smiles,pIC50\n" + ROWS * 1_500_000))
    start = one.index(b"PK\x01\x02")
    entry, end = one[start : one.index(b"PK\x05\x06")], one[one.index(b"PK\x05\x06") :]
    n = 500
    tail = end[:8] + struct.pack("<HHII", n, n, n * len(entry), start) + end[20:]
    return one[:start] + entry * n + tail


def lying(size=100):
    """A member of 300 MB that says it has a hundred bytes."""
    made = bytearray(zipped(("a.csv", b"smiles,pIC50\n" + ROWS * 50_000_000)))
    at = made.index(b"PK\x01\x02")
    made[at + 24 : at + 28] = struct.pack("<I", size)
    made[22:26] = struct.pack("<I", size)
    return bytes(made)


def gzipped(n_mb):
    part = gzip.compress(b"smiles,pIC50\n" + ROWS * 4_000_000, 1, mtime=0)
    return part * (n_mb // 24)


def workbook(**replaced):
    """A workbook of one row with parts replaced by others."""
    made, plain, content = Workbook(), io.BytesIO(), io.BytesIO()
    made.active.append(["smiles", "pIC50"])
    made.active.append(["CCO", "x"])
    made.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = replaced.get(Path(entry.filename).stem) or old.read(entry)
            if entry.filename == "[Content_Types].xml" and "strings" in replaced:
                data = data.replace(b"</Types>", STRINGS + b"</Types>")
            new.writestr(entry.filename, data)
        if "strings" in replaced:
            new.writestr("xl/sharedStrings.xml", replaced["strings"])
    return content.getvalue()


def sheet(rows, before="", after=""):
    text = f'<worksheet xmlns="{SPACE}">{after}<sheetData>{rows}</sheetData></worksheet>'
    return (before + text).encode()


def laughs():
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)
    )
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a11;</t></is></c></row>'
    return workbook(sheet1=sheet(row, f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>'))


def strings(n, length=1):
    text = "".join(f"<si><t>{'x' * length}</t></si>" for _ in range(n))
    return f'<sst xmlns="{SPACE}">{text}</sst>'.encode()


def corner():
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>smiles</t></is></c></row>'
    rows += "".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(2, 3000))
    size = '<dimension ref="A1:XFD1048576"/>'
    return workbook(sheet1=sheet(rows + '<row r="9000000"><c r="A9000000"/></row>', after=size))


def parquet(table, **options):
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


def same_over_again(n, text):
    indices = pa.array(np.zeros(n, np.int32))
    column = pa.DictionaryArray.from_arrays(indices, pa.array([text]))
    return parquet(pa.table({"smiles": column, "pIC50": column}), row_group_size=n)


def lying_footer():
    """A column of 180 MB in a file of kilobytes whose footer says 2 kB."""
    made = bytearray(
        parquet(pa.table({"smiles": ["C" * 180_000_000]}), compression="zstd", use_dictionary=False)
    )
    start = len(made) - 8 - struct.unpack("<I", made[-8:-4])[0]
    sizes = {
        n
        for group in [pq.ParquetFile(io.BytesIO(bytes(made))).metadata.row_group(0)]
        for n in (group.total_byte_size, group.column(0).total_uncompressed_size)
    }
    for size in sizes:
        old, footer = varint(2 * size), bytes(made[start:])
        new = bytes([0xA0, 0x9F, *[0x80] * (len(old) - 3), 0x00])
        made[start:] = footer.replace(old, new)
    return bytes(made)


def varint(n):
    found = []
    while n >= 0x80:
        found.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*found, n])


BOMBS = {
    "flat.zip": lambda: zipped(("a.csv", ROWS * 50_000_000)),
    "below the limit.zip": lambda: zipped(("a.csv", ROWS * 30_000_000)),
    "nested.zip": lambda: zipped(("a.csv", PLAIN), ("b.zip", zipped(("c.csv", ROWS * 9_000_000)))),
    "overlapping.zip": overlapping,
    "lying.zip": lying,
    "bzip2.zip": lambda: zipped(("a.csv", ROWS * 9_000_000), method=zipfile.ZIP_BZIP2),
    "out.zip": lambda: zipped(
        ("good.csv", PLAIN), ("../../out.csv", PLAIN), ("/tmp/out.csv", PLAIN), ("C:\\o.csv", PLAIN)
    ),
    "flat.csv.gz": lambda: gzipped(1_200),
    "below the limit.csv.gz": lambda: gzipped(160),
    "rows.xlsx": lambda: workbook(sheet1=sheet("<row><c/></row>" * 12_000_000)),
    "strings.xlsx": lambda: workbook(strings=strings(8_000_000)),
    "laughs.xlsx": laughs,
    "corner.xlsx": corner,
    "one long string.xlsx": lambda: workbook(
        strings=strings(2, 30_000),
        sheet1=sheet('<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>' * 20_000),
    ),
    "same over again.parquet": lambda: same_over_again(20_000_000, "CCO"),
    "long text over again.parquet": lambda: same_over_again(400_000, "C" * 90_000),
    "lying footer.parquet": lying_footer,
    "a million atoms.csv": f"smiles,pIC50\n{'C' * 1_000_000},5\nCCO,6\n".encode,
    "ten thousand atoms.csv": f"smiles,pIC50\n{'C' * 10_000},5\nCCO,6\n".encode,
    "ring of rings.csv": f"smiles,pIC50\n{'C1CC1' * 390},5\nCCO,6\n".encode,
    "one long line.csv": lambda: b"smiles,pIC50\n" + b"x" * 30_000_000 + b"\nCCO,6\n",
    "a million columns.csv": lambda: b"smiles," * 60_000 + b"\n" + b"CCO," * 60_000 + b"\n",
    "deep quotes.csv": lambda: b"smiles,pIC50\n" + b'"' * 9_999_999 + b"\nCCO,6\n",
    "deep lists.json": lambda: b"[" * 2_000_000,
    "deep tables.html": lambda: b"<table><tr><td>" * 300_000,
}
"""Name -> what makes it."""

_CHILD = """
import json, resource, sys, time
from loopwright.api.check import check, looked_at
from loopwright.core.errors import DataError
from loopwright.core.values import RawFile
import openpyxl, pyarrow.parquet
warm, path, mb = sys.argv[1:]
check(warm)
peak = lambda who: resource.getrusage(who).ru_maxrss
before = peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN)
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
most = held + int(mb) * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
begun = time.perf_counter()
try:
    found = check(path)
    told = {"refused": "", "rows": [found.rows_in, found.loaded, found.flagged, found.quarantined],
            "what": [p.what for p in found.rows][:5], "loaded": found.loaded}
except DataError as ex:
    told = {"refused": str(ex), "rows": [0, 0, 0, 0], "what": [], "loaded": 0}
told["seconds"] = time.perf_counter() - begun
told["own_mb"] = (peak(resource.RUSAGE_SELF) - before[0]) / 1000
told["apart_mb"] = max(0, peak(resource.RUSAGE_CHILDREN) - before[1]) / 1000
print(json.dumps(told))
"""


def guarded(folder, name, *, mb=LIMIT_MB):
    """What becomes of a bomb in a process that may have so much more memory than it had."""
    path = folder / name
    path.write_bytes(BOMBS[name]())
    warm = (
        folder / f"warm{path.suffix}" if path.suffix in {".xlsx", ".parquet"} else folder / "w.csv"
    )
    if path.suffix == ".xlsx":
        warm.write_bytes(workbook())
    elif path.suffix == ".parquet":
        warm.write_bytes(parquet(pa.table({"smiles": ["CCO"], "pIC50": [5.0]})))
    else:
        warm.write_text(PLAIN)
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, str(warm), str(path), str(mb)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    if run.returncode:
        raise AssertionError(f"{name}: ended with {run.returncode}: {run.stderr[-2000:]}")
    return {"name": name, "bytes": path.stat().st_size, **json.loads(run.stdout)}
