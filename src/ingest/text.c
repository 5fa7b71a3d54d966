/* SPDX-License-Identifier: Apache-2.0 */
/* Slices of text, UTF-8, and decimal numbers.
 *
 * A number of at most 15 digits and a small power of ten is one exact integer times or divided by
 * one exact power, hence correctly rounded (Clinger, "How to read floating point numbers
 * accurately", PLDI 1990); others go to strtod in the C locale. */
#include "ingest/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

patron_slice patron_slice_of(const char *text)
{
    return (patron_slice){.bytes = text, .length = strlen(text)};
}

bool patron_slice_equal(patron_slice left, patron_slice right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.bytes, right.bytes, left.length) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

patron_slice patron_slice_trim(patron_slice text)
{
    while (text.length > 0 && is_blank(text.bytes[0])) {
        ++text.bytes;
        --text.length;
    }
    while (text.length > 0 && is_blank(text.bytes[text.length - 1]))
        --text.length;
    return text;
}

/* Bytes of the UTF-8 character at the start of at[rest]; 0 where it is malformed. */
static uint64_t utf8_length(const unsigned char *at, uint64_t rest)
{
    if (at[0] < 0x80)
        return 1;
    uint64_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || length > rest)
        return 0;
    for (uint64_t i = 1; i < length; ++i)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : length;
}

/* Bytes at the start that are ASCII, by eights. */
static uint64_t skip_ascii(patron_slice text)
{
    static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);
    uint64_t at = 0, word = 0;
    for (; at + sizeof word <= text.length; at += sizeof word) {
        memcpy(&word, text.bytes + at, sizeof word);
        if ((word & HIGH_BITS) != 0)
            break;
    }
    return at;
}

uint64_t patron_slice_utf8_fault(patron_slice text)
{
    uint64_t at = 0;
    while (at < text.length) {
        const patron_slice rest = {text.bytes + at, text.length - at};
        at += skip_ascii(rest);
        if (at == text.length)
            break;
        uint64_t length = utf8_length((const unsigned char *)text.bytes + at, text.length - at);
        if (length == 0)
            return at;
        at += length;
    }
    return text.length;
}

bool patron_slice_is_utf8(patron_slice text)
{
    return patron_slice_utf8_fault(text) == text.length;
}

/* A number taken apart: digits * 10^exponent; exact while digit_count <= 15. */
typedef struct decimal {
    uint64_t digits;
    int digit_count; /* leading zeros do not count */
    int exponent;
    bool negative;
} decimal;

enum { EXACT_DIGITS = 15, EXACT_POWER = 22, EXPONENT_LIMIT = 100000 };

static const char *scan_digits(const char *at, const char *end, decimal *number, int step)
{
    for (; at < end && *at >= '0' && *at <= '9'; ++at) {
        if (number->digit_count > 0 || *at != '0')
            ++number->digit_count;
        if (number->digit_count <= EXACT_DIGITS)
            number->digits = 10 * number->digits + (uint64_t)(*at - '0');
        number->exponent += step;
    }
    return at;
}

static const char *scan_exponent(const char *at, const char *end, decimal *number)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        ++at;
    if (at == end)
        return NULL;
    int exponent = 0;
    for (; at < end && *at >= '0' && *at <= '9'; ++at)
        if (exponent < EXPONENT_LIMIT)
            exponent = 10 * exponent + (*at - '0');
    number->exponent += negative ? -exponent : exponent;
    return at;
}

/* False where `text` is no decimal number. */
static bool scan_decimal(patron_slice text, decimal *number)
{
    const char *at = text.bytes;
    const char *end = at + text.length;
    number->negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        ++at;
    const char *whole = at;
    at = scan_digits(at, end, number, 0);
    int64_t seen = at - whole;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = scan_digits(at, end, number, -1);
        seen += at - fraction;
    }
    if (seen == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E'))
        at = scan_exponent(at + 1, end, number);
    return at == end;
}

static double read_in_c_locale(const char *text)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale == (locale_t)0)
        return strtod(text, NULL);
    double value = strtod_l(text, NULL, locale);
    freelocale(locale);
    return value;
}

bool patron_slice_number(patron_slice text, double *value)
{
    static const double power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal number = {0};
    if (!scan_decimal(text, &number))
        return false;
    int exponent = number.exponent;
    if (number.digit_count > EXACT_DIGITS || exponent < -EXACT_POWER || exponent > EXACT_POWER) {
        *value = read_in_c_locale(text.bytes);
        return true;
    }
    double digits = (double)number.digits;
    double magnitude = exponent < 0 ? digits / power[-exponent] : digits * power[exponent];
    *value = number.negative ? -magnitude : magnitude;
    return true;
}

bool patron_slice_is_infinity(patron_slice text)
{
    if (text.length > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+'))
        text = (patron_slice){.bytes = text.bytes + 1, .length = text.length - 1};
    return (text.length == 3 && strncasecmp(text.bytes, "inf", 3) == 0) ||
           (text.length == 8 && strncasecmp(text.bytes, "infinity", 8) == 0);
}

const char *patron_slice_quote(patron_slice text, char quote[PATRON_QUOTE_CAPACITY])
{
    static const uint64_t LIMIT = PATRON_QUOTE_CAPACITY - 8;
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    uint64_t at = 0, used = 0;
    while (at < text.length) {
        uint64_t length = utf8_length(bytes + at, text.length - at);
        if (used + length > LIMIT)
            break;
        bool prints = length > 1 || (length == 1 && bytes[at] >= ' ' && bytes[at] < 0x7f);
        length = length == 0 ? 1 : length;
        if (prints)
            memcpy(quote + used, bytes + at, length);
        else
            quote[used] = '?';
        used += prints ? length : 1;
        at += length;
    }
    snprintf(quote + used, PATRON_QUOTE_CAPACITY - used, "%s", at < text.length ? "..." : "");
    return quote;
}
