/* SPDX-License-Identifier: Apache-2.0 */
/* printf's digits, with commas put between thousands. */
#include "cli/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies `plain`, a number as %f prints it, with a comma before each third digit from the point. */
static void group(const char *plain, char *text)
{
    size_t sign = plain[0] == '-' ? 1 : 0;
    size_t whole = strspn(plain + sign, "0123456789");
    for (size_t i = 0; i < sign + whole; ++i) {
        if (i > sign && (sign + whole - i) % 3 == 0)
            *text++ = ',';
        *text++ = plain[i];
    }
    strcpy(text, plain + sign + whole);
}

void patron_number_count(uint64_t count, char *text)
{
    char plain[32];
    snprintf(plain, sizeof plain, "%" PRIu64, count);
    group(plain, text);
}

void patron_number_decimal(double real, int decimals, char *text)
{
    char plain[PATRON_NUMBER_CAPACITY / 4 * 3];
    if (isnan(real)) {
        strcpy(text, "-");
        return;
    }
    snprintf(plain, sizeof plain, "%.*f", decimals, real == 0.0 ? 0.0 : real);
    group(plain, text);
}

void patron_number_real(double real, int digits, char *text)
{
    double size = fabs(real);
    if (isfinite(real) && size != 0.0 && (size < 1e-4 || size >= 1e15)) {
        snprintf(text, PATRON_NUMBER_CAPACITY, "%.*e", digits - 1, real);
        return;
    }
    char plain[64];
    snprintf(plain, sizeof plain, "%.*e", digits - 1, real);
    const char *exponent = strchr(plain, 'e');
    int before = exponent != NULL ? 1 + (int)strtol(exponent + 1, NULL, 10) : 1;
    int decimals = size == 0.0 || before >= digits ? 0 : digits - before;
    patron_number_decimal(real, decimals, text);
}
