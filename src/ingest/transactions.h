/* SPDX-License-Identifier: Apache-2.0 */
/* The stages from text to lists.
 *
 *   gather    ranks read, clean, and send rows to lanes by customer (those without one, by basket)
 *   customers each lane reads its customers in order: their features, and their baskets, which go
 * to lanes by basket baskets   each lane reads its baskets in order
 *
 * A lane is a range of ids that one thread of one rank works on; lanes are in the order of ids. */
#ifndef PATRON_INGEST_TRANSACTIONS_H
#define PATRON_INGEST_TRANSACTIONS_H

#include "ingest/clean.h"
#include "ingest/dictionary.h"
#include "ingest/ingested.h"
#include "ingest/sources.h"
#include "patron/exactsum.h"
#include "shuffle/shuffle.h"
#include "shuffle/splitters.h"

/* What is known of the rows of all ranks. */
typedef struct patron_row_counts {
    uint64_t read, kept; /* read: without those rejected */
    uint64_t rejected;
    uint64_t dropped[PATRON_RULES];
    patron_exactsum revenue; /* of those kept */
    int64_t last_time;       /* INT64_MIN: no row was kept */
} patron_row_counts;

/* Where the bytes of a rank go. */
typedef struct patron_ingest_shares {
    uint64_t block;  /* text, a thread */
    uint64_t sorted; /* rows by customer, and again by basket */
    uint64_t on_way; /* the same, between ranks */
    uint64_t labels; /* counts of labels, a thread */
    uint64_t lists;
} patron_ingest_shares;

/* An ingest on its way. */
typedef struct patron_transactions {
    const patron_comm *comm;
    const patron_sources *sources;
    const patron_ingest_transactions_options *options;
    char name[256]; /* of the input, for messages */
    patron_cleaning cleaning;
    patron_ingest_shares shares;
    int threads;                         /* and lanes of this rank */
    uint64_t lanes;                      /* of all ranks */
    patron_splitters customers, baskets; /* where lanes are cut */
    patron_shuffle *by_customer, *by_basket, *by_item;
    patron_dictionary items;
    patron_row_counts counts;
    uint64_t *customers_before; /* of each lane of all ranks; one more */
    uint64_t single;            /* customers of one basket */
    uint64_t duplicates;        /* rows that are the same as one before */
    patron_ingested *lists;
} patron_transactions;

/* A customer before all are counted: its lane of all ranks, and its number in it. */
enum { PATRON_CUSTOMER_BITS = 40 };

/* The last time of the rows kept, from a reading that does nothing else; INT64_MIN where no row is.
 * Collective. */
patron_status patron_transactions_last_time(patron_transactions *transactions, int64_t *last);

/* Each stage is collective; each needs the one before. */
patron_status patron_transactions_cut_lanes(patron_transactions *transactions,
                                            const patron_texts *customers,
                                            const patron_texts *baskets);
patron_status patron_transactions_gather(patron_transactions *transactions);
patron_status patron_transactions_customers(patron_transactions *transactions);
patron_status patron_transactions_baskets(patron_transactions *transactions);

#endif
