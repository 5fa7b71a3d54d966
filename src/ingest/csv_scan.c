/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over bytes that compilers turn into vector instructions: counts go through bytes, which
 * hold those of a stretch. */
#include "ingest/csv_scan.h"

enum { STRETCH = 128 };

static uint64_t count_byte(const char *bytes, uint64_t length, char wanted)
{
    uint64_t count = 0, at = 0;
    for (; at + STRETCH <= length; at += STRETCH) {
        uint8_t part = 0;
        for (uint64_t i = 0; i < STRETCH; ++i)
            part = (uint8_t)(part + (bytes[at + i] == wanted));
        count += part;
    }
    for (; at < length; ++at)
        count += bytes[at] == wanted;
    return count;
}

uint64_t patron_csv_quotes(const char *bytes, uint64_t length)
{
    return count_byte(bytes, length, '"');
}

/* CR LF pairs; the LF may be the byte behind. */
static uint64_t count_pairs(const char *bytes, uint64_t length, char next)
{
    uint64_t count = 0, at = 0;
    for (; at + STRETCH < length; at += STRETCH) {
        uint8_t part = 0;
        for (uint64_t i = 0; i < STRETCH; ++i)
            part = (uint8_t)(part + (bytes[at + i] == '\r' && bytes[at + i + 1] == '\n'));
        count += part;
    }
    for (; at < length; ++at)
        count += bytes[at] == '\r' && (at + 1 < length ? bytes[at + 1] : next) == '\n';
    return count;
}

uint64_t patron_csv_lines(const char *bytes, uint64_t length, char next)
{
    uint64_t returns = count_byte(bytes, length, '\r');
    uint64_t feeds = count_byte(bytes, length, '\n');
    return returns == 0 ? feeds : feeds + returns - count_pairs(bytes, length, next);
}

uint64_t patron_csv_next_record(const char *bytes, uint64_t from, uint64_t length, bool inside,
                                bool plain_quotes)
{
    for (uint64_t at = from; at < length; ++at) {
        if (bytes[at] == '"' && !plain_quotes) {
            inside = !inside;
        } else if (!inside && (bytes[at] == '\n' || bytes[at] == '\r')) {
            bool is_pair = bytes[at] == '\r' && at + 1 < length && bytes[at + 1] == '\n';
            return at + (is_pair ? 2 : 1);
        }
    }
    return length;
}
