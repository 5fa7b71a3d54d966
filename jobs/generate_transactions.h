/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets as a shop's export in CSV. */
#ifndef PATRON_JOBS_GENERATE_TRANSACTIONS_H
#define PATRON_JOBS_GENERATE_TRANSACTIONS_H

#include "generate/baskets.h"
#include "job.h"
#include "patron/texts.h"

/* What was written, of all ranks. */
typedef struct generate_export {
    uint64_t lines;                /* the header not counted */
    uint64_t cancelled, anonymous; /* invoices that are dirt */
    uint64_t free_lines;           /* lines with the price 0 */
    uint64_t bytes;
} generate_export;

/* Writes the export of all baskets to `path`, in their order; the same bytes on any number of ranks
 * and threads.  `dirt` is the share of each kind.  Collective; errors as patron_output_begin, and
 * RESOURCE. */
patron_status generate_transactions_write(patron_job_context *context,
                                          const patron_basket_model *model,
                                          const patron_texts *item_names,
                                          const patron_texts *item_labels, double dirt,
                                          const char *path, generate_export *written);

/* Digits of the largest number below `count`. */
uint32_t generate_digits(uint64_t count);

#endif
