/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of tests. */
#include "folder.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_folder_make(const patron_comm *comm, char folder[TEST_PATH])
{
    snprintf(folder, TEST_PATH, "/tmp/patron-test.XXXXXX");
    if (comm->rank == 0 && mkdtemp(folder) == NULL)
        perror(folder);
    patron_comm_broadcast(comm, folder, TEST_PATH, 0);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void test_folder_remove(const patron_comm *comm, const char *folder)
{
    patron_comm_agree(comm, PATRON_OK);
    if (comm->rank == 0)
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void test_folder_path(const char *folder, const char *name, char path[TEST_PATH])
{
    snprintf(path, TEST_PATH, "%s/%s", folder, name);
}

int test_folder_entries(const char *folder)
{
    DIR *entries = opendir(folder);
    int count = 0;
    if (entries == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count;
}

void test_file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return;
    }
    fputs(text, file);
    fclose(file);
}

int test_file_holds(const char *path, const char *text)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (*text != '\0' && getc(file) == (unsigned char)*text)
        ++text;
    bool holds = *text == '\0' && getc(file) == EOF;
    fclose(file);
    return holds;
}
