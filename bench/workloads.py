# SPDX-License-Identifier: Apache-2.0
"""Rows and start centroids to compare k-means programs on: raw float32 files for programs that read
no HDF5, and the same as a dataset for patron.  The same workload has the same values everywhere."""
import dataclasses
import pathlib

import h5py
import numpy

CHUNK_ROWS = 250_000


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    rows: int
    columns: int
    k: int
    iterations: int
    clusters: int  # Gaussians that the rows are drawn from
    seed: int
    wide: bool = False  # half of the rows from tight clusters, half from nowhere

    def operations(self):
        """Of the products alone, in all iterations: what the share of the peak is taken from."""
        return 2.0 * self.rows * self.columns * self.k * self.iterations


KNOWN = {workload.name: workload for workload in (
    Workload("W1", 2_000_000, 16, 10, 20, 10, 101),
    Workload("W2", 1_000_000, 32, 100, 30, 200, 202),
    Workload("W3", 200_000, 128, 1000, 20, 1000, 303, wide=True),
    Workload("W4", 20_000_000, 16, 20, 10, 20, 404),
)}


def draw_mixture(workload, random):
    """Gaussians of unequal share that overlap."""
    shape = (workload.clusters, workload.columns)
    centres = (random.standard_normal(shape) * 0.6).astype(numpy.float32)
    shares = random.dirichlet(numpy.full(workload.clusters, 5.0))
    which = random.choice(workload.clusters, size=workload.rows, p=shares)
    rows = numpy.empty((workload.rows, workload.columns), numpy.float32)
    for first in range(0, workload.rows, CHUNK_ROWS):
        end = min(first + CHUNK_ROWS, workload.rows)
        noise = random.standard_normal((end - first, workload.columns), dtype=numpy.float32)
        rows[first:end] = noise + centres[which[first:end]]
    return rows


def draw_wide(workload, random):
    """Half of the rows uniform, half close about centres, all shuffled."""
    centres = random.random((workload.clusters, workload.columns), dtype=numpy.float32)
    half = workload.rows // 2
    rows = numpy.empty((workload.rows, workload.columns), numpy.float32)
    rows[:half] = random.random((half, workload.columns), dtype=numpy.float32)
    which = random.integers(0, workload.clusters, workload.rows - half)
    noise = random.standard_normal((len(which), workload.columns), dtype=numpy.float32)
    rows[half:] = centres[which] + numpy.float32(0.15) * noise
    return rows[random.permutation(workload.rows)]


def write_dataset(path, rows):
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "patron-dataset"
        file.attrs["format_version"] = 1
        file["customers/id"] = numpy.arange(len(rows), dtype="uint64")
        features = file.create_dataset("customers/features", data=rows,
                                       chunks=(min(65536, len(rows)), rows.shape[1]))
        features.attrs["names"] = [f"f{column}" for column in range(rows.shape[1])]


@dataclasses.dataclass(frozen=True)
class Files:
    """Where a workload lies."""
    rows: pathlib.Path
    start: pathlib.Path
    dataset: pathlib.Path
    start_hdf5: pathlib.Path

    def remove(self):
        for field in dataclasses.fields(self):
            getattr(self, field.name).unlink(missing_ok=True)


def write(workload, folder):
    """Draws a workload into a folder, k distinct rows in their order being the start."""
    random = numpy.random.default_rng(workload.seed)
    rows = draw_wide(workload, random) if workload.wide else draw_mixture(workload, random)
    chosen = numpy.sort(random.choice(workload.rows, workload.k, replace=False))
    base = pathlib.Path(folder) / workload.name
    files = Files(*(base.with_suffix(suffix) for suffix in
                    (".rows.bin", ".start.bin", ".h5", ".start.h5")))
    rows.tofile(files.rows)
    rows[chosen].tofile(files.start)
    write_dataset(files.dataset, rows)
    with h5py.File(files.start_hdf5, "w") as file:
        file["centroids"] = rows[chosen]
    return files
