/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a digest is taken of, in order, and their values, for one file or a set of files
 * read as one.  Nothing here is collective. */
#ifndef PATRON_STORE_DIGEST_SOURCE_H
#define PATRON_STORE_DIGEST_SOURCE_H

#include "store/digest.h"

#include <hdf5.h>
#include <sodium.h>
#include <stdbool.h>

typedef struct patron_digest_object {
    char *path;
    char *header; /* path, type, shape, attributes, as text and bytes */
    uint64_t header_length;
    uint64_t rows;        /* along the first axis, of all files; 1 for a scalar, 0 for a group */
    uint64_t *file_first; /* the row that file f starts at, and the end; NULL for a group */
    bool concatenated;
    bool rebased;
} patron_digest_object;

typedef struct patron_digest_source {
    const char *const *files;
    uint32_t file_count;
    const patron_digest_rule *rule;
    patron_digest_object *objects; /* in bytewise order of path */
    uint32_t object_count;
    hid_t first;         /* file 0, open throughout */
    hid_t file;          /* the other file that is open, */
    uint32_t file_index; /* and which one */
    uint64_t *bases;     /* of rebased offsets: entry f is what the files before f hold */
} patron_digest_source;

/* Lists the objects.  A source is to be closed whether or not this succeeds. */
patron_status patron_digest_source_open(const char *const *files, uint32_t count,
                                        const patron_digest_rule *rule,
                                        patron_digest_source *source);
void patron_digest_source_close(patron_digest_source *source);

/* Closes the files; the headers stay. */
void patron_digest_source_close_files(patron_digest_source *source);

/* File `index`, which stays open until another is asked for. */
patron_status patron_digest_source_file(patron_digest_source *source, uint32_t index, hid_t *file);

/* Feeds the values of rows [first, first + count) of `object`. */
patron_status patron_digest_source_feed(patron_digest_source *source,
                                        const patron_digest_object *object, uint64_t first,
                                        uint64_t count, crypto_generichash_state *hash);

#endif
