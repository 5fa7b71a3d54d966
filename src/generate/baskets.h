/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets drawn from Quest patterns or, dense ones, item by item; and who bought them when.
 *
 * Quest baskets come in runs of PATRON_BASKET_RUN, by their number: a pattern that finds no room
 * goes on to the next basket of the run, and none from run to run, so that any range of baskets can
 * be drawn by itself.  Nothing here is collective; a model is read by many threads. */
#ifndef PATRON_GENERATE_BASKETS_H
#define PATRON_GENERATE_BASKETS_H

#include "generate/mixture.h"
#include "generate/patterns.h"

enum { PATRON_BASKET_RUN = 64 };

typedef struct patron_basket_options {
    uint64_t baskets;
    patron_pattern_options patterns; /* items and seed count where baskets are dense, too */
    double length;                   /* |T|: mean, at most PATRON_POISSON_MOST */
    bool dense;
    double density, density_spread; /* an item is in a basket with a chance of its own, drawn evenly
                                       within density_spread times what is possible of density */
    uint64_t customers;             /* baskets are dealt to evenly; 0: to none */
    double affinity; /* share of patterns that come from those of the customer's own cluster */
    int64_t start;   /* seconds since 1970 UTC: baskets are spread from there, in their order, */
    double days;     /* over so many */
} patron_basket_options;

typedef struct patron_basket_model {
    patron_basket_options options;
    const patron_mixture *mixture; /* NULL where affinity is 0; outlives the model */
    patron_patterns patterns;
    patron_choice lengths;
    double *chances; /* of dense items */
} patron_basket_model;

/* `mixture` knows the clusters; NULL: without affinity.  RESOURCE; release in any case. */
patron_status patron_basket_model_create(const patron_basket_options *options,
                                         const patron_mixture *mixture, patron_basket_model *model);
void patron_basket_model_free(patron_basket_model *model);

/* About how many items a basket has, at least 1. */
uint64_t patron_basket_mean_length(const patron_basket_model *model);

/* Baskets as they are drawn; a zeroed one is empty.  One a thread. */
typedef struct patron_basket_list {
    uint64_t count;
    uint64_t *offsets; /* count + 1, from 0 */
    uint32_t *items;   /* ascending and unique in a basket */
    uint64_t offset_capacity, item_capacity;
    uint32_t *pattern, *carried; /* what is left of a pattern; and what the last basket left over */
    uint32_t carried_count;
} patron_basket_list;

/* Draws the baskets first, first + 1, ... into `list`, whatever it held.  RESOURCE. */
patron_status patron_baskets_draw(const patron_basket_model *model, uint64_t first, uint64_t count,
                                  patron_basket_list *list);
void patron_basket_list_free(patron_basket_list *list);

/* Whose it is (a row, UINT64_MAX: nobody's), and when it was bought; times do not fall. */
uint64_t patron_basket_customer(const patron_basket_model *model, uint64_t basket);
int64_t patron_basket_time(const patron_basket_model *model, uint64_t basket);

#endif
