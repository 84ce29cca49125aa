"""Sessions for development; `make test` runs the essential ones in one environment."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "types", "tests"]
os.environ["PYTHONSAFEPATH"] = "1"

CONSTRAINTS = "-cconstraints.txt"


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of every file."""
    session.install(CONSTRAINTS, "pre-commit")
    session.run("pre-commit", "run", "--all-files", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Check types on the installed package."""
    shutil.rmtree("build", ignore_errors=True)
    session.install(CONSTRAINTS, ".[dev]")
    session.run("mypy", *session.posargs)


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the fast tests against an ordinary installation."""
    shutil.rmtree("build", ignore_errors=True)
    session.install(CONSTRAINTS, ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel and check that it holds the package and nothing else."""
    shutil.rmtree("build", ignore_errors=True)
    session.install("build")
    out = Path(session.create_tmp())
    session.run("python", "-m", "build", "--wheel", "--outdir", str(out), *session.posargs)
    (built,) = out.glob("*.whl")
    names = zipfile.ZipFile(built).namelist()
    strange = [n for n in names if not n.startswith(("dijethunt/", "dijethunt-"))]
    if strange:
        session.error(f"the wheel holds more than the package: {strange}")
    session.install(CONSTRAINTS, f"{built}[all]")
    session.run("dijethunt", "taggers")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed against the named peers into bench.json."""
    session.install(CONSTRAINTS, ".[test]")
    session.run("pytest", "-m", "benchmark", "tests/benchmarks", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; warnings are errors."""
    session.install(CONSTRAINTS, ".[docs]")
    session.run("sphinx-build", "-W", "-b", "html", "docs", "docs/_build/html", *session.posargs)
