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
    size_t used = (size_t)snprintf(name, PATRON_TYPE_TEXT, "{");
    bool named = members > 0;
    for (int i = 0; named && i < members; ++i) {
        char member_type[PATRON_TYPE_TEXT];
        hid_t member = H5Tget_member_type(type, (unsigned)i);
        char *member_name = H5Tget_member_name(type, (unsigned)i);
        H5T_class_t class = H5Tget_class(member);
        named = member_name != NULL && class != H5T_COMPOUND && class != H5T_STRING &&
                patron_canonical_type(member, member_type);
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

static void calm_f32(char *bytes)
{
    float value;
    memcpy(&value, bytes, sizeof value);
    if (value != value)
        memcpy(bytes, &QUIET_NAN_32, sizeof QUIET_NAN_32);
    else if (value == 0.0F)
        memset(bytes, 0, sizeof value);
}

static void calm_f64(char *bytes)
{
    double value;
    memcpy(&value, bytes, sizeof value);
    if (value != value)
        memcpy(bytes, &QUIET_NAN_64, sizeof QUIET_NAN_64);
    else if (value == 0.0)
        memset(bytes, 0, sizeof value);
}

static void feed_text(crypto_generichash_state *hash, const char *text, uint64_t length)
{
    crypto_generichash_update(hash, (const unsigned char *)&length, sizeof length);
    if (length > 0)
        crypto_generichash_update(hash, (const unsigned char *)text, length);
}

static void feed_texts(crypto_generichash_state *hash, hid_t type, uint64_t count,
                       const char *values)
{
    size_t width = H5Tget_size(type);
    bool variable = H5Tis_variable_str(type) > 0;
    for (uint64_t i = 0; i < count; ++i) {
        const char *text = values + i * width;
        if (variable) {
            memcpy(&text, values + i * width, sizeof text);
            text = text == NULL ? "" : text;
        }
        feed_text(hash, text, variable ? strlen(text) : strnlen(text, width));
    }
}

/* Compounds are packed and hold no texts; their real members are calmed in place. */
static void calm_compound(hid_t type, uint64_t count, char *values)
{
    size_t width = H5Tget_size(type);
    for (int i = 0; i < H5Tget_nmembers(type); ++i) {
        hid_t member = H5Tget_member_type(type, (unsigned)i);
        size_t offset = H5Tget_member_offset(type, (unsigned)i);
        bool is_real = H5Tget_class(member) == H5T_FLOAT;
        bool is_wide = H5Tget_size(member) == sizeof(double);
        for (uint64_t r = 0; is_real && r < count; ++r)
            (is_wide ? calm_f64 : calm_f32)(values + r * width + offset);
        H5Tclose(member);
    }
}

void patron_canonical_feed(crypto_generichash_state *hash, hid_t memory_type, uint64_t count,
                           void *values)
{
    size_t width = H5Tget_size(memory_type);
    char *bytes = values;
    switch (H5Tget_class(memory_type)) {
    case H5T_STRING:
        feed_texts(hash, memory_type, count, bytes);
        return;
    case H5T_COMPOUND:
        calm_compound(memory_type, count, bytes);
        break;
    case H5T_FLOAT:
        for (uint64_t i = 0; i < count; ++i)
            (width == sizeof(double) ? calm_f64 : calm_f32)(bytes + i * width);
        break;
    default:
        break;
    }
    crypto_generichash_update(hash, values, count * width);
}
