/* SPDX-License-Identifier: Apache-2.0 */
/* A basket without a column is what a customer buys on a day: its id is that of the customer, who
 * by then has a pseudonym, and the date. */
#include "ingest/row_ids.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

patron_row_ids patron_row_ids_create(const patron_secret *secret)
{
    return (patron_row_ids){.pseudonymiser = patron_pseudonymiser_create(secret)};
}

void patron_row_ids_free(patron_row_ids *ids)
{
    patron_pseudonymiser_free(&ids->pseudonymiser);
    free(ids->basket);
    *ids = (patron_row_ids){0};
}

/* "CUSTOMER 2011-12-09", by UTC. */
static patron_status name_day(patron_row_ids *ids, patron_row *row)
{
    enum { DATE_CAPACITY = 32 };
    const patron_slice customer = row->text[PATRON_ROLE_CUSTOMER];
    time_t when = (time_t)row->time;
    struct tm parts = {0};
    char *basket = patron_grow(ids->basket, customer.length + DATE_CAPACITY, &ids->basket_room, 1);
    if (basket == NULL)
        return PATRON_RESOURCE;
    ids->basket = basket;
    memcpy(basket, customer.bytes, customer.length);
    gmtime_r(&when, &parts);
    size_t date = strftime(basket + customer.length, DATE_CAPACITY, " %Y-%m-%d", &parts);
    row->text[PATRON_ROLE_BASKET] =
        (patron_slice){.bytes = basket, .length = customer.length + date};
    return PATRON_OK;
}

patron_status patron_row_ids_make(patron_row_ids *ids, const patron_cleaning *cleaning,
                                  patron_row *row)
{
    patron_status status = patron_pseudonymise(&ids->pseudonymiser, row->text[PATRON_ROLE_CUSTOMER],
                                               &row->text[PATRON_ROLE_CUSTOMER]);
    if (status == PATRON_OK && !cleaning->has[PATRON_ROLE_BASKET])
        status = name_day(ids, row);
    return status;
}
