/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets and models of any bytes are refused, or hold what they should. */
#include "fuzz_file.h"
#include "fuzz_reader.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_reader_start(argc, argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader_read(fuzz_file(data, size));
    return 0;
}
