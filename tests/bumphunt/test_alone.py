from __future__ import annotations

import subprocess
import sys

ALONE = """
import sys
allowed = {"dijethunt.bumphunt"}
class Blocked:
    def find_spec(self, name, path=None, target=None):
        forbidden = ("awkward", "coffea", "torch", "xgboost", "sklearn", "pandas", "pyarrow", "uproot", "law",
                     "pyhf", "numba", "matplotlib", "mplhep", "fastjet", "pythia8mc", "vector")
        ours = name.startswith("dijethunt.") and name.split(".")[1] != "bumphunt"
        if name.split(".")[0] in forbidden or ours:
            raise ImportError(f"blocked: {name}")
sys.meta_path.insert(0, Blocked())
import dijethunt.bumphunt as bh
spectrum = bh.Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 270, 150, 90])
assert bh.fit(spectrum, bh.families.dijet(2)).valid
assert bh.limit(spectrum, bh.families.dijet(2), bh.Gaussian(0.05), 2500.0).valid
"""


def test_works_with_everything_else_blocked():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
