/* SPDX-License-Identifier: Apache-2.0 */
/* Draws of prices, quantities and dirt. */
#include "generate/shop.h"

#include "patron/elementary.h"
#include "patron/random.h"

#include <math.h>

uint64_t patron_shop_price(uint64_t seed, uint32_t item)
{
    double normal = patron_random_unit(seed, PATRON_PURPOSE_ITEM, item, 1);
    patron_normal_quantiles(1, &normal);
    double price = floor(100.0 * patron_exp(1.0 + normal) + 0.5);
    return price < 1.0 ? 1 : (uint64_t)price;
}

patron_shop_line patron_shop_draw_line(uint64_t seed, uint64_t basket, uint32_t line, double dirt)
{
    const uint32_t last = 1U << 20; /* at most 21 */
    uint32_t words[4];
    patron_random_words(seed, PATRON_PURPOSE_LINE, basket, line, words);
    return (patron_shop_line){.quantity = 1 + (uint32_t)__builtin_ctz(words[0] | last),
                              .free_of_charge = patron_random_word_to_unit(words[1]) < dirt};
}

patron_shop_sequel patron_shop_draw_sequel(uint64_t seed, uint64_t basket, double dirt)
{
    uint32_t words[4];
    patron_random_words(seed, PATRON_PURPOSE_VISIT, basket, 2, words);
    return (patron_shop_sequel){.cancelled = patron_random_word_to_unit(words[0]) < dirt,
                                .anonymous = patron_random_word_to_unit(words[1]) < dirt};
}
