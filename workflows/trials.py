"""Many independent trials on several processes; those whose result is there are not done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .display import bar, say


def make(run: Callable[..., Any], every: Sequence[Any], jobs: int, folder: Path, what: str) -> None:
    """Make those of the trials that have no file at their ``place``; ``what`` names them in messages."""
    from ..datasets.pool import work_through  # noqa: PLC0415

    wanted = [trial for trial in every if not trial.place.exists()]
    kept = len(every) - len(wanted)
    say(f"{len(every)} {what}, {kept} are there")
    with bar("working", what) as progress:

        def show(done: Any) -> None:
            now = ", ".join(t.title for t, events in zip(wanted, done, strict=True) if events == 0)
            progress(kept + int((done > 0).sum()), len(every), now)

        work_through(run, wanted, jobs, folder / ".progress", show, lambda *_: None)


def write(path: Path, content: dict[str, Any], figures: Any) -> None:
    """Save (name, figure) pairs as PNG files beside ``path``, and write the content and their names to it."""
    from ..analysis.figure import save  # noqa: PLC0415
    from ..datasets.atomic import atomic_path, remove_old, write_json  # noqa: PLC0415

    names = []
    for name, drawn in figures:
        names.append(f"{name}.png")
        with atomic_path(path.parent / names[-1]) as temporary:
            save(drawn, temporary)
    remove_old(path, names)
    write_json(path, content | {"figures": names})
