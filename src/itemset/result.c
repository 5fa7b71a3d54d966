/* SPDX-License-Identifier: Apache-2.0 */
/* What mining gives to the caller. */
#include "itemset/rules.h"
#include "itemset/slices.h"

#include <stdlib.h>

void patron_itemset_result_free(patron_itemset_result *result)
{
    free(result->count_by_length);
    itemset_sets_free(&result->sets);
    itemset_rules_free(&result->rules);
    *result = (patron_itemset_result){0};
}
