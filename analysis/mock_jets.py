"""Uncertainties of simulated jets, about as large as those of CMS, as a payload of corrections that is shipped.

Simulated samples have no data that they could be corrected to: all nominal factors are 1, and only the uncertainties
mean something. They are round numbers. Energy: 1 to 1.5% on the scale, as CMS has below 1% in the barrel and below 3%
everywhere (arXiv:1607.03663); 5% on the resolution, 10% forward, as is typical of its scale factors. Soft-drop mass: 1%
on the scale and 10% on the resolution; CMS finds 0.4% and 10% on W jets of 2016, and leaves more for heavier jets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAYLOAD = Path(__file__).with_name("mock_jets.json")
MOCK: Mapping[str, Any] = {
    "payload": str(PAYLOAD),
    "jes_uncertainty": "Mock_Uncertainty",
    "jer_resolution": "Mock_PtResolution",
    "jer_scale_factor": "Mock_ScaleFactor",
    "jms": (0.99, 1.0, 1.01),
    "jmr": (0.9, 1.0, 1.1),
    "msd_resolution": 0.08,
    "jmr_matching": True,
}
"""The settings of corrections that go with the payload."""

SCALE = "0.01+0.0005*x*x+0.002*abs(log10(y/500))"
RESOLUTION = "sqrt(0.795/x+0.0017)"
WIDENING, FORWARD_WIDENING, FORWARD = 0.05, 0.10, 1.7


def content() -> str:
    """Return the payload as JSON of correctionlib, schema 2: what the shipped file holds.

    The uncertainty of the scale is 1% at 500 GeV and grows with eta and away from 500 GeV; the resolution is what is
    simulated, 6.6% at 300 GeV and 5% at 1 TeV.
    """
    from correctionlib import schemav2 as schema  # noqa: PLC0415  needed to make the file only

    pt, eta = (schema.Variable(name=name, type="real") for name in ("JetPt", "JetEta"))
    factor = schema.Variable(name="factor", type="real")
    systematic = schema.Variable(name="systematic", type="string")

    def formula(expression: str, *names: str) -> Any:
        return schema.Formula(
            nodetype="formula", expression=expression, parser="TFormula", variables=list(names)
        )

    def forward(sign: int) -> Any:
        sizes = [1 + sign * size for size in (FORWARD_WIDENING, WIDENING, FORWARD_WIDENING)]
        edges = [-5.0, -FORWARD, FORWARD, 5.0]
        return schema.Binning(nodetype="binning", input="JetEta", edges=edges, content=sizes, flow="clamp")

    choices = {"nom": 1.0, "up": forward(1), "down": forward(-1)}
    items = [schema.CategoryItem(key=key, value=value) for key, value in choices.items()]
    category = schema.Category(nodetype="category", input="systematic", content=items)
    made: tuple[tuple[str, list[Any], Any], ...] = (
        (MOCK["jes_uncertainty"], [eta, pt], formula(SCALE, "JetEta", "JetPt")),
        (MOCK["jer_resolution"], [pt], formula(RESOLUTION, "JetPt")),
        (MOCK["jer_scale_factor"], [eta, systematic], category),
    )
    corrections = [
        schema.Correction(name=name, version=1, inputs=inputs, output=factor, data=data)
        for name, inputs, data in made
    ]
    whole = schema.CorrectionSet(schema_version=2, corrections=corrections)
    return str(whole.model_dump_json(exclude_unset=True, indent=1)) + "\n"
