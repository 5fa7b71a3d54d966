/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of an ingest. */
#include "ingest_tell.h"

#include "cli/summary.h"
#include "cli/table.h"
#include "jobs.h"
#include "report_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static patron_status print_json(const patron_job_context *context,
                                const patron_dataset_content *content, uint32_t parts,
                                const char *digest)
{
    patron_summary summary = patron_summary_create("ingest");
    patron_summary_set_text(&summary, "output", context->common->output,
                            strlen(context->common->output));
    patron_summary_set_text(&summary, "digest", digest, strlen(digest));
    patron_summary_set_count(&summary, "parts", parts == 0 ? 1 : parts);
    patron_summary_set_count(&summary, "rows", content->rows);
    patron_summary_set_count(&summary, "columns", content->columns);
    patron_summary_set_count(&summary, "baskets", content->baskets);
    patron_summary_set_count(&summary, "items", content->item_names.count);
    json_t *quality = json_object();
    for (uint32_t i = 0; i < content->quality_count; ++i) {
        const patron_quality *figure = &content->quality[i];
        json_object_set_new(quality, figure->name,
                            figure->is_real ? json_real(figure->real)
                                            : json_integer((json_int_t)figure->count));
    }
    patron_summary_set(&summary, "quality", quality);
    return patron_job_end_summary(context, &summary);
}

static patron_status print_table(const patron_job_context *context,
                                 const patron_dataset_content *content, uint32_t parts)
{
    patron_table table = {0};
    report_begin_figures(&table);
    for (uint32_t i = 0; i < content->quality_count; ++i) {
        const patron_quality *figure = &content->quality[i];
        report_add_name(&table, figure->name, strlen(figure->name));
        if (figure->is_real)
            patron_table_add_decimal(&table, figure->real, 3);
        else
            patron_table_add_count(&table, figure->count);
    }
    printf("Read, kept and left out:\n\n");
    patron_status status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    char in_parts[32] = "";
    if (parts > 0)
        snprintf(in_parts, sizeof in_parts, " (%" PRIu32 " parts)", parts);
    report_print_line("\n%" PRIu64 " customers x %" PRIu32 " features, %" PRIu64
                      " baskets, %" PRIu64 " items; dataset in %s%s",
                      content->rows, content->columns, content->baskets, content->item_names.count,
                      context->common->output, in_parts);
    patron_table_free(&table);
    return status;
}

patron_status ingest_tell(patron_job_context *context, const patron_dataset_content *content,
                          uint32_t parts, const char *digest)
{
    if (context->comm->rank != 0)
        return PATRON_OK;
    return patron_job_wants_summary(context) ? print_json(context, content, parts, digest)
                                             : print_table(context, content, parts);
}
