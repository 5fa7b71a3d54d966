/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people; text[PATRON_NUMBER_CAPACITY] takes any.  Nothing here is collective. */
#ifndef PATRON_CLI_NUMBER_H
#define PATRON_CLI_NUMBER_H

#include <stdint.h>

enum { PATRON_NUMBER_CAPACITY = 512 };

/* 541,909 */
void patron_number_count(uint64_t count, char *text);

/* `digits` significant ones, but all before the point; below 1e-4 and from 1e15 with an exponent;
 * NaN is "-". */
void patron_number_real(double real, int digits, char *text);

/* `decimals` (at most 20) after the point; NaN is "-". */
void patron_number_decimal(double real, int decimals, char *text);

#endif
