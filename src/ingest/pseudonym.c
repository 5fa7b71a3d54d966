/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b's parameter "personal" keeps the uses of one key apart. */
#include "ingest/pseudonym.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Filled with NUL to the 16 bytes that BLAKE2b takes, as Python's hashlib does. */
static const unsigned char OF_CUSTOMER[crypto_generichash_blake2b_PERSONALBYTES] =
    "patron customer";
static const unsigned char OF_KEY[crypto_generichash_blake2b_PERSONALBYTES] = "patron key";

static crypto_generichash_blake2b_state take_key(const patron_secret *secret,
                                                 const unsigned char *purpose)
{
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init_salt_personal(&state, secret->bytes, sizeof secret->bytes,
                                                  PATRON_PSEUDONYM_BYTES, NULL, purpose);
    return state;
}

static void finish(crypto_generichash_blake2b_state *state, char text[PATRON_PSEUDONYM_LENGTH + 1])
{
    unsigned char hash[PATRON_PSEUDONYM_BYTES];
    crypto_generichash_blake2b_final(state, hash, sizeof hash);
    sodium_bin2hex(text, PATRON_PSEUDONYM_LENGTH + 1, hash, sizeof hash);
}

patron_pseudonymiser patron_pseudonymiser_create(const patron_secret *secret)
{
    patron_pseudonymiser pseudonymiser = {.is_plain = secret == NULL};
    if (secret == NULL)
        return pseudonymiser;
    crypto_generichash_blake2b_state state = take_key(secret, OF_CUSTOMER);
    memcpy(pseudonymiser.keyed, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
    return pseudonymiser;
}

static bool is_last(const patron_pseudonymiser *p, patron_slice id)
{
    return p->pseudonym[0] != '\0' &&
           patron_slice_equal(id, (patron_slice){.bytes = p->id, .length = p->id_length});
}

patron_status patron_pseudonymise(patron_pseudonymiser *pseudonymiser, patron_slice id,
                                  patron_slice *pseudonym)
{
    patron_pseudonymiser *p = pseudonymiser;
    *pseudonym = (patron_slice){.bytes = p->pseudonym, .length = PATRON_PSEUDONYM_LENGTH};
    bool stays = p->is_plain || id.length == 0;
    if (stays)
        *pseudonym = id;
    if (stays || is_last(p, id))
        return PATRON_OK;
    char *copy = patron_grow(p->id, id.length, &p->id_room, 1);
    if (copy == NULL)
        return PATRON_RESOURCE;
    memcpy(copy, id.bytes, id.length);
    p->id = copy;
    p->id_length = id.length;
    crypto_generichash_blake2b_state state;
    memcpy(&state, p->keyed, sizeof state);
    crypto_generichash_blake2b_update(&state, (const unsigned char *)id.bytes, id.length);
    finish(&state, p->pseudonym);
    sodium_memzero(&state, sizeof state);
    return PATRON_OK;
}

void patron_pseudonymiser_free(patron_pseudonymiser *pseudonymiser)
{
    free(pseudonymiser->id);
    sodium_memzero(pseudonymiser, sizeof *pseudonymiser);
}

void patron_pseudonym_note(const patron_secret *secret, patron_dataset_content *content)
{
    content->id_form = secret != NULL ? "pseudonym" : "plain";
    if (secret == NULL)
        return;
    crypto_generichash_blake2b_state state = take_key(secret, OF_KEY);
    finish(&state, content->id_key);
}
