/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, and looks into it. */
#ifndef PATRON_TEST_FOLDER_H
#define PATRON_TEST_FOLDER_H

#include "patron/comm.h"

enum { TEST_PATH = 256 };

/* Makes a folder; all ranks get its name.  Collective. */
void test_folder_make(const patron_comm *comm, char folder[TEST_PATH]);

/* Removes it with all that it holds, once all ranks are here.  Collective. */
void test_folder_remove(const patron_comm *comm, const char *folder);

/* FOLDER/NAME into `path`. */
void test_folder_path(const char *folder, const char *name, char path[TEST_PATH]);

/* Entries of a folder, -1 where it can't be read. */
int test_folder_entries(const char *folder);

/* A file of this text, and whether a file holds just that. */
void test_file_write(const char *path, const char *text);
int test_file_holds(const char *path, const char *text);

#endif
