from __future__ import annotations

import copy
import json

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.nuisance import variations
from dijethunt.bumphunt.pyhf_limit import engine
from dijethunt.bumphunt.reference import migrad
from dijethunt.bumphunt.search import Search

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")  # of pyhf 0.7.6

SIGNAL = bh.Gaussian(0.05)
NUISANCES = (bh.nuisance.luminosity(0.1), bh.nuisance.scale(0.02), bh.nuisance.resolution(0.1))


def standard(workspace):
    """Take our modifiers out: what is left has to conform to pyhf's specification."""
    left = copy.deepcopy(workspace)
    for channel in left["channels"]:
        for sample in channel["samples"]:
            kinds = pyhf.modifiers.histfactory_set
            sample["modifiers"] = [m for m in sample["modifiers"] if m["type"] in kinds]
    return left


def fitted(workspace):
    """Return pyhf's maximum-likelihood parameters by name."""
    with engine():
        model, data = bh.pyhf_model(workspace)
        found = pyhf.infer.mle.fit(data, model)
    return {name: float(found[model.config.par_slice(name)][0]) for name in model.config.par_order}


@pytest.mark.parametrize("style", ["loglinear", "integrated"])
def test_workspace_conforms_but_for_our_modifiers(truth, style):
    model = truth(3000)
    workspace = bh.to_pyhf(model.spectrum(1), model.family, SIGNAL, 3000.0, style=style, nuisances=NUISANCES)
    pyhf.schema.validate(standard(workspace), "workspace.json")
    with pytest.raises(pyhf.exceptions.InvalidSpecification):
        pyhf.schema.validate(workspace, "workspace.json")


def test_json_round_trip_gives_the_same_likelihood(truth):
    model = truth(3000)
    workspace = bh.to_pyhf(model.spectrum(1), model.family, SIGNAL, 3000.0, nuisances=NUISANCES)
    read = json.loads(json.dumps(workspace, allow_nan=False))
    (before, data), (after, same) = bh.pyhf_model(workspace), bh.pyhf_model(read)
    assert data == same
    point = np.array(before.config.suggested_init()) + 0.1
    assert after.logpdf(point, same) == before.logpdf(point, data)
    assert before.logpdf(point + 0.1, data) != before.logpdf(point, data)


@pytest.mark.parametrize("style", ["loglinear", "integrated"])
@pytest.mark.parametrize("n_events", [3000, 200_000])
def test_fits_of_pyhf_are_those_of_the_reference(truth, n_events, style):
    """Strength, background and the pulls of the nuisance parameters."""
    model = truth(n_events)
    spectrum = model.spectrum(5, 3 * n_events**0.5, 2500.0)
    search = Search.on([spectrum], Fixed(model.family))
    workspace = bh.to_pyhf(
        spectrum, model.family, SIGNAL, 2525.0, style=style, nuisances=NUISANCES, events=100
    )
    found = fitted(workspace)
    template = search.template(SIGNAL, 2525.0)[None, :]
    varied = variations(SIGNAL, [spectrum.edges], 2525.0, NUISANCES)
    likelihood = Likelihood(search.basis, search.counts, template, variations=varied)
    point = migrad(likelihood).point
    tolerance = 2e-3 if style == "integrated" else 0.02
    phi = [found[f"phi{k}"] for k in range(4)]
    pulls = [found[nuisance.name] for nuisance in NUISANCES]
    assert 100 * found["mu"] == pytest.approx(point[4] * likelihood.unit[0], rel=tolerance)
    assert phi == pytest.approx(point[:4], abs=tolerance)
    assert pulls == pytest.approx(point[5:], abs=tolerance)
    assert max(np.abs(pulls)) > 0.05


