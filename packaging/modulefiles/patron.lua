-- SPDX-License-Identifier: Apache-2.0
-- A module for Lmod: put it into a folder of $MODULEPATH as patron/0.1.0.lua, and set `prefix` to what
-- `cmake --install build/release --prefix PREFIX` was given.
help([[patron finds segments of customers, and what is bought together, on MPI.
"patron --help" lists its jobs, "man patron-segment" tells of one.]])
whatis("Name: patron")
whatis("Version: 0.1.0")
whatis("Description: customer segments and association rules on MPI")

local prefix = "/opt/patron/0.1.0"

-- The MPI and HDF5 that patron was built with: name your site's modules.
-- depends_on("openmpi", "hdf5")

setenv("PATRON_ROOT", prefix)
prepend_path("PATH", pathJoin(prefix, "bin")) -- man looks into share/man beside it
for _, lib in ipairs({"lib", "lib64"}) do
   local folder = pathJoin(prefix, lib, "pkgconfig")
   if isDir(folder) then prepend_path("PKG_CONFIG_PATH", folder) end
end
prepend_path("CMAKE_PREFIX_PATH", prefix)
