/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of model a file holds, its checks and its digest. */
#include "model/model_verify.h"

#include "model/itemset_model.h"
#include "model/model_file.h"
#include "model/score_model.h"
#include "model/segment_model.h"
#include "model/verify_parts.h"
#include "runtime/meter.h"
#include "store/h5.h"

#include <string.h>

static patron_status read_kind(hid_t file, const char *path, const char **kind)
{
    patron_texts found = {0};
    patron_status status = patron_h5_attribute_texts(file, path, "kind", &found);
    *kind = NULL;
    if (status == PATRON_OK && patron_texts_find(&found, PATRON_SEGMENT_KIND) == 0)
        *kind = PATRON_SEGMENT_KIND;
    else if (status == PATRON_OK && patron_texts_find(&found, PATRON_ITEMSET_KIND) == 0)
        *kind = PATRON_ITEMSET_KIND;
    else if (status == PATRON_OK && patron_texts_find(&found, PATRON_SCORE_KIND) == 0)
        *kind = PATRON_SCORE_KIND;
    else if (status == PATRON_OK)
        status = patron_fail(PATRON_DATA, "%s: attribute 'kind' is neither '%s' nor '%s' nor '%s'",
                             path, PATRON_SEGMENT_KIND, PATRON_ITEMSET_KIND, PATRON_SCORE_KIND);
    patron_texts_free(&found);
    return status;
}

/* Opens the model and finds its kind. */
static patron_status open_model(const char *path, hid_t *file, const char **kind)
{
    patron_status status = patron_h5_open(path, file);
    if (status == PATRON_OK)
        status = patron_h5_check_format(*file, path, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    return status == PATRON_OK ? read_kind(*file, path, kind) : status;
}

static patron_status verify_segments(const patron_comm *comm, hid_t file, const char *path)
{
    patron_status status = patron_comm_agree(
        comm, comm->rank == 0 ? patron_segment_model_verify(file, path) : PATRON_OK);
    return status == PATRON_OK ? patron_segment_labels_verify(comm, file, path) : status;
}

patron_status patron_model_verify(const patron_comm *comm, const char *path, const char **kind)
{
    hid_t file = H5I_INVALID_HID;
    *kind = PATRON_SEGMENT_KIND;
    patron_span span = patron_meter_enter(PATRON_STEP_CHECK);
    patron_status status = patron_comm_agree(comm, open_model(path, &file, kind));
    if (status == PATRON_OK && strcmp(*kind, PATRON_SEGMENT_KIND) == 0)
        status = verify_segments(comm, file, path);
    else if (status == PATRON_OK && strcmp(*kind, PATRON_ITEMSET_KIND) == 0)
        status = patron_itemset_model_verify(comm, file, path);
    else if (status == PATRON_OK)
        status = patron_score_model_verify(comm, file, path);
    if (file >= 0)
        H5Fclose(file);
    patron_meter_leave(span, 0, 0);
    return status;
}

patron_status patron_model_verify_as(const patron_comm *comm, const char *path, const char *kind,
                                     const char *called)
{
    const char *found = NULL;
    patron_status status = patron_model_verify(comm, path, &found);
    if (status == PATRON_OK && comm->rank == 0 && strcmp(found, kind) != 0)
        status = patron_fail(PATRON_DATA, "%s: kind '%s', %s expected", path, found, called);
    return patron_comm_agree(comm, status);
}

patron_status patron_model_digest(const patron_comm *comm, const char *path,
                                  char digest[PATRON_DIGEST_TEXT])
{
    static const char *const nothing[] = {NULL};
    static const patron_digest_rule rule = {
        .concatenated = nothing, .rebased = "", .left_out = nothing};
    return patron_digest_files(comm, 1, &path, 1, &rule, digest);
}

bool patron_model_is_model(const char *path)
{
    hid_t file = H5I_INVALID_HID;
    patron_texts format = {0};
    if (patron_h5_open(path, &file) != PATRON_OK)
        return false;
    bool is_model = patron_h5_has_attribute(file, "format") &&
                    patron_h5_attribute_texts(file, path, "format", &format) == PATRON_OK &&
                    patron_texts_find(&format, PATRON_MODEL_FORMAT) == 0;
    patron_texts_free(&format);
    H5Fclose(file);
    return is_model;
}
