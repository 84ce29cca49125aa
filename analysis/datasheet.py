"""The data sheet of a campaign: `datasheet.json`, the figures, and one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from ..datasets.atomic import atomic_path, make_folder, remove_old, write_json
from ..datasets.campaign_summary import read_summary
from ..datasets.error import FileError
from . import figure
from .campaign_sample import Progress, catalogue, read_samples
from .datasheet_gallery import draw
from .datasheet_page import render
from .published import read_spectrum
from .sheet import Sheet
from .sheet_record import collect

RECORD, PAGE, FIGURES = "datasheet.json", "datasheet.html", "figures"
COLOURS = 96


def write_datasheet(
    folder: Path | str,
    output: Path | str,
    *,
    published: Path | str | None = None,
    samples: Iterable[str] = (),
    jobs: int = 1,
    progress: Progress | None = None,
) -> Path:
    """Describe the samples of a campaign folder, all or those named, in the folder ``output``; returns the page.

    ``published`` is a spectrum to compare with, a file with columns low, high (GeV) and observed. ``jobs`` processes
    read files; ``progress`` is called with the sample that is read, how much of it is done, and how much there is.
    Written are ``figures/*.png``, ``datasheet.html`` and, last, ``datasheet.json``. ``FileError`` when ``folder`` holds no
    campaign.
    """
    found = catalogue(folder, samples)
    spectrum = None if published is None else read_spectrum(published)
    if not found:
        raise FileError(
            f"{folder}: no simulated sample in its catalogue; give the folder that a campaign was written to"
        )
    summary = read_summary(Path(folder))
    place = make_folder(output)
    sheet = Sheet(tuple(read_samples(found, summary, jobs, progress)))
    record = collect(sheet, spectrum, summary)
    pictures, images = make_folder(place / FIGURES), {}
    for name, drawn in draw(sheet, record):
        images[name] = pictures / f"{name}.png"
        with atomic_path(images[name]) as temporary:
            figure.save(drawn, temporary)
            _shrink(temporary)
    with atomic_path(place / PAGE) as temporary:
        temporary.write_text(render(record, images))
    names = [f"{FIGURES}/{name}.png" for name in images]
    remove_old(place / RECORD, names)
    write_json(place / RECORD, record | {"figures": names})
    return place / PAGE


def _shrink(path: Path) -> None:
    """Write a picture again with few colours, which makes it a third as large."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    small.save(path, format="PNG", optimize=True)
