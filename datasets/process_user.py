"""A user's own process: a file of Pythia's settings (``.cmnd``) as Pythia itself reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from .error import FileError
from .process_contract import DijetCut, Process, ProcessError

SUFFIX = ".cmnd"
OF_PROGRAMS = ("main:", "print:", "next:", "init:", "stat:")  # what a main program does, not what collides
REFUSED = {
    "random:": "seeds follow from the seed of the sample",
    "main:subrun": "a process has one run; write a file for each",
    "include": "write the settings into this file",
    "partonlevel:mpi": "switch multiparton interactions with mpi = false or --no-mpi, so that files say so",
    "phasespace:bias2selection": "the cross section of what is dropped would be wrong",
}
COMMENT = re.compile(r"[!#].*")
BLOCK = re.compile(r"/\*.*?(\*/|\Z)", re.DOTALL)


@dataclass(frozen=True)
class UserProcess(Process):
    """What a user's settings make; they come last and prevail over those of the tune.

    ``text`` holds the settings, one a line: it is part of what identifies a sample, the name of the file is not.
    Events are kept from ``mjj_min`` (GeV) and up to ``deta_max``; whether the settings cover all of that is up to
    whoever wrote them.
    """

    text: str
    mjj_min: float = 1200.0
    deta_max: float | None = 1.3

    name: ClassVar[str] = "user"

    def __post_init__(self) -> None:
        """Refuse settings that are not a user's to make."""
        for number, line in numbered_settings(self.text):
            check_line(line, f"line {number}")

    @property
    def cut(self) -> DijetCut:
        """Kept from ``mjj_min`` and up to ``deta_max``."""
        return DijetCut(self.mjj_min, self.deta_max)

    def settings(self) -> tuple[str, ...]:
        """Return the settings without comments and without what concerns main programs."""
        return tuple(line for _, line in numbered_settings(self.text))


def numbered_settings(text: str) -> list[tuple[int, str]]:
    r"""Return the settings of a text with the numbers of their lines: no comments, nothing for main programs.

    >>> numbered_settings("! mine\nMain:numberOfEvents = 3\nHardQCD:all = on ! jets")
    [(3, 'HardQCD:all = on')]
    """
    visible = BLOCK.sub(lambda block: "\n" * block.group().count("\n"), text)
    lines = ((n, COMMENT.sub("", line).strip()) for n, line in enumerate(visible.splitlines(), 1))
    return [(n, line) for n, line in lines if line and not _of_program(line)]


def _of_program(line: str) -> bool:
    return line.lower().startswith(OF_PROGRAMS) and not line.lower().startswith("main:subrun")


def check_line(line: str, where: str) -> None:
    """Refuse a setting that is not a user's to make; ``where`` it is."""
    for start, reason in REFUSED.items():
        if line.lower().startswith(start):
            raise ProcessError(f"{where}: {line!r} cannot be set here: {reason}; remove the line")


@lru_cache(maxsize=64)
def check_settings(text: str, source: str) -> None:
    """Let Pythia read the settings of a text and start; ``ProcessError`` has its message, the file and the line."""
    from .generator import GeneratorError, common, refusal, start  # noqa: PLC0415  it needs processes

    for number, line in numbered_settings(text):
        check_line(line, f"{source}, line {number}")
    if mistake := refusal([line for _, line in numbered_settings(text)]):
        place, message = mistake
        number, line = numbered_settings(text)[place]
        raise ProcessError(
            f"{source}, line {number}: Pythia refuses the setting {line!r}: {message}; correct it"
        )
    try:
        start((*common(1, mpi=False), *(line for _, line in numbered_settings(text))), None)
    except GeneratorError as error:
        raise ProcessError(f"{source}: {error}") from error


def read_settings(path: Path | str) -> str:
    """Read a file of settings that Pythia accepts; ``FileError`` when it cannot be read."""
    try:
        text = Path(path).read_text()
    except OSError as error:
        raise FileError(
            f"cannot read the settings of Pythia {path}: {error.strerror}; give the path of a file"
        ) from error
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} is not a text file: {error.reason}; give a file of Pythia's settings"
        ) from error
    check_settings(text, str(path))
    return text
