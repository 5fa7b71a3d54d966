/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b over every object in path order.  The values of an array are hashed in chunks of 65,536
 * rows, and the array's hash is over those of its chunks: so ranks and threads hash chunks side by
 * side, and where files or ranks are cut does not show. */
#include "store/digest.h"

#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/canonical.h"
#include "store/digest_source.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 65536 };

typedef unsigned char hash_bytes[PATRON_HASH_BYTES];

static void start(crypto_generichash_state *hash)
{
    crypto_generichash_init(hash, NULL, 0, PATRON_HASH_BYTES);
}

static void finish(crypto_generichash_state *hash, unsigned char *bytes)
{
    crypto_generichash_final(hash, bytes, PATRON_HASH_BYTES);
}

static uint64_t chunks_of(const patron_digest_object *object)
{
    return (object->rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

/* The chunks of all objects, numbered through. */
typedef struct chunk_place {
    const patron_digest_object *object;
    uint64_t first, count; /* rows */
} chunk_place;

static patron_status hash_chunk(patron_digest_source *source, const chunk_place *place,
                                unsigned char *chunk)
{
    crypto_generichash_state hash;
    start(&hash);
    patron_h5_silence();
    patron_status status =
        patron_digest_source_feed(source, place->object, place->first, place->count, &hash);
    finish(&hash, chunk);
    return status;
}

static void list_chunks(const patron_digest_source *source, chunk_place *places)
{
    for (uint32_t i = 0; i < source->object_count; ++i) {
        const patron_digest_object *object = &source->objects[i];
        for (uint64_t row = 0; row < object->rows; row += CHUNK_ROWS) {
            uint64_t left = object->rows - row;
            *places++ = (chunk_place){object, row, left < CHUNK_ROWS ? left : CHUNK_ROWS};
        }
    }
}

/* Hashes the chunks of this rank into chunks[]; the others stay zero.  Where several fail, the
 * first one's text stands. */
static patron_status hash_chunks(const patron_comm *comm, int threads, patron_digest_source *source,
                                 uint64_t count, hash_bytes *chunks)
{
    uint64_t rank = (uint64_t)comm->rank, ranks = (uint64_t)comm->size;
    uint64_t failed = UINT64_MAX;
    chunk_place *places = patron_allocate(count, sizeof *places);
    if (places == NULL)
        return PATRON_RESOURCE;
    list_chunks(source, places);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) reduction(min : failed)
    for (uint64_t chunk = rank; chunk < count; chunk += ranks)
        if (failed == UINT64_MAX && hash_chunk(source, &places[chunk], chunks[chunk]) != PATRON_OK)
            failed = chunk;
    patron_status status = PATRON_OK;
    if (failed != UINT64_MAX)
        status = hash_chunk(source, &places[failed], chunks[failed]);
    free(places);
    return status;
}

static patron_status hash_metered(const patron_comm *comm, int threads,
                                  patron_digest_source *source, uint64_t count, hash_bytes *chunks)
{
    patron_span span = patron_meter_enter(PATRON_STEP_DIGEST);
    patron_status status = hash_chunks(comm, threads, source, count, chunks);
    patron_meter_leave(span, 0, 0);
    return status;
}

/* Combines headers and chunk hashes of all objects. */
static void combine(const patron_digest_source *source, const hash_bytes *chunks,
                    unsigned char *digest)
{
    crypto_generichash_state all;
    start(&all);
    for (uint32_t i = 0; i < source->object_count; ++i) {
        const patron_digest_object *object = &source->objects[i];
        crypto_generichash_state hash;
        hash_bytes one;
        start(&hash);
        crypto_generichash_update(&hash, (const unsigned char *)object->header,
                                  object->header_length);
        crypto_generichash_update(&hash, (const unsigned char *)chunks,
                                  chunks_of(object) * PATRON_HASH_BYTES);
        chunks += chunks_of(object);
        finish(&hash, one);
        crypto_generichash_update(&all, one, sizeof one);
    }
    finish(&all, digest);
}

patron_status patron_digest_files(const patron_comm *comm, int threads, const char *const *files,
                                  uint32_t count, const patron_digest_rule *rule,
                                  char digest[PATRON_DIGEST_TEXT])
{
    patron_digest_source source;
    hash_bytes *chunks = NULL;
    uint64_t chunk_count = 0;
    patron_status status = patron_digest_source_open(files, count, rule, &source);
    for (uint32_t i = 0; status == PATRON_OK && i < source.object_count; ++i)
        chunk_count += chunks_of(&source.objects[i]);
    if (status == PATRON_OK)
        chunks = patron_allocate(chunk_count, sizeof *chunks);
    if (status == PATRON_OK && chunks == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = hash_metered(comm, threads, &source, chunk_count, chunks);
    patron_digest_source_close_files(&source); /* a rank may write to them once all agree */
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        hash_bytes combined;
        patron_comm_reduce_u64(comm, (uint64_t *)(void *)chunks,
                               chunk_count * PATRON_HASH_BYTES / sizeof(uint64_t), PATRON_SUM);
        combine(&source, (const hash_bytes *)chunks, combined);
        sodium_bin2hex(digest, PATRON_DIGEST_TEXT, combined, sizeof combined);
    }
    free(chunks);
    patron_digest_source_close(&source);
    return status;
}
