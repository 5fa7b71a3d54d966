# SPDX-License-Identifier: Apache-2.0
"""silhouette_peer.py ROWS COLUMNS K THREADS VALUES LABELS: scikit-learn's silhouette of the rows of
raw files, as silhouette_pairs.c takes them, in float64 as there; threads come from the environment."""
import json
import sys
import time

import numpy
from sklearn.metrics import silhouette_score

columns = int(sys.argv[2])
values = numpy.fromfile(sys.argv[5], "float32").reshape(-1, columns).astype("float64")
labels = numpy.fromfile(sys.argv[6], "int32")
begin = time.perf_counter()
silhouette = silhouette_score(values, labels)
print(json.dumps({"seconds": time.perf_counter() - begin, "silhouette": float(silhouette)}))
