/* SPDX-License-Identifier: Apache-2.0 */
/* style.css and page.js, put into the program when it is built. */
#ifndef PATRON_PAGE_ASSETS_H
#define PATRON_PAGE_ASSETS_H

#include <stddef.h>

extern const char patron_page_style[], patron_page_script[];
extern const size_t patron_page_style_length, patron_page_script_length;

#endif
