/* SPDX-License-Identifier: Apache-2.0 */
/* A file that readers of paths are given, with the fuzzer's bytes in it. */
#ifndef PATRON_FUZZ_FILE_H
#define PATRON_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What libFuzzer calls. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Puts the bytes into the one file; returns its path, there until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Ends the program where what always holds does not. */
static inline void fuzz_check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

#endif
