/* SPDX-License-Identifier: Apache-2.0 */
/* /tree of a segment model.  On one rank. */
#ifndef PATRON_MODEL_TREE_TABLE_H
#define PATRON_MODEL_TREE_TABLE_H

#include "quality/tree.h"
#include "store/h5_write.h"

/* Writes joins[k - 1]. */
patron_status patron_tree_table_write(const patron_h5_file *file, const patron_tree_join *joins,
                                      uint64_t k);

/* Reads the joins of k segments into *joins, the caller's to free(); NULL where the model, of an
 * earlier version, has none.  DATA: not a tree of k segments; IO, RESOURCE. */
patron_status patron_tree_table_read(hid_t file, const char *path, uint64_t k,
                                     patron_tree_join **joins);

#endif
