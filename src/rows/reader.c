/* SPDX-License-Identifier: Apache-2.0 */
/* Two buffers: while one is worked on, the thread fills the other. */
#include "rows/reader.h"

enum { BUFFERS = 2 };

static uint64_t chunks_of(const patron_row_reader *reader)
{
    return (reader->count + reader->chunk_rows - 1) / reader->chunk_rows;
}

static patron_row_chunk chunk_at(const patron_row_reader *reader, uint64_t number)
{
    uint64_t before = number * reader->chunk_rows;
    uint64_t left = reader->count - before;
    return (patron_row_chunk){.first = reader->first + before,
                              .count = left < reader->chunk_rows ? left : reader->chunk_rows,
                              .bytes = reader->bytes[number % BUFFERS]};
}

static patron_status read_chunk(const patron_row_reader *reader, uint64_t number)
{
    patron_row_chunk chunk = chunk_at(reader, number);
    return reader->source->read(reader->source->context, chunk.first, chunk.count,
                                reader->bytes[number % BUFFERS]);
}

/* Waits for a free buffer; false: there is nothing more to do. */
static bool wait_for_room(patron_row_reader *reader, uint64_t number)
{
    pthread_mutex_lock(&reader->lock);
    while (!reader->is_cancelled && number >= reader->done + BUFFERS)
        pthread_cond_wait(&reader->changed, &reader->lock);
    bool goes_on = !reader->is_cancelled;
    pthread_mutex_unlock(&reader->lock);
    return goes_on;
}

static void *read_all(void *argument)
{
    patron_row_reader *reader = argument;
    patron_status status = PATRON_OK;
    for (uint64_t number = 0; status == PATRON_OK && number < chunks_of(reader); ++number) {
        if (!wait_for_room(reader, number))
            break;
        status = read_chunk(reader, number);
        pthread_mutex_lock(&reader->lock);
        reader->status = status;
        reader->read += status == PATRON_OK ? 1 : 0;
        pthread_cond_broadcast(&reader->changed);
        pthread_mutex_unlock(&reader->lock);
    }
    return NULL;
}

void patron_row_reader_start(patron_row_reader *reader, const patron_row_source *source,
                             uint64_t first, uint64_t count, uint64_t chunk_rows,
                             void *const *bytes)
{
    *reader = (patron_row_reader){
        .source = source, .first = first, .count = count, .chunk_rows = chunk_rows, .bytes = bytes};
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->changed, NULL);
    if (chunks_of(reader) > 1)
        reader->is_threaded = pthread_create(&reader->thread, NULL, read_all, reader) == 0;
}

patron_status patron_row_reader_take(patron_row_reader *reader, uint64_t number,
                                     patron_row_chunk *chunk)
{
    *chunk = chunk_at(reader, number);
    if (!reader->is_threaded)
        return read_chunk(reader, number);
    pthread_mutex_lock(&reader->lock);
    while (reader->status == PATRON_OK && reader->read <= number)
        pthread_cond_wait(&reader->changed, &reader->lock);
    patron_status status = reader->read > number ? PATRON_OK : reader->status;
    pthread_mutex_unlock(&reader->lock);
    return status;
}

void patron_row_reader_release(patron_row_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    ++reader->done;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

void patron_row_reader_stop(patron_row_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    reader->is_cancelled = true;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
    if (reader->is_threaded)
        pthread_join(reader->thread, NULL);
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
}
