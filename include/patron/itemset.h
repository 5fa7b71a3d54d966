/* SPDX-License-Identifier: Apache-2.0 */
/* All frequent itemsets and association rules of baskets that are spread over ranks, exact.
 *
 * Results stay spread: rank r holds the r-th slice of the one global order, so that a writer can
 * lay the slices into one file without gathering them. */
#ifndef PATRON_ITEMSET_H
#define PATRON_ITEMSET_H

#include "patron/checkpoint.h"
#include "patron/comm.h"
#include "patron/progress.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdint.h>

/* This rank's baskets in CSR form: basket b holds items[offsets[b]] ... items[offsets[b+1] - 1],
 * ascending and unique.  Empty baskets count. */
typedef struct patron_itemset_baskets {
    uint64_t count;          /* baskets of this rank; may be 0 */
    const uint64_t *offsets; /* count + 1, offsets[0] = 0 */
    const uint32_t *items;   /* below item_count */
    uint32_t item_count;     /* size of the dictionary, the same on every rank */
} patron_itemset_baskets;

/* The measures of a rule, in the order of patron_itemset_measures. */
typedef enum patron_itemset_measure_kind {
    PATRON_MEASURE_SUPPORT,
    PATRON_MEASURE_CONFIDENCE,
    PATRON_MEASURE_LIFT,
    PATRON_MEASURE_LEVERAGE,
    PATRON_MEASURE_CONVICTION,
    PATRON_MEASURE_ZHANGS_METRIC,
    PATRON_MEASURE_JACCARD,
    PATRON_MEASURE_CHI_SQUARED,
    PATRON_MEASURES
} patron_itemset_measure_kind;

typedef enum patron_itemset_kind {
    PATRON_ITEMSET_ALL,
    PATRON_ITEMSET_CLOSED, /* no frequent superset has the same count */
    PATRON_ITEMSET_MAXIMAL /* no superset is frequent */
} patron_itemset_kind;

/* Where sets go as text while they are found, a line "item item ... (count)" each.  `write` is
 * called by one thread of a rank at a time, with all of a task before the next one.  Each task is
 * written by one rank, and where there is one rank and no checkpoint, they do not fall; the text of
 * tasks 0, 1, ... one after the other is the same on any ranks and threads, though where it is cut
 * into tasks is not.
 *
 * As scripts, what is written at once is a script that stands for some of the task's text, and is
 * shorter than that where many sets hold the same items; see patron_itemset_printer. */
typedef struct patron_itemset_text {
    const patron_texts *names; /* of all items */
    bool as_scripts;
    patron_status (*write)(void *context, uint64_t task, const char *bytes, uint64_t length);
    void *context;
} patron_itemset_text;

/* Takes bytes. */
typedef struct patron_itemset_sink {
    patron_status (*take)(void *context, const char *bytes, uint64_t length);
    void *context;
} patron_itemset_sink;

/* Makes text of scripts; of one thread at a time. */
typedef struct patron_itemset_printer patron_itemset_printer;

/* With the names of the text that the scripts were written as, which outlive the printer.
 * RESOURCE.  patron_itemset_printer_free takes NULL, too. */
patron_status patron_itemset_printer_create(const patron_texts *names,
                                            patron_itemset_printer **printer);
void patron_itemset_printer_free(patron_itemset_printer *printer);

/* Bytes of the text that a script stands for. */
uint64_t patron_itemset_script_text_bytes(const char *script);

/* The text of a script of `length` bytes, in pieces.  RESOURCE, and errors of the sink. */
patron_status patron_itemset_printer_print(patron_itemset_printer *printer, const char *script,
                                           uint64_t length, const patron_itemset_sink *sink);

typedef struct patron_itemset_options {
    uint64_t min_count; /* at least 1 */
    uint64_t top;       /* sets of the highest counts that are listed, and ties; 0: all */
    patron_itemset_kind kind;
    uint32_t min_length;     /* at least 1 */
    uint32_t max_length;     /* 0: no limit; kind is judged before lengths are cut */
    const uint32_t *include; /* sets must hold all of these items; below item_count */
    uint32_t include_count;
    const uint32_t *exclude; /* sets may hold none of these items: they are left out of baskets */
    uint32_t exclude_count;

    /* Which rules stay: see patron_itemset_mine. */
    uint32_t max_consequent; /* most items of a consequent; 0: 1 */
    bool prune_redundant;
    double significance;            /* level of Holm's test of all rules, below 1; 0: no test */
    uint64_t top_rules;             /* 0: all */
    patron_itemset_measure_kind by; /* measure of the top rules */

    /* Sets of the kind (with rules: all frequent ones, of any length) of all ranks, and bytes of a
     * rank for those that are kept; 0: no limit. */
    uint64_t most_sets;
    uint64_t most_bytes;

    bool count_only; /* only counts by length are wanted */
    bool rules;
    double min_confidence;           /* as patron_itemset_measure gives it; 0: no limit */
    double min_lift;                 /* 0: no limit */
    const patron_itemset_text *text; /* NULL: sets are kept; else without rules, and
                                        not of top maximal sets */
    int threads;                     /* of this rank, at least 1 */
    patron_progress *progress;       /* NULL: silent */

    /* NULL: none; with one, text is of scripts, which are kept in memory too. */
    patron_checkpoint *checkpoint;
    uint32_t number;    /* of this mining among those that share the checkpoint */
    bool others_follow; /* there will be more, so that what is found stays in the checkpoint */
} patron_itemset_options;

