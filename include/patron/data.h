/* SPDX-License-Identifier: Apache-2.0 */
/* The dataset: a partitioned HDF5 table of customers, baskets or both, as one sequence of rows.
 *
 * Opening is collective and checks what all parts must agree on; reading is each rank's own, in
 * large pieces, and checks every value that is used as a size, an offset or an index.  Parts and
 * ranks need not match. */
#ifndef PATRON_DATA_H
#define PATRON_DATA_H

#include "patron/comm.h"
#include "patron/progress.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdint.h>

/* Consecutive rows (or baskets) by global number. */
typedef struct patron_range {
    uint64_t first;
    uint64_t count;
} patron_range;

/* The `index`-th of `parts` nearly equal, consecutive ranges of [0, total): part files of a dataset
 * and shards of ranks are both cut so. */
patron_range patron_range_cut(uint64_t total, uint64_t index, uint64_t parts);

/* Which of these ranges row `row`, below `total`, lies in. */
uint64_t patron_range_owner(uint64_t total, uint64_t row, uint64_t parts);

/* ---- reading ---- */

typedef struct patron_dataset patron_dataset;

/* Whether `path` is a folder or an HDF5 file; text is neither.  On one rank. */
bool patron_dataset_may_be(const char *path);

/* Opens the file or the folder of part files at `path`.  Collective.  NO_INPUT: missing, unreadable
 * or not HDF5; DATA: another format or version, wrong shapes or types, a part missing from its set,
 * parts that disagree. */
patron_status patron_dataset_open(const patron_comm *comm, const char *path,
                                  patron_dataset **dataset);
void patron_dataset_close(patron_dataset *dataset);

const char *patron_dataset_path(const patron_dataset *dataset);
uint64_t patron_dataset_rows(const patron_dataset *dataset);    /* customers; 0 without any */
uint32_t patron_dataset_columns(const patron_dataset *dataset); /* features */
uint64_t patron_dataset_baskets(const patron_dataset *dataset);
uint32_t patron_dataset_parts(const patron_dataset *dataset);
bool patron_dataset_has_customers(const patron_dataset *dataset);
bool patron_dataset_has_baskets(const patron_dataset *dataset);
bool patron_dataset_has_weight(const patron_dataset *dataset);
bool patron_dataset_has_basket_customers(const patron_dataset *dataset);

/* Columns' names, units and sources (count 0 where the file gives none of the latter two); the
 * dictionary's names and labels (labels count 0 where there are none).  Owned by the dataset. */
const patron_texts *patron_dataset_column_names(const patron_dataset *dataset);
const patron_texts *patron_dataset_column_units(const patron_dataset *dataset);
const patron_texts *patron_dataset_column_sources(const patron_dataset *dataset);
const patron_texts *patron_dataset_item_names(const patron_dataset *dataset);
const patron_texts *patron_dataset_item_labels(const patron_dataset *dataset);

/* Reads the baskets of `range`: *offsets (range.count + 1, from 0) and *items are the caller's to
 * free().  Offsets that run backwards or past the end, an item out of the dictionary, items not
 * ascending and unique are DATA. */
patron_status patron_dataset_read_baskets(const patron_dataset *dataset, patron_range range,
                                          uint64_t **offsets, uint32_t **items);

/* Appends the ids of the customers in `range` to `ids`, numbers as decimal texts. */
patron_status patron_dataset_read_ids(const patron_dataset *dataset, patron_range range,
                                      patron_texts *ids);

enum { PATRON_KEY_NAME_CAPACITY = 33 }; /* 32 hexadecimal digits and NUL */

/* The name of the key under which the customers' ids are pseudonyms; "" where they are as the shop
 * has them, or the dataset does not tell.  On one rank. */
patron_status patron_dataset_read_key_name(const patron_dataset *dataset,
                                           char name[PATRON_KEY_NAME_CAPACITY]);

