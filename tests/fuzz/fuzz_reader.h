/* SPDX-License-Identifier: Apache-2.0 */
/* What targets that make HDF5 files have them read by. */
#ifndef PATRON_FUZZ_READER_H
#define PATRON_FUZZ_READER_H

/* Makes MPI and HDF5 ready; once. */
void fuzz_reader_start(int *argc, char ***argv);

/* Reads a dataset or a model whole, as `patron verify` does, and ends the program unless it is well
 * formed or refused as damaged. */
void fuzz_reader_read(const char *path);

#endif
