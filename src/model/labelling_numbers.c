/* SPDX-License-Identifier: Apache-2.0 */
/* From any whole numbers to 0, 1, 2, ... in their order.  Where they lie near each other a table
 * tells the number of each; else the different ones are sorted, and each is looked up. */
#include "model/labelling.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_SPAN = 1 << 22, GREATEST_SPAN = 1 << 28, NO_LABEL = -1, WORD_BITS = 64 };

patron_status patron_labelling_name(patron_labelling *labels, int64_t number)
{
    char name[32];
    int length = snprintf(name, sizeof name, "%" PRId64, number);
    return patron_texts_append(&labels->names, name, (uint64_t)length);
}

/* ---- near each other ---- */

/* Marks the values that any rank has, from `least` on, and gives the marked ones their numbers. */
static patron_status number_span(const patron_comm *comm, const int64_t *values, int64_t least,
                                 uint64_t span, patron_labelling *labels)
{
    uint64_t words = (span + WORD_BITS - 1) / WORD_BITS;
    uint64_t *marks = patron_allocate(words, sizeof *marks);
    int32_t *codes = patron_allocate(span, sizeof *codes);
    bool is_short = marks == NULL || codes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < labels->range.count; ++i)
        if (values[i] != NO_LABEL) {
            uint64_t place = (uint64_t)(values[i] - least);
            marks[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
        }
    patron_comm_reduce_u64(comm, marks, words, PATRON_OR);
    for (uint64_t place = 0; status == PATRON_OK && place < span; ++place)
        if ((marks[place / WORD_BITS] >> place % WORD_BITS & 1) != 0) {
            codes[place] = (int32_t)labels->segments++;
            status = patron_labelling_name(labels, least + (int64_t)place);
        }
    for (uint64_t i = 0; status == PATRON_OK && i < labels->range.count; ++i)
        labels->codes[i] = values[i] == NO_LABEL ? NO_LABEL : codes[values[i] - least];
    status = patron_comm_agree(comm, status);
cleanup:
    free(marks);
    free(codes);
    return status;
}

/* ---- far apart ---- */

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts values[count] and leaves each once, and -1 not at all; returns how many are left. */
static uint64_t sort_different(int64_t *values, uint64_t count)
{
    uint64_t kept = 0;
    qsort(values, count, sizeof *values, compare_numbers);
    for (uint64_t i = 0; i < count; ++i)
        if (values[i] != NO_LABEL && (kept == 0 || values[kept - 1] != values[i]))
            values[kept++] = values[i];
    return kept;
}

/* The different values of all ranks, to free(). */
static patron_status gather_different(const patron_comm *comm, const int64_t *values,
                                      uint64_t count, int64_t **all, uint64_t *found)
{
    int64_t *own = patron_allocate(count, sizeof *own);
    void *gathered = NULL;
    uint64_t own_count = 0, bytes = 0;
    if (own != NULL) {
        memcpy(own, values, count * sizeof *own);
        own_count = sort_different(own, count);
    }
    patron_status status = own == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_gather(comm, status, own, own_count * sizeof *own, &gathered, &bytes);
    free(own);
    *all = gathered;
    *found = status == PATRON_OK ? sort_different(*all, bytes / sizeof **all) : 0;
    return status;
}

static patron_status number_sorted(const patron_comm *comm, const char *source,
                                   const int64_t *values, patron_labelling *labels)
{
    int64_t *sorted = NULL;
    uint64_t found = 0;
    patron_status status = gather_different(comm, values, labels->range.count, &sorted, &found);
    if (status == PATRON_OK && found > INT32_MAX)
        status = patron_fail(PATRON_DATA, "%s: more than 2^31 - 1 different labels", source);
    labels->segments = (uint32_t)found;
    for (uint64_t i = 0; status == PATRON_OK && i < found; ++i)
        status = patron_labelling_name(labels, sorted[i]);
    for (uint64_t i = 0; status == PATRON_OK && i < labels->range.count; ++i) {
        const int64_t *place = values[i] == NO_LABEL ? NULL
                                                     : bsearch(&values[i], sorted, found,
                                                               sizeof *sorted, compare_numbers);
        labels->codes[i] = place == NULL ? NO_LABEL : (int32_t)(place - sorted);
    }
    free(sorted);
    return patron_comm_agree(comm, status);
}

/* ---- either ---- */

patron_status patron_labelling_number(const patron_comm *comm, const char *source,
                                      const int64_t *values, patron_labelling *labels)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    labels->codes = patron_allocate(labels->range.count, sizeof *labels->codes);
    labels->has_numbers = true;
    patron_status status =
        patron_comm_agree(comm, labels->codes == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < labels->range.count; ++i)
        if (values[i] != NO_LABEL) {
            least = values[i] < least ? values[i] : least;
            greatest = values[i] > greatest ? values[i] : greatest;
        }
    patron_comm_reduce_i64(comm, &least, 1, PATRON_MIN);
    patron_comm_reduce_i64(comm, &greatest, 1, PATRON_MAX);
    uint64_t above = least > greatest ? 0 : (uint64_t)greatest - (uint64_t)least;
    if (above < SMALL_SPAN || (above < GREATEST_SPAN && above / 2 < labels->rows))
        return number_span(comm, values, least, least > greatest ? 0 : above + 1, labels);
    return number_sorted(comm, source, values, labels);
}