def test_categories_are_channels_with_one_strength(truth):
    models = [truth(3000), truth(20_000)]
    spectra = [model.spectrum(seed, 60.0) for seed, model in enumerate(models)]
    family, shares = models[0].family, (0.4, 0.5)
    workspace = bh.to_pyhf(spectra, family, SIGNAL, 3000.0, shares=shares, events=100, style="integrated")
    pyhf.schema.validate(standard(workspace), "workspace.json")
    assert [channel["name"] for channel in workspace["channels"]] == ["category0", "category1"]
    search = Search.on(spectra, Fixed(family))
    r, strength, _ = search.roots(search.counts, search.template(SIGNAL, 3000.0, shares)[None, :])
    assert r[0, 0] > 1
    assert 100 * fitted(workspace)["mu"] == pytest.approx(strength[0, 0], rel=2e-3)
    q0 = bh.q0_with_pyhf(spectra, family, SIGNAL, 3000.0, shares=shares, style="integrated")
    assert q0 == pytest.approx(r[0, 0] ** 2, rel=1e-3)


def test_free_parameters_of_a_category_leave_the_others_alone(truth):
    model = truth(3000)
    spectra = [model.spectrum(1), model.spectrum(2)]
    workspace = bh.to_pyhf(spectra, model.family, SIGNAL, 3000.0, shares=(0.5, 0.5))
    names = [
        {modifier["name"] for modifier in channel["samples"][1]["modifiers"]}
        for channel in workspace["channels"]
    ]
    assert names == [{"phi0", "phi1", "phi2", "phi3"}, {"phi4", "phi5", "phi6", "phi7"}]


def test_range_and_unit_of_the_strength(truth):
    model = truth(3000)
    workspace = bh.to_pyhf(
        model.spectrum(1), model.family, SIGNAL, 3000.0, fit_range=(2037, None), events=250
    )
    signal, background = workspace["channels"][0]["samples"]
    assert len(signal["data"]) == (model.edges >= 2037).sum() - 1
    assert sum(signal["data"]) == pytest.approx(250, rel=1e-3)
    assert sum(background["data"]) == pytest.approx(sum(workspace["observations"][0]["data"]), rel=1e-3)
    assert workspace["measurements"][0]["name"] == "mu in 250 signal events at 3000 GeV"


def test_wrong_requests_are_named(truth):
    model = truth(3000)
    arguments = model.spectrum(1), model.family, SIGNAL, 3000.0
    with pytest.raises(bh.PyhfError, match="style 'shapefactor'; there are: loglinear, integrated, disjoint"):
        bh.to_pyhf(*arguments, style="shapefactor")
    with pytest.raises(bh.PyhfError, match="style 'disjoint' without measured data"):
        bh.to_pyhf(*arguments, style="disjoint")
    with pytest.raises(bh.PyhfError, match="style 'loglinear' with measured data"):
        bh.to_pyhf(*arguments, measured=model.spectrum(2))
    with pytest.raises(bh.PyhfError, match="transfer -1"):
        bh.to_pyhf(*arguments, style="disjoint", measured=model.spectrum(2), transfer=-1)
    with pytest.raises(bh.SignalError, match="mass 9000 GeV is outside"):
        bh.to_pyhf(*arguments[:3], 9000.0)


def test_curves_are_exported_as_tangents_on_request(truth):
    spectrum, curve = truth(200_000).spectrum(1), bh.families.family("modexp", 2)
    with pytest.raises(bh.PyhfError, match="'modexp2' is not log-linear, pyhf has its tangent"):
        bh.to_pyhf(spectrum, curve, SIGNAL, 3000.0)
    found = fitted(bh.to_pyhf(spectrum, curve, SIGNAL, 3000.0, linearised=True, events=100))
    search = Search.on([spectrum], Fixed(curve))
    _, strength, _ = search.roots(search.counts, search.template(SIGNAL, 3000.0)[None, :])
    assert 100 * found["mu"] == pytest.approx(max(strength[0, 0], 0), abs=5)
    with pytest.raises(bh.PyhfError, match="cannot profile"):
        bh.to_pyhf(spectrum, bh.Envelope((curve, bh.families.dijet(3))), SIGNAL, 3000.0)
