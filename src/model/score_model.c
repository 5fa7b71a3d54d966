/* SPDX-License-Identifier: Apache-2.0 */
/* Writing scores: rank 0 lays the file out, then every rank writes its rows into it. */
#include "model/score_model.h"

#include "model/model_file.h"
#include "model/segment_model.h"
#include "store/h5.h"

enum { ARRAYS = 8, PLAIN = 5 /* arrays without offers */ };

static const struct {
    const char *path;
    patron_h5_type type;
} arrays[ARRAYS] = {
    {"/scores/segment", PATRON_H5_I32},    {"/scores/second", PATRON_H5_I32},
    {"/scores/distance", PATRON_H5_F32},   {"/scores/second_distance", PATRON_H5_F32},
    {"/scores/outlier", PATRON_H5_U8},     {"/scores/offer_item", PATRON_H5_I32},
    {"/scores/offer_rule", PATRON_H5_I64}, {"/scores/offer_score", PATRON_H5_F64}};

static patron_status attach_figures(const patron_h5_file *file, const patron_score_model *model)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"k", model->k},
                  {"n_rows", model->rows},
                  {"n_dropped", model->dropped},
                  {"n_outliers", model->outliers}};
    patron_status status =
        patron_h5_attach_text(file, "/scores", "segments_digest", model->segments_digest);
    for (size_t i = 0; status == PATRON_OK && i < sizeof counts / sizeof counts[0]; ++i)
        status = patron_h5_attach_u64(file, "/scores", counts[i].name, counts[i].value);
    return status;
}

static int arrays_of(const patron_score_model *model)
{
    return model->offers != NULL ? ARRAYS : PLAIN;
}

/* What offers are of, and their figures. */
static patron_status write_offers(const patron_h5_file *file, const patron_score_offers *offers)
{
    const patron_texts *names = offers->item_names, *labels = offers->item_labels;
    patron_status status =
        patron_h5_attach_text(file, "/scores", "rules_digest", offers->rules_digest);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, "/scores", "max_offers", offers->most);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, "/scores", "n_offers", offers->total);
    return status == PATRON_OK ? patron_model_write_items(file, names, labels) : status;
}

static patron_status lay_out(const patron_h5_file *file, const void *argument, uint64_t *offsets)
{
    const patron_score_model *model = argument;
    patron_status status = patron_model_write_head(file, PATRON_SCORE_KIND);
    if (status == PATRON_OK)
        status = patron_h5_write_group(file, "/scores");
    if (status == PATRON_OK)
        status = attach_figures(file, model);
    for (int i = 0; status == PATRON_OK && i < arrays_of(model); ++i)
        status = patron_h5_reserve(file, arrays[i].path, arrays[i].type, model->rows,
                                   i < PLAIN ? 0 : model->offers->most, &offsets[i]);
    return status == PATRON_OK && model->offers != NULL ? write_offers(file, model->offers)
                                                        : status;
}

patron_status patron_score_model_write(const patron_comm *comm, const patron_score_model *model,
                                       const patron_run *run, const char *path, bool force)
{
    const patron_scores *scores = model->scores;
    const patron_score_offers *offers = model->offers;
    int count = arrays_of(model);
    const void *const values[ARRAYS] = {scores->segment,
                                        scores->second,
                                        scores->distance,
                                        scores->second_distance,
                                        scores->outlier,
                                        offers == NULL ? NULL : offers->item,
                                        offers == NULL ? NULL : offers->rule,
                                        offers == NULL ? NULL : offers->score};
    patron_output *output = NULL;
    uint64_t offsets[ARRAYS] = {0};
    patron_status status = patron_model_begin(comm, path, force, run, lay_out, model, offsets,
                                              (uint64_t)count, &output);
    for (int i = 0; status == PATRON_OK && i < count; ++i) {
        uint64_t size = patron_h5_type_size(arrays[i].type) * (i < PLAIN ? 1 : offers->most);
        status = patron_output_write(output, offsets[i] + model->range.first * size, values[i],
                                     model->range.count * size);
    }
    return patron_output_end(comm, output, status);
}

patron_status patron_score_facts_read(const char *path, patron_facts *figures, patron_facts *run)
{
    hid_t file = H5I_INVALID_HID;
    *figures = *run = (patron_facts){0};
    patron_status status = patron_h5_open(path, &file);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, "/scores", figures);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, "/run", run);
    if (file >= 0)
        H5Fclose(file);
    return status;
}
