/* SPDX-License-Identifier: Apache-2.0 */
/* Where an output goes, and what it may replace.  Nothing here is collective. */
#ifndef PATRON_STORE_OUTPUT_PLACE_H
#define PATRON_STORE_OUTPUT_PLACE_H

#include "store/output.h"

#include <limits.h>

/* Room for a path with the suffix of a partial output behind it. */
enum { PATRON_OUTPUT_SUFFIX = sizeof ".partial.0123456789abcdef" };

/* Finds the place that `path` stands for: slashes at its end do not count, and a symbolic link is
 * followed, so that it still leads to the output afterwards.  CANT_CREATE where the folder is
 * missing or not writable, the name is too long or none, or something is there that may not be
 * replaced. */
patron_status patron_output_place(const char *path, patron_output_form form, bool force,
                                  char place[PATH_MAX]);

/* Whether what is at `place`, if anything, may be replaced: nothing without `force`; with it a
 * file, and by a folder of parts such a folder. */
patron_status patron_output_may_replace(const char *place, patron_output_form form, bool force);

/* CANT_CREATE where `input` (NULL and names of nothing are allowed) is what `place` would replace.
 */
patron_status patron_output_is_not(const char *place, const char *input);

/* Whether two files can be read and hold the same bytes. */
bool patron_output_is_same(const char *one, const char *other);

/* Whether two paths lead to one file, or would where neither is there yet. */
bool patron_output_is_same_place(const char *one, const char *other);

/* The folder that holds `place`, and its name there. */
void patron_output_folder(const char *place, char folder[PATH_MAX]);
const char *patron_output_name(const char *place);

#endif
