/* SPDX-License-Identifier: Apache-2.0 */
/* A row a segment, and the figures of all. */
#include "validation_report.h"

#include "cli/json.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>

static json_t *segment_object(const patron_validated_segment *segment, uint32_t number)
{
    json_t *object = json_object();
    report_json_set(object, "segment", patron_json_count(number));
    report_json_set(object, "compactness", patron_json_real(segment->compactness));
    report_json_set(object, "separation", patron_json_real(segment->separation));
    report_json_set(object, "nearest", patron_json_count(segment->nearest));
    report_json_set(object, "silhouette", patron_json_real(segment->silhouette));
    report_json_set(object, "pair_silhouette", patron_json_real(segment->pair_silhouette));
    report_json_set(object, "connectedness", patron_json_real(segment->connectedness));
    report_json_set(object, "stability", patron_json_real(segment->stability));
    return object;
}

json_t *validation_report_object(const patron_validation *validation, const uint64_t *size,
                                 uint64_t least)
{
    json_t *object = json_object(), *segments = json_array();
    for (uint32_t s = 0; s < validation->k; ++s)
        if (size[s] >= least)
            json_array_append_new(segments, segment_object(&validation->segments[s], s));
    report_json_set(object, "silhouette", patron_json_real(validation->silhouette));
    report_json_set(object, "silhouette_error", patron_json_real(validation->silhouette_error));
    report_json_set(object, "pair_silhouette", patron_json_real(validation->pair_silhouette));
    report_json_set(object, "pair_silhouette_error",
                    patron_json_real(validation->pair_silhouette_error));
    report_json_set(object, "davies_bouldin", patron_json_real(validation->davies_bouldin));
    report_json_set(object, "calinski_harabasz", patron_json_real(validation->calinski_harabasz));
    report_json_set(object, "connectivity", patron_json_real(validation->connectivity));
    report_json_set(object, "connectedness", patron_json_real(validation->connectedness));
    report_json_set(object, "adjusted_rand", patron_json_real(validation->adjusted_rand));
    report_json_set(object, "judged_rows", patron_json_count(validation->judged_rows));
    report_json_set(object, "resampled_rows", patron_json_count(validation->resampled_rows));
    report_json_set(object, "paired_rows", patron_json_count(validation->paired_rows));
    report_json_set(object, "segments", segments);
    return object;
}

static void add_segment(const patron_validated_segment *segment, uint32_t number, uint64_t size,
                        patron_table *table)
{
    const int decimals = 3;
    patron_table_add_count(table, number);
    patron_table_add_count(table, size);
    patron_table_add_real(table, segment->compactness, 4);
    patron_table_add_real(table, segment->separation, 4);
    patron_table_add_count(table, segment->nearest);
    patron_table_add_decimal(table, segment->silhouette, decimals);
    patron_table_add_decimal(table, segment->pair_silhouette, decimals);
    patron_table_add_decimal(table, segment->connectedness, decimals);
    patron_table_add_decimal(table, segment->stability, decimals);
}

patron_status validation_report_print(const patron_validation *validation, const uint64_t *size,
                                      uint64_t least)
{
    static const char *const headings[] = {"segment",    "customers",     "compactness",
                                           "separation", "from",          "silhouette",
                                           "by pairs",   "connectedness", "stability"};
    patron_table table = {0};
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; ++i)
        report_add_column(&table, headings[i], PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; s < validation->k; ++s)
        if (size[s] >= least)
            add_segment(&validation->segments[s], s, size[s], &table);
    patron_status status = report_print_table("How good the segments are", &table);
    if (status != PATRON_OK)
        return status;
    putchar('\n');
    return report_print_line(
        "silhouette %.3f, by pairs %.3f, connectedness %.3f, Davies-Bouldin %.3f, "
        "Calinski-Harabasz %.4g, "
        "adjusted Rand index of halves %.3f; distances of %" PRIu64 " customers, pairs of %" PRIu64
        ", connectedness and stability of %" PRIu64,
        validation->silhouette, validation->pair_silhouette, validation->connectedness,
        validation->davies_bouldin, validation->calinski_harabasz, validation->adjusted_rand,
        validation->judged_rows, validation->paired_rows, validation->resampled_rows);
}
