# SPDX-License-Identifier: Apache-2.0
"""peers.py NAME [ROWS.bin START.bin N D K ITERATIONS THREADS]: one fit of another library in this
process, as one JSON line; without rows, whether the library is there and which version it is.

Each is asked for the same: Lloyd's algorithm on all rows from the given start, no early end, then
the labels by the final centroids.  Timed is from rows in memory to labels, the library's own
checks included; what it need not do (copying the rows) it is told not to do.  The inertia is
computed here from labels and centroids, in float64: some libraries sum theirs in float32, and
are off where there are many rows; what they tell stands beside it."""
import importlib.metadata
import json
import sys
import time
import warnings

import numpy

CHUNK_ROWS = 100_000


def fit_estimator(estimator, rows, start, iterations):
    """scikit-learn's class, or one that stands for it."""
    model = estimator(n_clusters=len(start), init=start, n_init=1, max_iter=iterations, tol=0,
                      algorithm="lloyd", copy_x=False).fit(rows)
    return model.labels_, model.cluster_centers_, float(model.inertia_), int(model.n_iter_)


def sklearn_fit(threads):
    from sklearn.cluster import KMeans
    return lambda *problem: fit_estimator(KMeans, *problem)


def intelex_fit(threads):
    """Intel's oneDAL behind scikit-learn's interface."""
    import daal4py
    from sklearnex.cluster import KMeans
    daal4py.daalinit(threads)  # oneDAL's threads heed no variable
    return lambda *problem: fit_estimator(KMeans, *problem)


def daal4py_fit(threads):
    """Intel's oneDAL by its older interface."""
    import daal4py
    daal4py.daalinit(threads)

    def fit(rows, start, iterations):
        algorithm = daal4py.kmeans(len(start), iterations, accuracyThreshold=0, fptype="float",
                                   assignFlag=True)
        model = algorithm.compute(rows, start)
        return (model.assignments.ravel(), model.centroids,
                float(model.objectiveFunction[0, 0]), int(model.nIterations[0, 0]))
    return fit


def faiss_fit(threads):
    import faiss
    faiss.omp_set_num_threads(threads)

    def fit(rows, start, iterations):
        columns = rows.shape[1]
        model = faiss.Kmeans(columns, len(start), niter=iterations, min_points_per_centroid=1,
                             max_points_per_centroid=len(rows))  # or it draws a sample of the rows
        model.train(rows, init_centroids=start)
        distances, labels = model.index.search(rows, 1)
        told = float(distances.sum(dtype=numpy.float64))
        return labels.ravel(), model.centroids, told, iterations
    return fit


# name -> (how to make its fit, packages whose version is told)
PEERS = {
    "scikit-learn": (sklearn_fit, ("scikit-learn",)),
    "scikit-learn-intelex": (intelex_fit, ("scikit-learn-intelex",)),
    "daal4py": (daal4py_fit, ("daal4py", "scikit-learn-intelex")),
    "faiss": (faiss_fit, ("faiss-cpu", "faiss")),
}


def version_of(packages):
    for package in packages:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def blas_in_use():
    """The BLAS libraries that are loaded, as threadpoolctl tells them."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    return [f"{pool['internal_api']} {pool.get('version')} {pool.get('architecture', '')}".strip()
            for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]


def inertia_of(rows, labels, centroids):
    centroids = numpy.asarray(centroids, numpy.float64)
    total = 0.0
    for first in range(0, len(rows), CHUNK_ROWS):
        part = slice(first, first + CHUNK_ROWS)
        total += ((rows[part] - centroids[labels[part]]) ** 2).sum()
    return total


def main():
    make_fit, packages = PEERS[sys.argv[1]]
    warnings.filterwarnings("ignore")
    if len(sys.argv) == 2:
        try:
            make_fit(1)
        except ImportError as error:
            sys.exit(str(error))
        print(json.dumps({"version": version_of(packages), "numpy": numpy.__version__,
                          "blas": blas_in_use()}))
        return
    rows_path, start_path = sys.argv[2:4]
    count, columns, k, iterations, threads = map(int, sys.argv[4:])
    rows = numpy.fromfile(rows_path, numpy.float32).reshape(count, columns)
    start = numpy.fromfile(start_path, numpy.float32).reshape(k, columns)
    fit = make_fit(threads)
    began = time.perf_counter()
    labels, centroids, told, done = fit(rows, start, iterations)
    seconds = time.perf_counter() - began
    if len(labels) != count:
        sys.exit(f"{sys.argv[1]} labelled {len(labels)} rows of {count}")
    print(json.dumps({"seconds": seconds, "iterations": done,
                      "inertia": inertia_of(rows, labels, centroids), "told_inertia": told}))


if __name__ == "__main__":
    main()
