/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of itemset_text share: where the text goes. */
#ifndef PATRON_MODEL_ITEMSET_TEXT_OUTPUT_H
#define PATRON_MODEL_ITEMSET_TEXT_OUTPUT_H

#include "model/itemset_text.h"
#include "shuffle/spool.h"
#include "store/output.h"

/* A script that waits in the spool, and the text that it stands for. */
typedef struct patron_text_script {
    uint64_t task;
    uint64_t start; /* in the spool */
    uint64_t length;
    uint64_t text_bytes;
} patron_text_script;

/* Scripts of this rank, which come with all of a task before the next one. */
typedef struct patron_text_scripts {
    patron_spool spool;
    patron_text_script *list;
    uint64_t count, room;
} patron_text_scripts;

struct patron_itemset_text_output {
    const char *name;    /* for messages */
    patron_output *file; /* NULL: a stream */
    FILE *stream;        /* of rank 0; of the null device, of every rank */
    FILE *opened;        /* the stream, where it is ours */
    bool is_null;
    bool by_scripts; /* what is passed on waits as scripts */
    uint64_t offset; /* of what this rank writes next to the file */
    int threads;
    const patron_texts *names; /* of the sets that are passed on */
    patron_text_scripts scripts;
};

/* Takers of a patron_itemset_sink.  To the file, and to the stream, of the output that is the
 * context; IO. */
patron_status patron_text_lay(void *argument, const char *bytes, uint64_t length);
patron_status patron_text_print(void *argument, const char *bytes, uint64_t length);

/* To rank 0 of the communicator that is the context. */
patron_status patron_text_send(void *argument, const char *bytes, uint64_t length);
void patron_text_send_end(const patron_comm *comm);

/* Prints what rank `source` sends, to its end.  What comes is taken, also where printing fails. */
patron_status patron_text_print_from(const patron_comm *comm, int source,
                                     patron_itemset_text_output *output);

/* Writes of several ranks: scripts are kept, and put together in the end.  The second is
 * collective.  IO, RESOURCE. */
patron_status patron_text_keep_script(void *argument, uint64_t task, const char *script,
                                      uint64_t length);
patron_status patron_text_print_scripts(const patron_comm *comm,
                                        patron_itemset_text_output *output);

#endif
