"""Where benchmarks write what they measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench.json"


def record(name: str, ratio: float, path: Path = BENCH) -> None:
    """Merge one ratio into bench.json at the root of the repository.

    Arguments:
        name: what was compared with what, such as "fits_vs_iminuit".
        ratio: how many times better than the named peer; larger is better.
        path: the file.
    """
    ratios = json.loads(path.read_text()) if path.exists() else {}
    ratios[name] = round(float(ratio), 4)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(dict(sorted(ratios.items())), indent=2) + "\n")
    temporary.replace(path)
