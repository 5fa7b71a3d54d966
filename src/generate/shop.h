/* SPDX-License-Identifier: Apache-2.0 */
/* What a shop's export tells of baskets beside their items: prices, quantities, and the dirt that
 * real exports hold.  Nothing here is collective. */
#ifndef PATRON_GENERATE_SHOP_H
#define PATRON_GENERATE_SHOP_H

#include <stdbool.h>
#include <stdint.h>

/* Price of an item in hundredths, at least 1; lognormal, the median about 2.70. */
uint64_t patron_shop_price(uint64_t seed, uint32_t item);

/* A line of a basket: how many were bought, geometric of mean 2; and whether another line for the
 * same item follows, whose price is 0. */
typedef struct patron_shop_line {
    uint32_t quantity;
    bool free_of_charge;
} patron_shop_line;

patron_shop_line patron_shop_draw_line(uint64_t seed, uint64_t basket, uint32_t line, double dirt);

/* What follows a basket, each with the chance `dirt`: it is cancelled by an invoice of its own, and
 * somebody who is not known buys the same. */
typedef struct patron_shop_sequel {
    bool cancelled, anonymous;
} patron_shop_sequel;

patron_shop_sequel patron_shop_draw_sequel(uint64_t seed, uint64_t basket, double dirt);

#endif
