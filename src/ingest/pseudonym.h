/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudonyms of ids: BLAKE2b (Aumasson, Neves, Wilcox-O'Hearn, Winnerlein, "BLAKE2: simpler,
 * smaller, fast as MD5", ACNS 2013) of 16 bytes under a secret key, in hexadecimal.  Who has the
 * key finds the pseudonym of an id; nobody finds the id of a pseudonym but by trying ids with the
 * key. docs/privacy.md says it in Python.  Nothing here is collective. */
#ifndef PATRON_INGEST_PSEUDONYM_H
#define PATRON_INGEST_PSEUDONYM_H

#include "ingest/text.h"
#include "patron/data.h"
#include "runtime/secret.h"

#include <sodium.h>

enum { PATRON_PSEUDONYM_BYTES = 16, PATRON_PSEUDONYM_LENGTH = 2 * PATRON_PSEUDONYM_BYTES };
_Static_assert(PATRON_PSEUDONYM_LENGTH + 1 == PATRON_KEY_NAME_CAPACITY, "a key's name is as long");

/* Makes the pseudonyms of one thread; exports name a customer many times in a row, so the last one
 * is kept. */
typedef struct patron_pseudonymiser {
    bool is_plain; /* ids stay what they are */
    /* the state of the hash once the key is taken in, which itself must lie aligned */
    unsigned char keyed[sizeof(crypto_generichash_blake2b_state)];
    char *id; /* the last */
    uint64_t id_length, id_room;
    char pseudonym[PATRON_PSEUDONYM_LENGTH + 1]; /* its; empty: there is none yet */
} patron_pseudonymiser;

/* Where `secret` is NULL, ids stay what they are. */
patron_pseudonymiser patron_pseudonymiser_create(const patron_secret *secret);

/* The pseudonym of `id`, there until the next is made; that of an empty id is empty.  RESOURCE. */
patron_status patron_pseudonymise(patron_pseudonymiser *pseudonymiser, patron_slice id,
                                  patron_slice *pseudonym);

/* Also overwrites what came from the key. */
void patron_pseudonymiser_free(patron_pseudonymiser *pseudonymiser);

/* Notes in a dataset what its ids are: pseudonyms, and the name of their key, by which datasets of
 * one key are known (the hash of nothing, made so that no id has it); or plain where `secret` is
 * NULL. */
void patron_pseudonym_note(const patron_secret *secret, patron_dataset_content *content);

#endif
