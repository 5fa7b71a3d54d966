/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of an output's place. */
#include "store/output_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void patron_output_folder(const char *place, char folder[PATH_MAX])
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", place);
    snprintf(folder, PATH_MAX, "%s", dirname(copy));
}

static patron_status fail_place(const char *path, int reason)
{
    return patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(reason));
}

/* One that is gone meanwhile was a part, too. */
static bool is_part(int folder, const char *name)
{
    struct stat info;
    if (fnmatch("part-*.h5", name, 0) != 0)
        return false;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? !S_ISDIR(info.st_mode)
                                                                  : errno == ENOENT;
}

/* Whether a folder holds part files alone; another run may be replacing it right now. */
static bool holds_parts_only(const char *path)
{
    DIR *entries = opendir(path);
    bool parts_only = entries != NULL || errno == ENOENT;
    for (struct dirent *entry; entries != NULL && parts_only && (entry = readdir(entries)) != NULL;)
        parts_only = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                     is_part(dirfd(entries), entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return parts_only;
}

patron_status patron_output_may_replace(const char *place, patron_output_form form, bool force)
{
    struct stat info;
    if (lstat(place, &info) != 0)
        return PATRON_OK;
    if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))
        return patron_fail(PATRON_CANT_CREATE,
                           "%s exists and is neither a file nor a folder; it is not replaced",
                           place);
    if (S_ISDIR(info.st_mode) && form == PATRON_OUTPUT_FILE)
        return patron_fail(PATRON_CANT_CREATE,
                           "%s exists and is a folder; it is not replaced by a file", place);
    if (S_ISDIR(info.st_mode) && !holds_parts_only(place))
        return patron_fail(
            PATRON_CANT_CREATE,
            "%s exists and is a folder with more than parts of a dataset; it is not replaced",
            place);
    if (!force)
        return patron_fail(PATRON_CANT_CREATE, "%s exists; --force replaces it", place);
    return PATRON_OK;
}

/* `path` without slashes at its end; a link is replaced by what it leads to. */
static patron_status resolve(const char *path, char place[PATH_MAX])
{
    struct stat info;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        --length;
    if (length + PATRON_OUTPUT_SUFFIX > PATH_MAX)
        return fail_place(path, ENAMETOOLONG);
    memcpy(place, path, length);
    place[length] = '\0';
    if (lstat(place, &info) != 0 || !S_ISLNK(info.st_mode))
        return PATRON_OK;
    char *target = realpath(place, NULL);
    if (target == NULL)
        return patron_fail(PATRON_CANT_CREATE, "%s is a link that leads nowhere: %s", path,
                           strerror(errno));
    length = strlen(target);
    bool fits = length + PATRON_OUTPUT_SUFFIX <= PATH_MAX;
    if (fits)
        memcpy(place, target, length + 1);
    free(target);
    return fits ? PATRON_OK : fail_place(path, ENAMETOOLONG);
}

const char *patron_output_name(const char *place)
{
    const char *slash = strrchr(place, '/');
    return slash == NULL ? place : slash + 1;
}

/* The last component must name something, and leave room for the partial output's suffix. */
static patron_status check_name(const char *place)
{
    const char *name = patron_output_name(place);
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return patron_fail(PATRON_CANT_CREATE, "'%s' is not a name for an output", place);
    return strlen(name) + PATRON_OUTPUT_SUFFIX > NAME_MAX ? fail_place(place, ENAMETOOLONG)
                                                          : PATRON_OK;
}

static patron_status check_folder(const char *place)
{
    char folder[PATH_MAX];
    struct stat info;
    patron_output_folder(place, folder);
    if (stat(folder, &info) != 0)
        return patron_fail(PATRON_CANT_CREATE, "%s: folder %s: %s", place, folder, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return patron_fail(PATRON_CANT_CREATE, "%s: %s is not a folder", place, folder);
    return PATRON_OK;
}

static patron_status check_access(const char *place)
{
    char folder[PATH_MAX];
    patron_output_folder(place, folder);
    if (access(folder, W_OK | X_OK) != 0)
        return patron_fail(PATRON_CANT_CREATE, "%s: folder %s: %s", place, folder, strerror(errno));
    return PATRON_OK;
}

patron_status patron_output_place(const char *path, patron_output_form form, bool force,
                                  char place[PATH_MAX])
{
    patron_status status = resolve(path, place);
    if (status == PATRON_OK)
        status = check_name(place);
    if (status == PATRON_OK)
        status = check_folder(place);
    if (status == PATRON_OK)
        status = patron_output_may_replace(place, form, force);
    return status == PATRON_OK ? check_access(place) : status;
}

bool patron_output_is_same(const char *one, const char *other)
{
    enum { PIECE = 1 << 15 };
    char left[PIECE], right[PIECE];
    FILE *files[2] = {fopen(one, "re"), fopen(other, "re")};
    bool same = files[0] != NULL && files[1] != NULL;
    for (size_t bytes = PIECE; same && bytes == PIECE;) {
        bytes = fread(left, 1, PIECE, files[0]);
        same = fread(right, 1, PIECE, files[1]) == bytes && memcmp(left, right, bytes) == 0 &&
               !ferror(files[0]) && !ferror(files[1]);
    }
    for (int i = 0; i < 2; ++i)
        if (files[i] != NULL)
            fclose(files[i]);
    return same;
}

static bool is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool patron_output_is_same_place(const char *one, const char *other)
{
    struct stat left, right;
    char folder[PATH_MAX];
    bool is_there = stat(one, &left) == 0, is_other_there = stat(other, &right) == 0;
    if (is_there || is_other_there)
        return is_there && is_other_there && is_same_file(&left, &right);
    if (strcmp(patron_output_name(one), patron_output_name(other)) != 0)
        return false;
    patron_output_folder(one, folder);
    is_there = stat(folder, &left) == 0;
    patron_output_folder(other, folder);
    return is_there && stat(folder, &right) == 0 && is_same_file(&left, &right);
}

patron_status patron_output_is_not(const char *place, const char *input)
{
    struct stat output_info, input_info;
    if (input == NULL || stat(input, &input_info) != 0 || stat(place, &output_info) != 0 ||
        !is_same_file(&input_info, &output_info))
        return PATRON_OK;
    return patron_fail(PATRON_CANT_CREATE, "%s is the input, which is not replaced", place);
}
