/* SPDX-License-Identifier: Apache-2.0 */
/* Writing scores: rank 0 lays the file out, then every rank writes its rows into it. */
#include "model/score_model.h"

#include "model/model_file.h"
#include "model/segment_model.h"
#include "runtime/meter.h"
#include "store/h5.h"

#include <stdio.h>

enum { ARRAYS = 8, PLAIN = 5 /* arrays without offers */ };

static const struct {
    const char *path;
    patron_h5_type type;
} arrays[ARRAYS] = {
    {"/scores/segment", PATRON_H5_I32},    {"/scores/second", PATRON_H5_I32},
    {"/scores/distance", PATRON_H5_F32},   {"/scores/second_distance", PATRON_H5_F32},
    {"/scores/outlier", PATRON_H5_U8},     {"/scores/offer_item", PATRON_H5_I32},
    {"/scores/offer_rule", PATRON_H5_I64}, {"/scores/offer_score", PATRON_H5_F64}};

typedef struct figure {
    const char *name;
    uint64_t value;
} figure;

static patron_status attach(const patron_h5_file *file, const char *group, const figure *figures,
                            size_t count)
{
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < count; ++i)
        status = patron_h5_attach_u64(file, group, figures[i].name, figures[i].value);
    return status;
}

static patron_status attach_figures(const patron_h5_file *file, const patron_score_model *model)
{
    const figure figures[] = {{"n_rows", model->rows},
                              {"k", model->k},
                              {"n_dropped", model->dropped},
                              {"n_outliers", model->outliers}};
    if (model->scores == NULL) {
        patron_status status = patron_h5_attach_text(file, "/scores", "rows", "baskets");
        return status == PATRON_OK ? attach(file, "/scores", figures, 1) : status;
    }
    patron_status status =
        patron_h5_attach_text(file, "/scores", "segments_digest", model->segments_digest);
    return status == PATRON_OK
               ? attach(file, "/scores", figures, sizeof figures / sizeof figures[0])
               : status;
}

/* ---- offers ---- */

static patron_status write_policy(const patron_h5_file *file, const patron_score_policy *policy)
{
    const patron_withheld_tally *tally = policy->tally;
    const figure figures[] = {{"customer_cap", policy->row_cap},
                              {"item_cap", policy->item_cap},
                              {"offers_before", tally->before},
                              {"offers_instead", tally->instead}};
    patron_status status = patron_h5_write_group(file, PATRON_SCORE_POLICY);
    if (status == PATRON_OK)
        status = attach(file, PATRON_SCORE_POLICY, figures, sizeof figures / sizeof figures[0]);
    for (int reason = 1; status == PATRON_OK && reason < PATRON_WITHHELD_REASONS; ++reason) {
        char offers[64], rows[64];
        snprintf(offers, sizeof offers, "withheld_%s", patron_withheld_names[reason]);
        snprintf(rows, sizeof rows, "rows_%s", patron_withheld_names[reason]);
        const figure of_reason[] = {{offers, tally->offers[reason]}, {rows, tally->rows[reason]}};
        status = attach(file, PATRON_SCORE_POLICY, of_reason, 2);
    }
    return status;
}

/* What offers are of, and their figures. */
static patron_status write_offers(const patron_h5_file *file, const patron_score_offers *offers)
{
    const figure figures[] = {{"max_offers", offers->places->most}, {"n_offers", offers->total}};
    patron_status status =
        patron_h5_attach_text(file, "/scores", "rules_digest", offers->rules_digest);
    if (status == PATRON_OK)
        status = attach(file, "/scores", figures, 2);
    if (status == PATRON_OK && offers->policy != NULL)
        status = write_policy(file, offers->policy);
    return status == PATRON_OK
               ? patron_model_write_items(file, offers->item_names, offers->item_labels)
               : status;
}

/* ---- the file ---- */

/* The arrays that the model has: from *first to before *end. */
static void choose_arrays(const patron_score_model *model, int *first, int *end)
{
    *first = model->scores != NULL ? 0 : PLAIN;
    *end = model->offers != NULL ? ARRAYS : PLAIN;
}

static patron_status lay_out(const patron_h5_file *file, const void *argument, uint64_t *offsets)
{
    const patron_score_model *model = argument;
    int first = 0, end = 0;
    choose_arrays(model, &first, &end);
    patron_status status = patron_model_write_head(file, PATRON_SCORE_KIND);
    if (status == PATRON_OK)
        status = patron_h5_write_group(file, "/scores");
    if (status == PATRON_OK)
        status = attach_figures(file, model);
    for (int i = first; status == PATRON_OK && i < end; ++i)
        status = patron_h5_reserve(file, arrays[i].path, arrays[i].type, model->rows,
                                   i < PLAIN ? 0 : model->offers->places->most, &offsets[i]);
    return status == PATRON_OK && model->offers != NULL ? write_offers(file, model->offers)
                                                        : status;
}

patron_status patron_score_model_write(const patron_comm *comm, const patron_score_model *model,
                                       const patron_run *run, const char *path, bool force)
{
    const patron_scores none = {0}, *scores = model->scores != NULL ? model->scores : &none;
    const patron_offer_places nowhere = {0};
    const patron_offer_places *places = model->offers != NULL ? model->offers->places : &nowhere;
    const void *const values[ARRAYS] = {
        scores->segment, scores->second, scores->distance, scores->second_distance,
        scores->outlier, places->item,   places->rule,     places->score};
    patron_output *output = NULL;
    uint64_t offsets[ARRAYS] = {0};
    int first = 0, end = 0;
    choose_arrays(model, &first, &end);
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    patron_status status =
        patron_model_begin(comm, path, force, lay_out, model, offsets, ARRAYS, &output);
    for (int i = first; status == PATRON_OK && i < end; ++i) {
        uint64_t size = patron_h5_type_size(arrays[i].type) * (i < PLAIN ? 1 : places->most);
        status = patron_output_write(output, offsets[i] + model->range.first * size, values[i],
                                     model->range.count * size);
    }
    status = patron_model_end(comm, output, run, status);
    patron_meter_leave(span, 0, 0);
    return status;
}

patron_status patron_score_facts_read(const char *path, patron_facts *figures, patron_facts *policy,
                                      patron_facts *run)
{
    hid_t file = H5I_INVALID_HID;
    *figures = *policy = *run = (patron_facts){0};
    patron_status status = patron_h5_open(path, &file);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, "/scores", figures);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, PATRON_SCORE_POLICY, policy);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, "/run", run);
    if (file >= 0)
        H5Fclose(file);
    return status;
}
