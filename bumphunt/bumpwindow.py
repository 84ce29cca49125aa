"""The windows of a BumpHunter search: all intervals, or rectangles, of neighbouring bins within given widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from .array import FloatArray, IntArray

Step = int | Literal["full", "half"]
Widths = tuple[int, int | None]


class BumpWindowError(ValueError):
    """Raised when windows are asked for that do not exist."""


@dataclass(frozen=True)
class Axis:
    """Which windows there are along one axis.

    Arguments:
        n_bins: number of bins.
        widths: smallest and largest width in bins; None is half of the bins.
        width_step: by how many bins the width grows.
        step: by how many bins a window moves; "full" is its width, "half" is half of it, at least one bin.
        margin: number of bins at either end in which there are no windows.

    """

    n_bins: int
    widths: Widths = (1, None)
    width_step: int = 1
    step: Step = 1
    margin: int = 0

    def __post_init__(self) -> None:
        room = self.n_bins - 2 * self.margin
        low, high = self.widths[0], self.largest
        if self.margin < 0 or not 1 <= low <= high <= room:
            msg = (
                f"windows of {low} to {high} bins on {self.n_bins} bins with {self.margin} left out at either end; "
                f"give 1 <= smallest <= largest <= {max(room, 0)}"
            )
            raise BumpWindowError(msg)
        if self.width_step < 1 or (
            self.step not in ("full", "half") and (isinstance(self.step, str) or self.step < 1)
        ):
            msg = f"width_step {self.width_step!r} and step {self.step!r}; give bins, at least 1 (or 'full', 'half')"
            raise BumpWindowError(msg)

    @property
    def largest(self) -> int:
        """Largest width in bins."""
        return max(self.n_bins // 2, 1) if self.widths[1] is None else self.widths[1]

    @property
    def all_widths(self) -> range:
        """The widths in bins."""
        return range(self.widths[0], self.largest + 1, self.width_step)

    def starts(self, width: int) -> range:
        """Return the first bins of the windows of a width."""
        step = {"full": width, "half": max(1, width // 2)}.get(str(self.step), self.step)
        return range(self.margin, self.n_bins - self.margin - width + 1, int(step))


@dataclass(frozen=True, eq=False)
class BumpWindows:
    """Windows of bins, in the order of their widths and then of their places.

    Arguments:
        shape: number of bins on each axis.
        first: first bin of each window on each axis, shape (n_axes, n_windows).
        last: the bin after the last one, shape (n_axes, n_windows).

    """

    shape: tuple[int, ...]
    first: IntArray
    last: IntArray

    @classmethod
    def on(cls, axes: Sequence[Axis]) -> BumpWindows:
        """Make the windows of one axis, or the rectangles of several."""
        first, last = [], []
        for widths in product(*(axis.all_widths for axis in axes)):
            places = [axis.starts(width) for axis, width in zip(axes, widths, strict=True)]
            starts = np.stack(np.meshgrid(*places, indexing="ij")).reshape(len(axes), -1)
            first.append(starts)
            last.append(starts + np.array(widths)[:, None])
        return cls(tuple(axis.n_bins for axis in axes), np.concatenate(first, 1), np.concatenate(last, 1))

    def __len__(self) -> int:
        """Return the number of windows."""
        return int(self.first.shape[1])

    def sums(self, content: FloatArray) -> FloatArray:
        """Add up contents in every window, as differences of cumulative sums.

        The sums are cumulated from the upper ends, where spectra are thin, so that no digits are lost there.

        Arguments:
            content: shape (n_rows, n_bins, ...), an axis for each of the spectrum.

        Returns:
            Sums, shape (n_windows, n_rows).

        """
        image = np.moveaxis(content, 0, -1)
        for axis in range(len(self.shape)):
            added = np.flip(np.cumsum(np.flip(image, axis), axis), axis)
            image = np.concatenate([added, np.zeros_like(added.take([0], axis))], axis)
        size, image = image.shape[:-1], image.reshape(-1, len(content))
        total = np.zeros((len(self), len(content)))
        for upper in product((False, True), repeat=len(self.shape)):
            corner = np.where(np.array(upper)[:, None], self.last, self.first)
            total += (-1) ** sum(upper) * image[np.ravel_multi_index(tuple(corner), size)]
        return total
