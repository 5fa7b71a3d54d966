/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into every program of a sanitized build, so that the leak check tells patron's own leaks
 * from those of the MPI library: libraries stay loaded, hence their frames keep names, and what is
 * allocated beneath them is left out. */

int dlclose(void *handle);
const char *__lsan_default_suppressions(void);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}

const char *__lsan_default_suppressions(void)
{
    return "leak:libmpi\n"
           "leak:libopen-rte\n"
           "leak:libopen-pal\n"
           "leak:libpmix\n"
           "leak:libhwloc\n"
           "leak:libevent\n"
           "leak:/openmpi3/mca_\n"
           "leak:/pmix2/\n"
           "leak:libucs\n"
           "leak:libucp\n"
           "leak:libuct\n"
           "leak:libfabric\n"
           "leak:libpsm\n"
           "leak:libcrypto\n"
           "leak:vasprintf\n";
}
