/* SPDX-License-Identifier: Apache-2.0 */
/* The key is written to a file of its own, synced, and then linked to its name, which fails where
 * another run was first: so the name never stands for half a key, nor for two.  What is checked is
 * the file that was opened, not the name. */
#include "runtime/secret.h"

#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_DIGITS = 2 * PATRON_SECRET_BYTES, PRIVATE_FILE = 0600, PRIVATE_FOLDER = 0700 };

/* ---- where ---- */

/* By the XDG Base Directory Specification a name that is not absolute is passed over. */
static bool is_folder_name(const char *name)
{
    return name != NULL && name[0] == '/';
}

static patron_status find_default(char path[PATH_MAX])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int length = -1;
    if (is_folder_name(data))
        length = snprintf(path, PATH_MAX, "%s/patron/pseudonym.key", data);
    else if (is_folder_name(home))
        length = snprintf(path, PATH_MAX, "%s/.local/share/patron/pseudonym.key", home);
    if (length >= PATH_MAX)
        return patron_fail(PATRON_CONFIG, "the folder for the key has too long a name: "
                                          "XDG_DATA_HOME or HOME");
    return length > 0 ? PATRON_OK
                      : patron_fail(PATRON_CONFIG, "no folder for the key of pseudonyms: expected "
                                                   "HOME or XDG_DATA_HOME, or a file for the key");
}

/* Makes the folders above `path` that are missing. */
static patron_status make_folders(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, PRIVATE_FOLDER) != 0 && errno != EEXIST)
            return patron_fail(PATRON_CANT_CREATE,
                               "%s, the folder for the key of pseudonyms, can not be made: %s",
                               folder, strerror(errno));
        *slash = '/';
    }
    return PATRON_OK;
}

/* ---- reading ---- */

static patron_status check_file(int descriptor, const char *path)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return patron_fail(PATRON_NO_INPUT, "%s: the key can not be read: %s", path,
                           strerror(errno));
    if (!S_ISREG(info.st_mode))
        return patron_fail(PATRON_NO_INPUT, "%s: is no file; a key is expected", path);
    if (info.st_uid != geteuid())
        return patron_fail(PATRON_REFUSED,
                           "%s: this key belongs to user %u, expected a key of your own (user %u)",
                           path, info.st_uid, geteuid());
    if ((info.st_mode & 077) != 0)
        return patron_fail(PATRON_REFUSED,
                           "%s: others can use this key (mode %04o), expected 0600: chmod 600, or "
                           "another key if it was read",
                           path, info.st_mode & 07777);
    return PATRON_OK;
}

/* A line of digits, whose end may be missing. */
static patron_status parse(const char *text, size_t length, const char *path, patron_secret *secret)
{
    size_t bytes = 0;
    const char *end = NULL;
    if (length == HEX_DIGITS + 1 && text[HEX_DIGITS] == '\n')
        --length;
    if (length == HEX_DIGITS &&
        sodium_hex2bin(secret->bytes, sizeof secret->bytes, text, length, NULL, &bytes, &end) ==
            0 &&
        end == text + length)
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: holds no key; %d hexadecimal digits on one line are "
                       "expected",
                       path, HEX_DIGITS);
}

/* *found is false where there is no such file. */
static patron_status read_key(const char *path, patron_secret *secret, bool *found)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *found = descriptor >= 0 || errno != ENOENT;
    if (descriptor < 0)
        return *found ? patron_fail(PATRON_NO_INPUT, "%s: the key can not be read: %s", path,
                                    strerror(errno))
                      : PATRON_OK;
    char text[HEX_DIGITS + 2];
    patron_status status = check_file(descriptor, path);
    ssize_t got = status == PATRON_OK ? read(descriptor, text, sizeof text) : 0;
    if (status == PATRON_OK && got < 0)
        status =
            patron_fail(PATRON_NO_INPUT, "%s: the key can not be read: %s", path, strerror(errno));
    if (status == PATRON_OK)
        status = parse(text, (size_t)got, path, secret);
    sodium_memzero(text, sizeof text);
    close(descriptor);
    return status;
}