/* A slice of sets in CSR form, with their counts; items ascend within a set. */
typedef struct patron_itemset_sets {
    uint64_t count;      /* sets of this slice */
    uint64_t first;      /* sets in the slices of lower ranks */
    uint64_t total;      /* sets of all ranks */
    uint64_t first_item; /* items in the slices of lower ranks */
    uint64_t total_items;
    uint64_t *offsets; /* count + 1, local: offsets[0] = 0 */
    uint32_t *items;
    uint64_t *support_count; /* baskets that hold the set */
} patron_itemset_sets;

/* A slice of rules; antecedents and consequents as in sets, without counts. */
typedef struct patron_itemset_rules {
    uint64_t count;
    uint64_t first;
    uint64_t total;
    uint64_t first_antecedent_item, total_antecedent_items;
    uint64_t first_consequent_item, total_consequent_items;
    uint64_t *antecedent_offsets; /* count + 1, local */
    uint32_t *antecedent_items;
    uint64_t *consequent_offsets; /* count + 1, local */
    uint32_t *consequent_items;
    uint64_t *support_count; /* of antecedent and consequent together */
    uint64_t *antecedent_count;
    uint64_t *consequent_count;
    uint64_t tested; /* rules of all ranks that were tested for significance */
    double *p_value; /* patron_itemset_p_value; NULL without a test */
} patron_itemset_rules;

/* What a rule is worth, as mlxtend defines it, in float64 operations in just this order.  With n
 * baskets, a = antecedent_count / n, c = consequent_count / n (counts converted to double first):
 *   support        support_count / n
 *   confidence     support_count / antecedent_count
 *   lift           confidence / c
 *   leverage       support - a * c
 *   conviction     (1 - c) / (1 - confidence), +Inf where the two counts are equal
 *   zhangs_metric  leverage / max(support * (1 - a), a * (c - support)), 0 where that maximum is 0
 *   jaccard        support / (a + c - support)
 * and, of the counts s_xy, s_x, s_y in that order, as arules defines it:
 *   chi_squared    n * d * d / (s_x * (n - s_x) * (s_y * (n - s_y))), d = n * s_xy - s_x * s_y;
 *                  NaN where a side is in every basket */
typedef struct patron_itemset_measures {
    double support, confidence, lift, leverage, conviction, zhangs_metric, jaccard, chi_squared;
} patron_itemset_measures;

/* What mining took of this rank; it is not the same every time. */
typedef struct patron_itemset_effort {
    uint64_t bytes_sent; /* rows of baskets to other ranks */
    uint64_t mining_cpu; /* nanoseconds of all threads in the search, waiting not counted */
} patron_itemset_effort;

typedef struct patron_itemset_result {
    uint64_t baskets;           /* of all ranks */
    uint64_t min_count;         /* that sets were mined with: the option, or that of the top sets */
    uint64_t *count_by_length;  /* [0 .. longest], equal on every rank; [0] is 0 */
    uint32_t longest;           /* 0 where no set is frequent */
    patron_itemset_sets sets;   /* sorted by length, then lexicographically by item index */
    patron_itemset_rules rules; /* sorted by antecedent (length, lexicographic), then consequent */
    patron_itemset_effort effort;
} patron_itemset_result;

/* Least count c >= 1 with (double)c / (double)baskets >= support, support in (0, 1]. */
uint64_t patron_itemset_min_count(double support, uint64_t baskets);

/* Mines.  Options but threads and progress are equal on all ranks.  `result` is the caller's
 * afterwards (patron_itemset_result_free); its sets stay zero with count_only or text, its rules
 * with count_only or where none are asked for.
 *
 * Rules come from all frequent sets, whatever kind, lengths and include say about the sets that are
 * listed.  They pass, one after the other:
 *   1. confidence >= min_confidence and lift >= min_lift;
 *   2. prune_redundant: no rule of 1 has the same consequent, fewer items of the antecedent (at
 *      least one) and as high a confidence;
 *   3. significance: patron_itemset_p_value, by Holm's step-down over the rules that 2 left;
 *   4. top_rules: the measure is as high as that of the top_rules-th best; ties stay, NaN is least.
 *
 * Collective; all ranks return the same status, and other than OK leaves the result zeroed: DATA
 * where offsets or items are not as said above, USAGE for an option outside its range or an unknown
 * item, RESOURCE where memory is short or more than 2^63 / (ranks * threads) sets were counted,
 * STOPPED where the search was left for its checkpoint, with which it goes on. */
patron_status patron_itemset_mine(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                  const patron_itemset_options *options,
                                  patron_itemset_result *result);

/* Measures of one rule. */
patron_itemset_measures patron_itemset_measure(uint64_t baskets, uint64_t support_count,
                                               uint64_t antecedent_count,
                                               uint64_t consequent_count);

/* One of them. */
double patron_itemset_measure_value(const patron_itemset_measures *measures,
                                    patron_itemset_measure_kind kind);

/* Fisher's exact test, one-sided: the chance that support_count baskets or more hold both sides, if
 * they were independent and each side's count is as it is.  The same bits everywhere, and for the
 * converse of the rule; its relative error is below 2^-46 (1 - log p). */
double patron_itemset_p_value(uint64_t baskets, uint64_t support_count, uint64_t antecedent_count,
                              uint64_t consequent_count);

/* Releases what the result holds and zeroes it; a zeroed result is allowed. */
void patron_itemset_result_free(patron_itemset_result *result);

#endif