/* Whether baskets have ids; and appends those of the baskets in `range` to `ids`. */
bool patron_dataset_has_basket_ids(const patron_dataset *dataset);
patron_status patron_dataset_read_basket_ids(const patron_dataset *dataset, patron_range range,
                                             patron_texts *ids);

/* The row of a basket that has no customer. */
#define PATRON_NO_CUSTOMER UINT64_MAX

enum { PATRON_DIGEST_CAPACITY = 65 }; /* 64 hexadecimal digits and NUL */

/* The digest of the content, whatever parts it lies in: equal digests mean equal datasets.
 * Collective; ranks, and `threads` of each, share the work. */
patron_status patron_dataset_digest(const patron_comm *comm, int threads,
                                    const patron_dataset *dataset,
                                    char digest[PATRON_DIGEST_CAPACITY]);

/* The digest that was recorded when the dataset was written, "" where none was. */
const char *patron_dataset_recorded_digest(const patron_dataset *dataset);

/* Checks that no customer id occurs twice in all parts.  Collective.  DATA where one does. */
patron_status patron_dataset_check_ids(const patron_comm *comm, const patron_dataset *dataset);

/* Checks all that reading would: every feature, weight, basket, the customers of baskets, the ids,
 * and the recorded digest against `digest`, which it gives.  Collective. */
patron_status patron_dataset_verify(const patron_comm *comm, int threads,
                                    const patron_dataset *dataset,
                                    char digest[PATRON_DIGEST_CAPACITY]);

/* ---- writing ---- */

/* One figure of /quality: a count, or an exact sum rounded once. */
typedef struct patron_quality {
    const char *name; /* as in the file, e.g. "rows_read" */
    bool is_real;
    uint64_t count;
    double real;
} patron_quality;

/* A whole dataset in memory, in the contract's order.  Absent parts have count 0 or NULL. */
typedef struct patron_dataset_content {
    uint64_t rows;
    uint32_t columns;
    patron_texts customer_id; /* rows, bytewise ascending, unique */
    const char *id_form;      /* "pseudonym" or "plain", a note for readers; NULL: none */
    char id_key[PATRON_KEY_NAME_CAPACITY]; /* name of the key of pseudonyms; "": none */
    float *features;                       /* rows x columns, NaN = missing */
    float *weight;                         /* rows */
    patron_texts column_names, column_units, column_sources;

    uint64_t baskets;
    uint64_t *basket_offsets; /* baskets + 1 */
    uint32_t *basket_items;
    patron_texts basket_id;
    uint64_t *basket_customer; /* global row, PATRON_NO_CUSTOMER = none */
    int64_t *basket_time;      /* seconds since 1970 UTC */

    patron_texts item_names, item_labels;

    patron_quality *quality;
    uint32_t quality_count;
} patron_dataset_content;

void patron_dataset_content_free(patron_dataset_content *content);

/* Writes `content`, which rank 0 holds, to the file `path`, or with parts > 0 to the folder `path`
 * of that many part files; whole or not at all.  Its digest is recorded in it, and given.
 * Collective; the other ranks' content is not looked at.  CANT_CREATE: `path` exists and not
 * `force`, or its folder is missing or not writable; IO: the disk is full or a write failed. */
patron_status patron_dataset_write(const patron_comm *comm, const patron_dataset_content *content,
                                   const char *path, uint32_t parts, bool force,
                                   char digest[PATRON_DIGEST_CAPACITY]);

/* ---- writing what is made on the way ---- */

/* Room for customers, or for baskets, of a range; NULL where the dataset has none of that. */
typedef struct patron_customer_block {
    uint64_t *id;
    float *features; /* count x columns */
    float *weight;
    int32_t *truth; /* number of the cluster it was drawn from, -1 = none */
} patron_customer_block;

typedef struct patron_basket_block {
    uint64_t *offsets; /* count + 1, from 0 */
    uint32_t *items;   /* as many as were counted */
    uint64_t *customer;
    int64_t *time;
} patron_basket_block;

