/* SPDX-License-Identifier: Apache-2.0 */
/* The dataset in memory: its release. */
#include "patron/data.h"

#include <stdlib.h>

void patron_dataset_content_free(patron_dataset_content *content)
{
    patron_texts_free(&content->customer_id);
    free(content->features);
    free(content->weight);
    patron_texts_free(&content->column_names);
    patron_texts_free(&content->column_units);
    patron_texts_free(&content->column_sources);
    free(content->basket_offsets);
    free(content->basket_items);
    patron_texts_free(&content->basket_id);
    free(content->basket_customer);
    free(content->basket_time);
    patron_texts_free(&content->item_names);
    patron_texts_free(&content->item_labels);
    free(content->quality);
    *content = (patron_dataset_content){0};
}
