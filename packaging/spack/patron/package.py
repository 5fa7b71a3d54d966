# SPDX-License-Identifier: Apache-2.0
"""A recipe for Spack.  Copy its folder, patron/, to packages/ of a repository of yours (`spack repo
create` and `spack repo add` make one), then, in a checkout of patron:

    spack dev-build patron@0.1.0
"""
try:  # since Spack 1.0
    from spack_repo.builtin.build_systems.cmake import CMakePackage, generator
except ImportError:
    pass
from spack.package import *


class Patron(CMakePackage):
    """Segments of customers by k-means, and frequent itemsets and association rules, exact and the
    same bits on any number of MPI ranks, threads and parts."""

    license("Apache-2.0")

    version("0.1.0")

    variant("tests", default=False, description="Build the unit and MPI tests")

    depends_on("c", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type=("build", "run"))
    depends_on("random123", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10:")
    depends_on("zlib-api")
    depends_on("jansson")
    depends_on("inih")
    depends_on("libsodium")
    depends_on("cmocka", when="+tests", type="build")

    generator("ninja")

    def cmake_args(self):
        return [self.define_from_variant("PATRON_TESTS", "tests")]
