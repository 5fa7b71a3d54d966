/* SPDX-License-Identifier: Apache-2.0 */
/* What charts share below their kinds: axes. */
#ifndef PATRON_PAGE_SVG_H
#define PATRON_PAGE_SVG_H

#include "page/page.h"
#include "page/scale.h"

/* Grid lines across [from, to] of the other direction, and numbers: along the bottom at `at`, or up
 * the left at `at`. */
void patron_svg_axis_x(patron_page *page, const patron_scale *scale, double top, double bottom);
void patron_svg_axis_y(patron_page *page, const patron_scale *scale, double left, double right);

#endif
