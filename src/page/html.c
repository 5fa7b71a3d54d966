/* SPDX-License-Identifier: Apache-2.0 */
/* Text in a page, and the page's frame.  The page allows itself no source but its own script, named
 * by its SHA-256, so that markup which slipped in could not run. */
#include "page/page.h"

#include "cli/text.h"
#include "page/assets.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t patron_page_length(patron_page *page)
{
    if (page->out != NULL)
        fflush(page->out);
    return page->length;
}

void patron_page_free(patron_page *page)
{
    if (page->out != NULL)
        fclose(page->out);
    free(page->bytes);
    *page = (patron_page){0};
}

/* ---- text ---- */

void patron_page_markup(patron_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(page->out, format, arguments);
    va_end(arguments);
}

static void put_escaped(FILE *out, const char *text)
{
    for (const char *at = text; *at != '\0'; ++at) {
        unsigned char byte = (unsigned char)*at;
        const char *entity = byte == '&'    ? "&amp;"
                             : byte == '<'  ? "&lt;"
                             : byte == '>'  ? "&gt;"
                             : byte == '"'  ? "&quot;"
                             : byte == '\'' ? "&#39;"
                             : byte == 0x7f || (byte < 0x20 && byte != '\t' && byte != '\n')
                                 ? "\xef\xbf\xbd"
                                 : NULL;
        if (entity != NULL)
            fputs(entity, out);
        else
            putc(byte, out);
    }
}

static void put_text(patron_page *page, const char *bytes, uint64_t length, uint32_t columns)
{
    char *text = patron_text_repair(bytes, length);
    page->failed = page->failed || text == NULL;
    if (text == NULL)
        return;
    if (columns > 0 && patron_text_width(text) > columns) {
        text[patron_text_fit(text, columns - 1)] = '\0';
        put_escaped(page->out, text);
        fputs("…", page->out);
    } else {
        put_escaped(page->out, text);
    }
    free(text);
}

void patron_page_text(patron_page *page, const char *bytes, uint64_t length)
{
    put_text(page, bytes, length, 0);
}

void patron_page_short_text(patron_page *page, const char *bytes, uint64_t length, uint32_t columns)
{
    put_text(page, bytes, length, columns);
}

void patron_page_data(patron_page *page, const char *bytes, uint64_t length)
{
    enum { WIDEST = 160 };
    fputs("<bdi>", page->out);
    put_text(page, bytes, length, WIDEST);
    fputs("</bdi>", page->out);
}

void patron_page_paragraph(patron_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("<p>", page->out);
    vfprintf(page->out, format, arguments);
    fputs("</p>\n", page->out);
    va_end(arguments);
}

/* ---- the frame ---- */

static void put_policy(FILE *out)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, (const unsigned char *)patron_page_script, patron_page_script_length);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    fprintf(out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src 'unsafe-inline'; script-src 'sha256-%s'; img-src data:\">\n",
            text);
}

patron_status patron_page_begin(patron_page *page, const char *title)
{
    page->out = open_memstream(&page->bytes, &page->length);
    if (page->out == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory for a page");
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", page->out);
    put_policy(page->out);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          page->out);
    patron_page_text(page, title, strlen(title));
    fputs("</title>\n<style>\n", page->out);
    fwrite(patron_page_style, 1, patron_page_style_length, page->out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n"
          "<header>\n<h1>",
          page->out);
    patron_page_data(page, title, strlen(title));
    fputs("</h1>\n", page->out);
    return PATRON_OK;
}

patron_status patron_page_end(patron_page *page)
{
    fputs("<script>", page->out);
    fwrite(patron_page_script, 1, patron_page_script_length, page->out);
    fputs("</script>\n</body>\n</html>\n", page->out);
    bool failed = page->failed || ferror(page->out) != 0;
    failed = fclose(page->out) != 0 || failed;
    page->out = NULL;
    return failed ? patron_fail(PATRON_RESOURCE, "out of memory for a page") : PATRON_OK;
}

void patron_page_section(patron_page *page, const char *id, const char *heading)
{
    fprintf(page->out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n",
            id, id, id, heading);
}

void patron_page_section_end(patron_page *page)
{
    fputs("</section>\n", page->out);
}
