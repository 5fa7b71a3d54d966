/* SPDX-License-Identifier: Apache-2.0 */
/* Checking an audit from its first line to its last.  What the chain can not tell is whether lines
 * are missing at the end: for that the last hash has to be kept elsewhere. */
#include "cli/audit_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool patron_audit_may_be(const char *path)
{
    enum { LOOKED_AT = 1 << 14 };
    static const char mark[] = "\"patron_audit\"";
    char bytes[LOOKED_AT];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    FILE *file = fopen(path, "re");
    size_t got = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != NULL)
        fclose(file);
    bool is_hdf5 = got > 0 && (unsigned char)bytes[0] == 0x89;
    return !is_hdf5 && memmem(bytes, got, mark, sizeof mark - 1) != NULL;
}

static patron_status check_line(const char *path, uint64_t number, const char *line,
                                uint64_t length, patron_audit_end *end)
{
    char previous[PATRON_AUDIT_HASH];
    const patron_audit_end before = *end;
    patron_status status = patron_audit_line_read(path, number, line, length, end, previous);
    if (status != PATRON_OK)
        return status;
    if (strcmp(previous, before.hash) != 0)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": does not follow %s: a line before it was "
                           "changed, taken out or moved",
                           path, number, number == 1 ? "the start of an audit" : "the line before");
    if (end->entries != number)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": is numbered %" PRIu64 ", expected %" PRIu64, path,
                           number, end->entries, number);
    return PATRON_OK;
}

patron_status patron_audit_verify(const char *path, patron_audit_end *end)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    ssize_t length = 0;
    patron_status status = PATRON_OK;
    *end = patron_audit_start();
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be read: %s", path, strerror(errno));
    while (status == PATRON_OK && (length = getline(&line, &room, file)) >= 0)
        status = check_line(path, ++number, line, (uint64_t)length, end);
    if (status == PATRON_OK && ferror(file) != 0)
        status = patron_fail(PATRON_IO, "%s: a read failed midway", path);
    free(line);
    fclose(file);
    return status;
}
