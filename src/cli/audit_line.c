/* SPDX-License-Identifier: Apache-2.0 */
/* A line is {"patron_audit": 1, "entry": N, "previous": HASH, ..., "hash": HASH}.  Its hash is
 * BLAKE2b of 32 bytes of the line as it would be without the member "hash"; "previous" is that of
 * the line before, or zeros. */
#include "cli/audit_line.h"

#include "cli/json.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_BYTES = 32, DIGITS = PATRON_AUDIT_HASH - 1 };
static const char BEFORE_HASH[] = ", \"hash\": \"";
static const char BEHIND_HASH[] = "\"}\n";

patron_audit_end patron_audit_start(void)
{
    patron_audit_end end = {0};
    memset(end.hash, '0', DIGITS);
    return end;
}

/* Of head[length], to which a brace belongs. */
static void hash_head(const char *head, uint64_t length, char text[PATRON_AUDIT_HASH])
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)head, length);
    crypto_generichash_update(&state, (const unsigned char *)"}", 1);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(text, PATRON_AUDIT_HASH, hash, sizeof hash);
}

char *patron_audit_line_format(const json_t *facts, const patron_audit_end *end)
{
    json_t *whole = json_pack("{s:i, s:I, s:s}", "patron_audit", 1, "entry",
                              (json_int_t)end->entries + 1, "previous", end->hash);
    char *text = NULL, *line = NULL, hash[PATRON_AUDIT_HASH];
    if (whole != NULL && json_object_update(whole, (json_t *)facts) == 0)
        text = patron_json_format(whole, false);
    json_decref(whole);
    if (text != NULL) {
        text[strlen(text) - 1] = '\0'; /* the brace */
        hash_head(text, strlen(text), hash);
        if (asprintf(&line, "%s%s%s%s", text, BEFORE_HASH, hash, BEHIND_HASH) < 0)
            line = NULL;
    }
    free(text);
    if (line == NULL)
        patron_fail(PATRON_RESOURCE, "out of memory for a line of the audit");
    return line;
}

/* Number and hashes of head[length], the line up to its own hash; false where it has none. */
static bool read_head(const char *head, uint64_t length, patron_audit_end *end,
                      char previous[PATRON_AUDIT_HASH])
{
    char *text = malloc(length + 2);
    if (text == NULL)
        return false;
    memcpy(text, head, length);
    memcpy(text + length, "}", 2);
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *before = json_string_value(json_object_get(object, "previous"));
    json_int_t entry = json_integer_value(json_object_get(object, "entry"));
    bool is_whole = json_integer_value(json_object_get(object, "patron_audit")) == 1 && entry > 0 &&
                    before != NULL && strlen(before) == DIGITS;
    if (is_whole) {
        end->entries = (uint64_t)entry;
        memcpy(previous, before, PATRON_AUDIT_HASH);
    }
    json_decref(object);
    free(text);
    return is_whole;
}

patron_status patron_audit_line_read(const char *path, uint64_t number, const char *line,
                                     uint64_t length, patron_audit_end *end,
                                     char previous[PATRON_AUDIT_HASH])
{
    const uint64_t tail = sizeof BEFORE_HASH - 1 + DIGITS + sizeof BEHIND_HASH - 1;
    if (length == 0 || line[length - 1] != '\n')
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": is cut off; a whole line of an audit "
                           "is expected",
                           path, number);
    const char *at = length > tail ? line + length - tail : line;
    bool is_line =
        length > tail && memcmp(at, BEFORE_HASH, sizeof BEFORE_HASH - 1) == 0 &&
        memcmp(line + length - (sizeof BEHIND_HASH - 1), BEHIND_HASH, sizeof BEHIND_HASH - 1) == 0;
    if (!is_line || !read_head(line, length - tail, end, previous))
        return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ": is no line of an audit", path,
                           number);
    hash_head(line, length - tail, end->hash);
    if (memcmp(end->hash, at + sizeof BEFORE_HASH - 1, DIGITS) != 0)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": was changed: it does not have the "
                           "hash that stands in it",
                           path, number);
    return PATRON_OK;
}