/* ---- making ---- */

static patron_status fail_making(const char *path, int reason)
{
    bool is_midway = reason == ENOSPC || reason == EIO || reason == EDQUOT || reason == EFBIG;
    return patron_fail(is_midway ? PATRON_IO : PATRON_CANT_CREATE,
                       "%s: the key of pseudonyms can not be made: %s", path, strerror(reason));
}

static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    int descriptor = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

/* Gives the file `partial` the name `path`, unless that is taken. */
static bool take_name(const char *partial, const char *path)
{
    if (link(partial, path) == 0) {
        unlink(partial);
        return true;
    }
    bool has_links = errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS;
    return !has_links && renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
}

/* Writes a new key to `path`; *is_first is false where another run has made one meanwhile. */
static patron_status make_key(const char *path, bool *is_first)
{
    unsigned char bytes[PATRON_SECRET_BYTES];
    char text[HEX_DIGITS + 1], partial[PATH_MAX];
    *is_first = false;
    if (snprintf(partial, sizeof partial, "%s.XXXXXX", path) >= (int)sizeof partial)
        return fail_making(path, ENAMETOOLONG);
    int descriptor = mkostemp(partial, O_CLOEXEC);
    if (descriptor < 0)
        return fail_making(path, errno);
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(text, sizeof text, bytes, sizeof bytes);
    text[HEX_DIGITS] = '\n';
    bool wrote = fchmod(descriptor, PRIVATE_FILE) == 0 &&
                 write(descriptor, text, sizeof text) == (ssize_t)sizeof text &&
                 fsync(descriptor) == 0;
    int reason = errno;
    sodium_memzero(text, sizeof text);
    sodium_memzero(bytes, sizeof bytes);
    close(descriptor);
    if (wrote) {
        *is_first = take_name(partial, path);
        reason = errno;
    }
    if (*is_first) {
        sync_folder(path);
        return PATRON_OK;
    }
    unlink(partial);
    return wrote && reason == EEXIST ? PATRON_OK : fail_making(path, reason);
}

/* ---- both ---- */

/* Makes the key where there is none only if `makes`. */
static patron_status get_here(const char *path, bool makes, patron_secret *secret)
{
    char standard[PATH_MAX];
    bool found = false, is_first = false;
    patron_status status = PATRON_OK;
    if (sodium_init() < 0)
        return patron_fail(PATRON_RESOURCE, "no random numbers from the system");
    bool is_standard = path == NULL;
    if (is_standard) {
        status = find_default(standard);
        path = standard;
    }
    if (status == PATRON_OK)
        status = read_key(path, secret, &found);
    if (status != PATRON_OK || found)
        return status;
    if (!makes)
        return patron_fail(PATRON_NO_INPUT, "%s: no key of pseudonyms found", path);
    status = is_standard ? make_folders(path) : PATRON_OK;
    if (status == PATRON_OK)
        status = make_key(path, &is_first);
    if (status == PATRON_OK)
        status = read_key(path, secret, &found);
    if (status == PATRON_OK && !found)
        return patron_fail(PATRON_NO_INPUT, "%s: the key went away while it was made", path);
    if (status == PATRON_OK && is_first)
        patron_log_write(PATRON_LOG_WARNING,
                         "a new key for pseudonyms is in %s; keep a copy: without it the next "
                         "dataset has other ids",
                         path);
    return status;
}

static patron_status share(const patron_comm *comm, const char *path, bool makes,
                           patron_secret *secret)
{
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = get_here(path, makes, secret);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, secret->bytes, sizeof secret->bytes, 0);
    else
        patron_secret_wipe(secret);
    return status;
}

patron_status patron_secret_get(const patron_comm *comm, const char *path, patron_secret *secret)
{
    return share(comm, path, true, secret);
}

patron_status patron_secret_find(const patron_comm *comm, const char *path, patron_secret *secret)
{
    return share(comm, path, false, secret);
}

void patron_secret_wipe(patron_secret *secret)
{
    sodium_memzero(secret->bytes, sizeof secret->bytes);
}
