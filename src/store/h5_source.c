/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files and of arrays in them. */
#include "store/h5_source.h"

#include <stdio.h>
#include <string.h>

/* The last ":/" of "FILE.h5:/path"; NULL where there is none. */
static const char *find_cut(const char *source)
{
    const char *cut = NULL;
    for (const char *at = strstr(source, ":/"); at != NULL; at = strstr(at + 1, ":/"))
        cut = at;
    return cut == source ? NULL : cut;
}

bool patron_h5_source_has_path(const char *source)
{
    return find_cut(source) != NULL;
}

patron_status patron_h5_source_split(const char *source, patron_h5_source *split)
{
    const char *cut = find_cut(source);
    size_t length = cut == NULL ? strlen(source) : (size_t)(cut - source);
    if (length > PATH_MAX)
        return patron_fail(PATRON_NO_INPUT, "%.60s...: file name too long", source);
    snprintf(split->file_name, sizeof split->file_name, "%.*s", (int)length, source);
    split->path = cut == NULL ? NULL : cut + 1;
    return PATRON_OK;
}
