/* SPDX-License-Identifier: Apache-2.0 */
/* Values and their shapes. */
#include "ingest/show.h"

#include "runtime/suggest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_shown = false;

void patron_show_values(bool shown)
{
    is_shown = shown;
}

/* Bytes that follow the first of a character are passed over. */
static void make_shape(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; ++at) {
        unsigned char byte = (unsigned char)*at;
        if ((byte & 0xc0) == 0x80)
            continue;
        char letter = isupper(byte) ? 'A' : 'a';
        *to++ = byte >= 0x80 || isalpha(byte) ? letter : isdigit(byte) ? '9' : *at;
    }
    *to = '\0';
}

const char *patron_slice_tell(patron_slice text, char told[PATRON_TOLD_CAPACITY])
{
    char quote[PATRON_QUOTE_CAPACITY];
    patron_slice_quote(text, quote);
    bool is_shape = !is_shown && text.length > 0;
    if (is_shape)
        make_shape(quote);
    snprintf(told, PATRON_TOLD_CAPACITY, "'%s'%s", quote,
             is_shape ? " (its shape; --show-values tells more)" : "");
    return told;
}

/* ---- headers ---- */

static void list_header(const patron_csv_record *header, char *list, size_t capacity)
{
    size_t used = 0;
    list[0] = '\0';
    for (uint32_t i = 0; i < header->count && used < capacity; ++i) {
        char quote[PATRON_QUOTE_CAPACITY];
        int wrote = snprintf(list + used, capacity - used, "%s%s", i == 0 ? "" : ", ",
                             patron_slice_quote(header->fields[i], quote));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (used >= capacity)
        snprintf(list + capacity - 4, 4, "...");
}

/* Short names are near to too many. */
static bool may_mean(patron_slice name, patron_slice field)
{
    enum { LEAST_MEANT = 3 };
    char wanted[PATRON_QUOTE_CAPACITY], found[PATRON_QUOTE_CAPACITY];
    if (name.length >= sizeof wanted || field.length >= sizeof found)
        return false;
    memcpy(wanted, name.bytes, name.length);
    memcpy(found, field.bytes, field.length);
    wanted[name.length] = found[field.length] = '\0';
    return strcasecmp(wanted, found) == 0 ||
           (name.length >= LEAST_MEANT && patron_may_mean(wanted, found));
}

void patron_header_tell(const patron_csv_record *header, patron_slice name, char *told,
                        size_t capacity)
{
    char list[512], quote[PATRON_QUOTE_CAPACITY];
    if (is_shown) {
        list_header(header, list, sizeof list);
        snprintf(told, capacity, "the header names: %s", list);
        return;
    }
    for (uint32_t i = 0; i < header->count; ++i)
        if (may_mean(name, header->fields[i])) {
            snprintf(told, capacity, "did you mean '%s'?",
                     patron_slice_quote(header->fields[i], quote));
            return;
        }
    snprintf(told, capacity, "the header names %" PRIu32 " columns (--show-values lists them)",
             header->count);
}