/* What customers were drawn from. */
typedef struct patron_dataset_truth {
    uint32_t clusters;
    const double *centroids;  /* clusters x columns: means in the data's own units */
    const double *deviations; /* clusters x columns: standard deviations in these units */
    const double *shares;     /* clusters: of the customers that belong to any */
} patron_dataset_truth;

/* Makes rows when they are to be written: from `threads` threads at a time, in ranges of any order
 * and cut, the same for the same row.  `thread` is below `threads`. */
typedef struct patron_dataset_maker {
    const patron_dataset_content *frame; /* all but the rows and baskets themselves, their numbers
                                            included; the same on every rank */
    const patron_dataset_truth *truth;   /* NULL without customers */
    bool has_weight, has_basket_customer;
    uint64_t basket_length;             /* about so many items has a basket, at least 1 */
    const char *command_line, *options; /* for /run */
    int threads;
    patron_progress *progress;
    void *context;
    patron_status (*customers)(void *context, int thread, patron_range rows,
                               const patron_customer_block *block);
    patron_status (*count_items)(void *context, int thread, patron_range baskets, uint64_t *items);
    patron_status (*baskets)(void *context, int thread, patron_range baskets,
                             const patron_basket_block *block);
} patron_dataset_maker;

/* patron_dataset_write of rows that no rank holds: each makes and writes its range of them, a piece
 * a thread at a time.  Baskets are made twice, first to count their items.  Collective; errors also
 * those of the maker. */
patron_status patron_dataset_write_made(const patron_comm *comm, const patron_dataset_maker *maker,
                                        const char *path, uint32_t parts, bool force,
                                        char digest[PATRON_DIGEST_CAPACITY]);

/* ---- writing what is spread over ranks ---- */

/* Arrays of a dataset whose entries are put one range after the other. */
typedef enum patron_dataset_array {
    PATRON_ARRAY_CUSTOMER_ID,     /* a text of customer_width bytes, padded with NUL */
    PATRON_ARRAY_FEATURES,        /* float32, a row of all columns */
    PATRON_ARRAY_BASKET_END,      /* uint64: items of the baskets up to and with this one */
    PATRON_ARRAY_BASKET_ITEM,     /* uint32; entries count through the baskets */
    PATRON_ARRAY_BASKET_ID,       /* a text of basket_width bytes */
    PATRON_ARRAY_BASKET_CUSTOMER, /* uint64 */
    PATRON_ARRAY_BASKET_TIME,     /* int64 */
    PATRON_ARRAYS
} patron_dataset_array;

typedef struct patron_dataset_plan {
    const patron_dataset_content *frame; /* all but the rows and baskets themselves, their numbers
                                            included; the same on every rank */
    bool has[PATRON_ARRAYS];
    uint64_t customer_width, basket_width;
    const uint64_t *items_before; /* one more than files (parts, or 1): items of the baskets of the
                                     files before */
} patron_dataset_plan;

typedef struct patron_dataset_writer patron_dataset_writer;

/* patron_dataset_write of rows and baskets that ranks put side by side.  The plan outlives the
 * writer.  Collective; where it succeeds the caller ends it with patron_dataset_writer_end. */
patron_status patron_dataset_writer_begin(const patron_comm *comm, const patron_dataset_plan *plan,
                                          const char *path, uint32_t parts, bool force,
                                          patron_dataset_writer **writer);

/* Puts entries [first, first + count), numbered through the parts.  Each rank for itself; it is
 * fastest part by part.  IO: the disk is full or a write failed; RESOURCE. */
patron_status patron_dataset_writer_put(patron_dataset_writer *writer, patron_dataset_array array,
                                        uint64_t first, uint64_t count, const void *values);

/* All ranks bring their status so far: if all are OK, the digest is recorded and the output takes
 * its name, else it is removed.  Frees the writer.  Collective. */
patron_status patron_dataset_writer_end(patron_dataset_writer *writer, int threads,
                                        patron_status so_far, char digest[PATRON_DIGEST_CAPACITY]);

#endif
