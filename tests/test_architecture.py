"""The rules of the house: what may import what, and what may lie where."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {  # folder: folders that it may import from
    "datasets": set(),
    "selections": {"datasets"},
    "taggers": {"datasets"},
    "bumphunt": set(),
    "analysis": {"datasets", "selections", "taggers", "bumphunt"},
    "workflows": {"datasets", "selections", "taggers", "bumphunt", "analysis"},
}
CONFINED = {  # third-party package: folders that may import it
    "torch": {"taggers"},
    "law": {"workflows"},
    "luigi": {"workflows"},
    "coffea": {"datasets", "selections", "analysis"},
    "pythia8mc": {"datasets"},
    "fastjet": {"datasets", "selections"},
    "typer": {"workflows"},
}
TOP = {
    *FOLDERS,
    "tests",
    "docs",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "noxfile.py",
    "constraints.txt",
}
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PICKLERS = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}


def imports(path):
    """Return (our folders, other top-level packages) that a source file imports, anywhere in it."""
    own, other = set(), set()
    depth = len(path.relative_to(ROOT).parts) - 1  # folders between the file and the root
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(ROOT).parts[: depth - node.level + 1]
            tail = [f"{node.module}.{a.name}" if node.module else a.name for a in node.names]
            names = [".".join(("dijethunt", *above, t)) for t in tail]
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            own.add(rest[0]) if first == "dijethunt" and rest else other.add(first)
    return own, other


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path):
    folder = path.relative_to(ROOT).parts[0]
    own, other = imports(path)
    assert own <= FOLDERS[folder] | {folder}
    assert not other & set(FOLDERS), "import our folders relatively: a bare name is another package"
    assert not {name for name in other & set(CONFINED) if folder not in CONFINED[name]}
    allowed = (
        {"pickle"} if path.name == "testing.py" else set()
    )  # tests that a tagger can be sent to a worker
    assert not other & PICKLERS - allowed, "store arrays as npz and records as JSON"


def test_reading_of_imports_sees_every_form(tmp_path, monkeypatch):
    """The test above must be able to fail."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "datasets").mkdir()
    path = tmp_path / "datasets" / "x.py"
    path.write_text(
        "import torch.nn\nfrom dijethunt.taggers import store\nfrom ..analysis.result import Result\n"
        "from .. import workflows\nfrom .table import FeatureTable\n"
        "def f():\n    import pickle\n    from coffea import processor\n"
    )
    own, other = imports(path)
    assert own == {"taggers", "analysis", "workflows", "datasets"}
    assert other == {"torch", "pickle", "coffea"}


def test_torch_is_imported_by_the_modules_that_need_it_only():
    """Listing the taggers must not load torch: no module that others import may import it at the top."""
    for path in (ROOT / "taggers").glob("*.py"):
        tree = ast.parse(path.read_text())
        top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        names = {a.name.split(".")[0] for n in top if isinstance(n, ast.Import) for a in n.names}
        names |= {
            (n.module or "").split(".")[0] for n in top if isinstance(n, ast.ImportFrom) and not n.level
        }
        if "torch" in names:
            assert path.stem not in {"registry", "crossfit", "selector", "store", "testing"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_are_flat_and_typed(folder):
    assert (ROOT / folder / "py.typed").is_file()
    below = {p.name for p in (ROOT / folder).iterdir() if p.is_dir()}
    assert below <= {"__pycache__"}


def test_packages_are_the_folders():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    setuptools = project["tool"]["setuptools"]
    assert set(setuptools["packages"]) == {f"dijethunt.{folder}" for folder in FOLDERS}
    assert setuptools["package-dir"] == {f"dijethunt.{folder}": folder for folder in FOLDERS}


def test_nothing_else_lies_at_the_top():
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    top = {line.split("/")[0] for line in listing.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= TOP


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_names_say_what_things_are(path):
    assert not re.search(r"util|helper|manager|misc|common", path.stem)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert not re.search(r"(?i)util|helper|manager|^_?do_", node.name), f"{path.name}: {node.name}"


ALONE = """
import importlib, importlib.util, pkgutil, sys
from pathlib import Path

blocked = set({blocked!r})

class Block:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] in blocked or (parts[0] == "dijethunt" and parts[1:2] not in ([], ["bumphunt"])):
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Block())
import dijethunt.bumphunt as package
for module in pkgutil.iter_modules(package.__path__):
    if module.name == "kernel":
        continue  # numba's own module, which the others do without
    importlib.import_module("dijethunt.bumphunt." + module.name)
    print(module.name)
loaded = {{name.split(".")[0] for name in sys.modules}}
assert not loaded & blocked, loaded & blocked
"""


def test_bumphunt_works_alone():
    """It imports with our other packages and every dependency that is not of the core blocked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core = {re.match(r"[\w-]+", d).group() for d in project["dependencies"]}
    extra = {re.match(r"[\w-]+", d).group() for ds in project["optional-dependencies"].values() for d in ds}
    renamed = {"scikit-learn": "sklearn", "pyyaml": "yaml"}
    blocked = {renamed.get(name, name) for name in extra - core - {"dijethunt"}} | {
        "torch",
        "numba",
        "pandas",
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(blocked=sorted(blocked))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = {path.stem for path in (ROOT / "bumphunt").glob("*.py")} - {"__init__", "kernel"}
    assert set(done.stdout.split()) == modules
