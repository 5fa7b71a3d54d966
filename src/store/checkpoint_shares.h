/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a checkpoint of which each rank has a share, in its file: for checkpoint_file.c.
 *
 * /shares: `names` of the records, `sizes` (ranks x names), `checksums` (a row for each size), and
 * the `bytes` of rank 0, record after record, then those of rank 1, ... */
#ifndef PATRON_STORE_CHECKPOINT_SHARES_H
#define PATRON_STORE_CHECKPOINT_SHARES_H

#include "patron/checkpoint.h"
#include "patron/texts.h"
#include "store/h5_write.h"
#include "store/output.h"

#include <sodium.h>

enum { PATRON_SHARE_SUM_BYTES = 32 };

typedef struct patron_checkpoint_shares {
    patron_texts names;
    uint64_t ranks;      /* that wrote, or are about to */
    uint64_t *sizes;     /* ranks x names.count */
    unsigned char *sums; /* of each size, PATRON_SHARE_SUM_BYTES */
} patron_checkpoint_shares;

/* What all ranks have; free it whatever is returned.  Collective; RESOURCE. */
patron_status patron_checkpoint_shares_list(const patron_comm *comm,
                                            const patron_checkpoint *checkpoint,
                                            patron_checkpoint_shares *shares);
void patron_checkpoint_shares_free(patron_checkpoint_shares *shares);

/* Adds names, sizes and checksums to what is hashed. */
void patron_checkpoint_shares_hash(const patron_checkpoint_shares *shares,
                                   crypto_generichash_state *hash);

/* Writes all but the bytes, of which *offset is where they start in the file; nothing where there
 * are no names.  On one rank; IO, RESOURCE. */
patron_status patron_checkpoint_shares_write(const patron_h5_file *file,
                                             const patron_checkpoint_shares *shares,
                                             uint64_t *offset);

/* Writes this rank's bytes, once the file is closed.  Not collective; IO. */
patron_status patron_checkpoint_shares_lay(const patron_comm *comm,
                                           const patron_checkpoint *checkpoint,
                                           const patron_checkpoint_shares *shares, uint64_t offset,
                                           patron_output *output);

/* Reads all but the bytes, which is nothing where the file has no shares.  On one rank; free it
 * whatever is returned.  DATA, IO, RESOURCE. */
patron_status patron_checkpoint_shares_read(hid_t file, const char *path,
                                            patron_checkpoint_shares *shares);

/* Each rank reads its bytes: those of rank r are for rank r, or where there are fewer for r modulo
 * their number.  *shares is what rank 0 has read, which all get; free it whatever is returned.
 * Collective; DATA where the checksum does not fit, IO, RESOURCE. */
patron_status patron_checkpoint_shares_deal(const patron_comm *comm, const char *path,
                                            patron_checkpoint_shares *shares,
                                            patron_checkpoint *checkpoint);

#endif
