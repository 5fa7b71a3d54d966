/* SPDX-License-Identifier: Apache-2.0 */
/* Sums each line of hexadecimal doubles on standard input; a line of output holds the sum over the
 * full window and over the narrowest one that the terms fit. */
#include "patron/exactsum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANTISSA_BITS = 53, CAPACITY = 1 << 20 };

static size_t parse(char *line, double *terms)
{
    size_t count = 0;
    char *end = line;
    for (char *at = line; count < CAPACITY; at = end) {
        terms[count] = strtod(at, &end);
        if (end == at)
            break;
        ++count;
    }
    return count;
}

static double sum_narrow(const double *terms, size_t count)
{
    int low = 1024, high = -1074;
    for (size_t i = 0; i < count; ++i) {
        int exponent = 0;
        if (frexp(terms[i], &exponent) == 0.0)
            continue;
        low = exponent - MANTISSA_BITS < low ? exponent - MANTISSA_BITS : low;
        high = exponent > high ? exponent : high;
    }
    if (low > high)
        return 0.0;
    patron_exact_window window = patron_exact_window_between(low, high);
    int64_t limbs[PATRON_EXACT_FULL_LIMBS] = {0};
    for (size_t i = 0; i < count; ++i)
        patron_exact_add(window, limbs, terms[i]);
    return patron_exact_round(window, limbs);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    double *terms = malloc(CAPACITY * sizeof *terms);
    while (terms != NULL && getline(&line, &capacity, stdin) > 0) {
        size_t count = parse(line, terms);
        patron_exactsum full = {0};
        for (size_t i = 0; i < count; ++i)
            patron_exactsum_add(&full, terms[i]);
        printf("%a %a\n", patron_exactsum_round(&full), sum_narrow(terms, count));
    }
    free(line);
    free(terms);
    return 0;
}
