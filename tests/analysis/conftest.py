"""A correctionlib payload whose corrections are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from correctionlib import schemav2 as schema


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A correctionlib file with corrections of known values, named like those of CMS."""
    return write_payload(tmp_path / "fatjet_jerc.json")


def write_payload(path: Path) -> Path:
    """Write scale corrections L1 (1 - rho area / raw pT), L2 (1.1) and their product, and constants.

    The uncertainties are 2 per cent (``Total``) and ``0.01 |eta|`` (``Flavor``), the resolution is 10 per cent and its
    scale 1.3, 1.4 and 1.2.
    """

    def formula(name: str, expression: str, *inputs: str) -> schema.Correction:
        content = schema.Formula(
            nodetype="formula", expression=expression, parser="TFormula", variables=list(inputs)
        )
        return schema.Correction(
            name=name, version=1, inputs=[_real(i) for i in inputs], output=_real("factor"), data=content
        )

    values = [
        schema.CategoryItem(key=key, value=value) for key, value in (("nom", 1.3), ("up", 1.4), ("down", 1.2))
    ]
    scale = schema.Correction(
        name="MC_ScaleFactor",
        version=1,
        inputs=[_real("JetEta"), schema.Variable(name="systematic", type="string")],
        output=_real("factor"),
        data=schema.Category(nodetype="category", input="systematic", content=values),
    )
    stack = schema.CompoundCorrection(
        name="MC_L1L2",
        inputs=[_real(name) for name in ("JetA", "JetEta", "JetPt", "Rho")],
        output=_real("factor"),
        inputs_update=["JetPt"],
        input_op="*",
        output_op="*",
        stack=["MC_L1", "MC_L2"],
    )
    single = [
        formula("MC_L1", "1-x*y/z", "JetA", "Rho", "JetPt"),
        formula("MC_L2", "1.1", "JetPt"),
        formula("RunA_L2", "1.05", "JetPt"),
        formula("RunB_L2", "1.15", "JetPt"),
        formula("MC_Total", "0.02", "JetPt"),
        formula("MC_Flavor", "0.01*abs(x)", "JetEta"),
        formula("MC_PtResolution", "0.1", "JetPt"),
        formula("Muon_ID", "1", "MuonPt"),
    ]
    content = schema.CorrectionSet(
        schema_version=2, corrections=[*single, scale], compound_corrections=[stack]
    )
    path.write_text(content.model_dump_json(exclude_unset=True))
    return path


def _real(name: str) -> schema.Variable:
    return schema.Variable(name=name, type="real")
