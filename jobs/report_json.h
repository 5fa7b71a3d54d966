/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values that reports share. */
#ifndef PATRON_JOBS_REPORT_JSON_H
#define PATRON_JOBS_REPORT_JSON_H

#include "cli/summary.h"
#include "model/facts.h"
#include "patron/itemset.h"
#include "patron/texts.h"

/* Sets a member of `object` to `value` and takes it over; its name is `name`, or text `index`, what
 * is not UTF-8 in them repaired. */
void report_json_set(json_t *object, const char *name, json_t *value);
void report_json_set_named(json_t *object, const patron_texts *names, uint64_t index,
                           json_t *value);

/* Text `index`; null where the list is empty. */
json_t *report_json_text_of(const patron_texts *texts, uint64_t index);

/* values[count]. */
json_t *report_json_reals(const double *values, uint64_t count);
json_t *report_json_counts(const uint64_t *values, uint64_t count);

/* Names, or labels, of items[count]; null where there are no such texts. */
json_t *report_json_items(const patron_texts *texts, const uint32_t *items, uint64_t count);

/* Sets `side` of a rule in `object`, and "SIDE_labels" where items have labels. */
void report_json_set_side(json_t *object, const char *side, const patron_texts *names,
                          const patron_texts *labels, const uint32_t *items, uint64_t count);

/* Sets a member for each measure of a rule. */
void report_json_set_measures(json_t *object, const patron_itemset_measures *measures);

/* An object of all facts; a text that is JSON itself (the options) as what it says. */
json_t *report_json_facts(const patron_facts *facts);

#endif
