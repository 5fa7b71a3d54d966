/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of CSV that jobs write. */
#include "report_csv.h"

#include <stdbool.h>
#include <string.h>

void report_csv_text(FILE *out, const char *text, uint64_t length)
{
    bool is_plain = true;
    for (uint64_t i = 0; i < length; ++i)
        is_plain = is_plain && strchr(",\"\r\n", text[i]) == NULL;
    if (!is_plain)
        putc('"', out);
    for (uint64_t i = 0; i < length; ++i) {
        if (text[i] == '"')
            putc('"', out);
        putc(text[i], out);
    }
    if (!is_plain)
        putc('"', out);
}
