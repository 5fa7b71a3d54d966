/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of running sums.  They are added up in the order of their index, on every rank alike. */
#include "generate/choice.h"

#include "patron/elementary.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

/* Divides by the sum of all, so that the last is 1 even where the divisions round. */
static void normalize(patron_choice *choice)
{
    double sum = choice->sums[choice->count - 1];
    for (uint32_t i = 0; i < choice->count; ++i)
        choice->sums[i] /= sum;
}

patron_status patron_choice_create(const double *weights, uint32_t count, patron_choice *choice)
{
    *choice = (patron_choice){.count = count, .sums = patron_allocate(count, sizeof(double))};
    if (choice->sums == NULL)
        return PATRON_RESOURCE;
    double sum = 0.0;
    for (uint32_t i = 0; i < count; ++i)
        choice->sums[i] = sum += weights[i];
    normalize(choice);
    return PATRON_OK;
}

patron_status patron_choice_create_poisson(double mean, patron_choice *choice)
{
    uint32_t count = (uint32_t)(mean + 10.0 * sqrt(mean)) + 40;
    *choice = (patron_choice){.count = count, .sums = patron_allocate(count, sizeof(double))};
    if (choice->sums == NULL)
        return PATRON_RESOURCE;
    double term = patron_exp(-mean), sum = 0.0;
    for (uint32_t i = 0; i < count; ++i) {
        choice->sums[i] = sum += term;
        term *= mean / (double)(i + 1);
    }
    normalize(choice);
    return PATRON_OK;
}

uint32_t patron_choice_draw(const patron_choice *choice, double unit)
{
    uint32_t low = 0, high = choice->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (unit < choice->sums[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void patron_choice_free(patron_choice *choice)
{
    free(choice->sums);
    *choice = (patron_choice){0};
}
