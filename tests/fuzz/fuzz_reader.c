/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_reader.h"

#include "fuzz_file.h"
#include "model/model_verify.h"
#include "patron/data.h"
#include "store/h5.h"

#include <mpi.h>

static patron_comm comm;

void fuzz_reader_start(int *argc, char ***argv)
{
    MPI_Init(argc, argv);
    patron_h5_initialize();
    comm = patron_comm_duplicate(MPI_COMM_WORLD);
}

static patron_status read_dataset(const char *path)
{
    char digest[PATRON_DIGEST_CAPACITY];
    patron_dataset *dataset = NULL;
    patron_status status = patron_dataset_open(&comm, path, &dataset);
    if (status != PATRON_OK)
        return status;
    status = patron_dataset_verify(&comm, 1, dataset, digest);
    patron_dataset_close(dataset);
    return status;
}

static patron_status read_model(const char *path)
{
    char digest[PATRON_DIGEST_TEXT];
    const char *kind = NULL;
    patron_status status = patron_model_verify(&comm, path, &kind);
    return status == PATRON_OK ? patron_model_digest(&comm, path, digest) : status;
}

void fuzz_reader_read(const char *path)
{
    patron_status status = patron_model_is_model(path) ? read_model(path) : read_dataset(path);
    fuzz_check(status == PATRON_OK || status == PATRON_DATA || status == PATRON_IO ||
                   status == PATRON_RESOURCE,
               "a damaged file is told as such");
    fuzz_check(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "nothing stays open");
}
