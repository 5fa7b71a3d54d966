/* SPDX-License-Identifier: Apache-2.0 */
/* What the itemsets job must find again to go on from a checkpoint.  Baskets of text have no
 * digest: each basket is hashed with its number, so that the sum is the same however they are
 * spread. */
#include "itemsets_run.h"

#include "checkpoint.h"
#include "model/model_verify.h"

#include <sodium.h>
#include <string.h>

enum { SUM_WORDS = 4 };

static void add_hash(crypto_generichash_state *state, uint64_t sum[SUM_WORDS])
{
    uint64_t hash[SUM_WORDS];
    crypto_generichash_final(state, (void *)hash, sizeof hash);
    for (int i = 0; i < SUM_WORDS; ++i)
        sum[i] += hash[i];
}

static void begin_hash(crypto_generichash_state *state, char kind, uint64_t number)
{
    crypto_generichash_init(state, NULL, 0, SUM_WORDS * sizeof(uint64_t));
    crypto_generichash_update(state, (const void *)&kind, sizeof kind);
    crypto_generichash_update(state, (const void *)&number, sizeof number);
}

/* Collective. */
static patron_status require_baskets(const itemsets_run *run)
{
    const patron_comm *comm = run->context->comm;
    uint64_t sum[SUM_WORDS] = {0};
    uint64_t first = patron_comm_prefix_u64(comm, run->count);
    crypto_generichash_state state;
    for (uint64_t b = 0; b < run->count; ++b) {
        uint64_t items = run->offsets[b + 1] - run->offsets[b];
        begin_hash(&state, 'b', first + b);
        if (items > 0)
            crypto_generichash_update(&state, (const void *)(run->items + run->offsets[b]),
                                      items * sizeof *run->items);
        add_hash(&state, sum);
    }
    for (uint64_t i = 0; comm->rank == 0 && i < run->names.count; ++i) {
        begin_hash(&state, 'i', i);
        crypto_generichash_update(&state, (const void *)patron_texts_at(&run->names, i),
                                  patron_texts_length(&run->names, i));
        add_hash(&state, sum);
    }
    patron_comm_reduce_u64(comm, sum, SUM_WORDS, PATRON_SUM);
    return patron_job_checkpoint_require_bytes(run->context, "baskets", sum, sizeof sum);
}

/* Sets are kept in another form where only their text is wanted. */
static const char *kept_form(const itemsets_run *run)
{
    if (run->options->count_only)
        return "numbers";
    return itemsets_passes_text_on(run) ? "text" : "sets";
}

patron_status itemsets_open_checkpoint(itemsets_run *run)
{
    patron_job_context *context = run->context;
    char segments[PATRON_DIGEST_TEXT];
    patron_status status = PATRON_OK;
    if (context->common->checkpoint == NULL)
        return PATRON_OK;
    status = run->dataset != NULL ? patron_job_checkpoint_require(context, "dataset", run->digest)
                                  : require_baskets(run);
    if (status == PATRON_OK)
        status = patron_job_checkpoint_require(context, "kept", kept_form(run));
    status = patron_comm_agree(context->comm, status);
    if (status == PATRON_OK && run->options->by_segment != NULL) {
        status = patron_model_digest(context->comm, run->options->by_segment, segments);
        if (status == PATRON_OK)
            status = patron_comm_agree(
                context->comm, patron_job_checkpoint_require(context, "segments", segments));
    }
    if (status == PATRON_OK)
        status = patron_job_checkpoint_open(context);
    run->mining.checkpoint = context->checkpoint.records;
    return status;
}
