/* SPDX-License-Identifier: Apache-2.0 */
/* Values in canonical form. */
#include "store/canonical.h"

#include <stdio.h>
#include <string.h>

static const uint32_t QUIET_NAN_32 = 0x7fc00000U;
static const uint64_t QUIET_NAN_64 = 0x7ff8000000000000U;

/* "{name:type,...}" of a record of numbers; texts and records within a record have no digest. */
static bool name_record(hid_t type, char name[PATRON_TYPE_TEXT])
{
    int members = H5Tget_nmembers(type);
    uint32_t reals = 0;
    size_t used = (size_t)snprintf(name, PATRON_TYPE_TEXT, "{");
    bool named = members > 0;
    for (int i = 0; named && i < members; ++i) {
        char member_type[PATRON_TYPE_TEXT];
        hid_t member = H5Tget_member_type(type, (unsigned)i);
        char *member_name = H5Tget_member_name(type, (unsigned)i);
        H5T_class_t class = H5Tget_class(member);
        reals += class == H5T_FLOAT ? 1 : 0;
        named = member_name != NULL && class != H5T_COMPOUND && class != H5T_STRING &&
                reals <= PATRON_CANONICAL_REALS && patron_canonical_type(member, member_type);
        if (named)
            used += (size_t)snprintf(name + used, PATRON_TYPE_TEXT - used, "%s%s:%s",
                                     i == 0 ? "" : ",", member_name, member_type);
        named = named && used + 2 <= PATRON_TYPE_TEXT;
        H5free_memory(member_name);
        H5Tclose(member);
    }
    if (named)
        snprintf(name + used, PATRON_TYPE_TEXT - used, "}");
    return named;
}

bool patron_canonical_type(hid_t memory_type, char name[PATRON_TYPE_TEXT])
{
    size_t bits = 8 * H5Tget_size(memory_type);
    switch (H5Tget_class(memory_type)) {
    case H5T_INTEGER:
    case H5T_ENUM:
        snprintf(name, PATRON_TYPE_TEXT, "%sint%zu",
                 H5Tget_sign(memory_type) == H5T_SGN_2 ? "" : "u", bits);
        return true;
    case H5T_FLOAT:
        snprintf(name, PATRON_TYPE_TEXT, "float%zu", bits);
        return bits == 32 || bits == 64;
    case H5T_STRING:
        snprintf(name, PATRON_TYPE_TEXT, "string");
        return true;
    case H5T_COMPOUND:
        return name_record(memory_type, name);
    default:
        return false;
    }
}

hid_t patron_canonical_memory_type(hid_t type)
{
    if (H5Tget_class(type) == H5T_STRING) {
        hid_t text = H5Tcopy(type);
        if (H5Tis_variable_str(type) <= 0)
            H5Tset_strpad(text, H5T_STR_NULLPAD);
        return text;
    }
    hid_t native = H5Tget_native_type(type, H5T_DIR_ASCEND);
    if (H5Tget_class(native) == H5T_COMPOUND)
        H5Tpack(native);
    return native;
}

/* ---- forms ---- */

static void add_real(patron_canonical_form *form, size_t offset, size_t width)
{
    if (form->reals == PATRON_CANONICAL_REALS)
        return;
    form->offset[form->reals] = offset;
    form->is_wide[form->reals++] = width == sizeof(double);
}

patron_canonical_form patron_canonical_form_of(hid_t memory_type)
{
    patron_canonical_form form = {.kind = PATRON_FORM_BYTES, .width = H5Tget_size(memory_type)};
    H5T_class_t class = H5Tget_class(memory_type);
    if (class == H5T_STRING) {
        form.kind = PATRON_FORM_TEXTS;
        form.is_variable = H5Tis_variable_str(memory_type) > 0;
    } else if (class == H5T_FLOAT) {
        add_real(&form, 0, form.width);
    }
    for (int i = 0; class == H5T_COMPOUND && i < H5Tget_nmembers(memory_type); ++i) {
        hid_t member = H5Tget_member_type(memory_type, (unsigned)i);
        if (H5Tget_class(member) == H5T_FLOAT)
            add_real(&form, H5Tget_member_offset(memory_type, (unsigned)i), H5Tget_size(member));
        H5Tclose(member);
    }
    if (form.reals > 0)
        form.kind = PATRON_FORM_REALS;
    return form;
}

/* ---- values ---- */

/* The one NaN, and no negative zero; patterns lie `stride` bytes apart. */
static void calm_f32(char *bytes, uint64_t count, size_t stride)
{
    for (uint64_t i = 0; i < count; ++i) {
        uint32_t pattern;
        memcpy(&pattern, bytes + i * stride, sizeof pattern);
        uint32_t magnitude = pattern & 0x7fffffffU;
        pattern = magnitude > 0x7f800000U ? QUIET_NAN_32 : magnitude == 0 ? 0 : pattern;
        memcpy(bytes + i * stride, &pattern, sizeof pattern);
    }
}

static void calm_f64(char *bytes, uint64_t count, size_t stride)
{
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t pattern;
        memcpy(&pattern, bytes + i * stride, sizeof pattern);
        uint64_t magnitude = pattern & INT64_MAX;
        pattern = magnitude > 0x7ff0000000000000U ? QUIET_NAN_64 : magnitude == 0 ? 0 : pattern;
        memcpy(bytes + i * stride, &pattern, sizeof pattern);
    }
}

static void feed_text(crypto_generichash_state *hash, const char *text, uint64_t length)
{
    crypto_generichash_update(hash, (const unsigned char *)&length, sizeof length);
    if (length > 0)
        crypto_generichash_update(hash, (const unsigned char *)text, length);
}

static void feed_texts(crypto_generichash_state *hash, const patron_canonical_form *form,
                       uint64_t count, const char *values)
{
    for (uint64_t i = 0; i < count; ++i) {
        const char *text = values + i * form->width;
        if (form->is_variable) {
            memcpy(&text, values + i * form->width, sizeof text);
            text = text == NULL ? "" : text;
        }
        feed_text(hash, text, form->is_variable ? strlen(text) : strnlen(text, form->width));
    }
}

void patron_canonical_feed(crypto_generichash_state *hash, const patron_canonical_form *form,
                           uint64_t count, void *values)
{
    char *bytes = values;
    if (form->kind == PATRON_FORM_TEXTS) {
        feed_texts(hash, form, count, bytes);
        return;
    }
    for (uint32_t i = 0; i < form->reals; ++i) {
        if (!form->is_wide[i] && form->width == sizeof(float))
            calm_f32(bytes, count, sizeof(float)); /* with a constant stride in vectors */
        else
            (form->is_wide[i] ? calm_f64 : calm_f32)(bytes + form->offset[i], count, form->width);
    }
    crypto_generichash_update(hash, values, count * form->width);
}
