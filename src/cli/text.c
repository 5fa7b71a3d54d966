/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of UTF-8 (RFC 3629) and widths by wcwidth in a UTF-8 locale of our own, so that they
 * hang on no setting of the user. */
#include "cli/text.h"

#include "patron/memory.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const uint32_t REPLACEMENT = 0xFFFD;

/* The code point at the start of bytes[length] into *point; the bytes that it takes, 0 where it is
 * malformed. */
static unsigned decode(const unsigned char *bytes, uint64_t length, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = bytes[0];
    unsigned size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size == 0 || lead > 0xF4 || size > length)
        return 0;
    uint32_t value = size == 1 ? lead : lead & (0x7Fu >> size);
    for (unsigned i = 1; i < size; ++i) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *point = value;
    return size;
}

/* Controls (C0, DEL, C1), line and paragraph separators, what turns the direction (UAX 9), and the
 * soft hyphen and the byte order mark, which terminals give a column or none.  Joiners (U+200C,
 * U+200D) stay: Persian, Indic scripts and emoji are written with them. */
static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || point == 0x61C ||
           point == 0x200B || point == 0x200E || point == 0x200F ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
           point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB);
}

static char *copy_with(const char *bytes, uint64_t length, const char *for_malformed,
                       const char *for_control)
{
    uint64_t longest = strlen(for_malformed);
    char *text = length <= UINT64_MAX / 4 ? patron_allocate(length * longest + 1, 1) : NULL;
    if (text == NULL)
        return NULL;
    char *to = text;
    for (uint64_t at = 0; at < length;) {
        uint32_t point = REPLACEMENT;
        unsigned size = decode((const unsigned char *)bytes + at, length - at, &point);
        const char *instead = size == 0                                  ? for_malformed
                              : for_control != NULL && is_control(point) ? for_control
                                                                         : NULL;
        if (instead != NULL)
            to = stpcpy(to, instead);
        else
            to = mempcpy(to, bytes + at, size);
        at += size > 0 ? size : 1;
    }
    *to = '\0';
    return text;
}

char *patron_text_printable(const char *bytes, uint64_t length)
{
    return copy_with(bytes, length, "?", "?");
}

char *patron_text_repair(const char *bytes, uint64_t length)
{
    return copy_with(bytes, length, "\xEF\xBF\xBD", NULL);
}

static int columns_of(uint32_t point)
{
    static locale_t utf8;
    static bool tried;
    if (!tried)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    tried = true;
    if (point < 0x7F || utf8 == (locale_t)0)
        return 1;
    locale_t before = uselocale(utf8);
    int columns = wcwidth((wchar_t)point);
    uselocale(before);
    return columns >= 0 ? columns : 1;
}

/* Bytes of `text` that fit in `columns`, and in *used the columns that they take. */
static uint64_t walk(const char *text, uint32_t columns, uint32_t *used)
{
    uint64_t length = strlen(text), at = 0;
    *used = 0;
    while (at < length) {
        uint32_t point = REPLACEMENT;
        unsigned size = decode((const unsigned char *)text + at, length - at, &point);
        uint32_t width = (uint32_t)columns_of(point);
        if (width > columns - *used)
            break;
        *used += width;
        at += size > 0 ? size : 1;
    }
    return at;
}

uint32_t patron_text_width(const char *text)
{
    uint32_t used = 0;
    walk(text, UINT32_MAX, &used);
    return used;
}

uint64_t patron_text_fit(const char *text, uint32_t columns)
{
    uint32_t used = 0;
    return walk(text, columns, &used);
}
