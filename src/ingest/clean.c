/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that turns the fields of a record into values, and that leaves rows out. */
#include "ingest/clean.h"

#include "ingest/csv.h"
#include "ingest/row_hash.h"
#include "ingest/show.h"

#include <math.h>
#include <string.h>

static const char *column_name(const patron_cleaning *c, patron_role role)
{
    const patron_ingest_transactions_options *o = c->options;
    const char *const names[PATRON_ROLES] = {o->customer, o->basket, o->item, o->label,
                                             o->quantity, o->price,  o->time, o->privacy.consent};
    return names[role];
}

patron_cleaning patron_cleaning_create(const patron_ingest_transactions_options *options)
{
    const patron_ingest_transactions_options *o = options;
    patron_cleaning cleaning = {.options = options};
    patron_cleaning *c = &cleaning;
    for (int role = 0; role < PATRON_ROLES; ++role)
        c->has[role] = column_name(c, (patron_role)role) != NULL;
    c->has_value = c->has[PATRON_ROLE_QUANTITY] && c->has[PATRON_ROLE_PRICE];
    c->in_force[PATRON_RULE_NO_CONSENT] = c->has[PATRON_ROLE_CONSENT];
    c->in_force[PATRON_RULE_NO_CUSTOMER] = o->drop_no_customer && c->has[PATRON_ROLE_CUSTOMER];
    c->in_force[PATRON_RULE_NO_BASKET] = true;
    c->in_force[PATRON_RULE_NO_ITEM] = true;
    c->in_force[PATRON_RULE_CANCELLED] = o->cancelled_prefix != NULL;
    c->in_force[PATRON_RULE_QUANTITY] = o->drop_quantity && c->has[PATRON_ROLE_QUANTITY];
    c->in_force[PATRON_RULE_PRICE] = o->drop_price && c->has[PATRON_ROLE_PRICE];
    if (o->retain_days > 0 && o->has_as_of)
        patron_cleaning_retain(c, o->as_of);
    return cleaning;
}

void patron_cleaning_retain(patron_cleaning *cleaning, int64_t as_of)
{
    enum { DAY = 86400 };
    cleaning->in_force[PATRON_RULE_TOO_OLD] = cleaning->has[PATRON_ROLE_TIME];
    cleaning->oldest = as_of - (int64_t)cleaning->options->retain_days * DAY;
}

patron_status patron_cleaning_header(void *context, const patron_csv_record *header)
{
    patron_cleaning *c = context;
    patron_status status = PATRON_OK;
    for (int role = 0; status == PATRON_OK && role < PATRON_ROLES; ++role)
        if (c->has[role])
            status = patron_csv_find(header, column_name(c, (patron_role)role), &c->column[role]);
    return status;
}

/* Empty where there is no such column, or a text is a word for none. */
static patron_slice field_of(const patron_cleaning *c, const patron_csv_record *record,
                             patron_role role)
{
    const patron_slice none = {.bytes = ""};
    if (!c->has[role])
        return none;
    patron_slice field = record->fields[c->column[role]];
    bool is_none = role < PATRON_TEXTS && patron_value_is_no_text(&c->options->forms, field);
    return is_none ? none : field;
}

static patron_status fail_field(const patron_cleaning *c, const patron_csv_record *record,
                                patron_role role, const char *expected)
{
    char told[PATRON_TOLD_CAPACITY];
    return patron_csv_fail(record, ", column '%s': found %s, expected %s", column_name(c, role),
                           patron_slice_tell(field_of(c, record, role), told), expected);
}

/* *value stays where there is no such column. */
static patron_status read_number(const patron_cleaning *c, const patron_csv_record *record,
                                 patron_role role, double *value)
{
    if (!c->has[role])
        return PATRON_OK;
    if (!patron_value_number(&c->options->forms, field_of(c, record, role), value))
        return fail_field(c, record, role, "a number such as 12 or 3.50");
    if (!isfinite(*value))
        return fail_field(c, record, role, "a number of usual size");
    return PATRON_OK;
}

static bool is_cancelled(const patron_cleaning *c, patron_slice basket)
{
    if (!c->in_force[PATRON_RULE_CANCELLED])
        return false;
    uint64_t length = strlen(c->options->cancelled_prefix);
    return basket.length >= length &&
           memcmp(basket.bytes, c->options->cancelled_prefix, length) == 0;
}

static bool agrees(const patron_cleaning *c, const patron_csv_record *record)
{
    const patron_ingest_privacy *privacy = &c->options->privacy;
    return patron_slice_equal(field_of(c, record, PATRON_ROLE_CONSENT), privacy->consent_value) &&
           (privacy->refused == NULL ||
            !patron_interner_has(privacy->refused, field_of(c, record, PATRON_ROLE_CUSTOMER)));
}

/* The rules that look at texts. */
static patron_rule judge_texts(const patron_cleaning *c, const patron_csv_record *record)
{
    if (c->in_force[PATRON_RULE_NO_CONSENT] && !agrees(c, record))
        return PATRON_RULE_NO_CONSENT;
    if (c->in_force[PATRON_RULE_NO_CUSTOMER] &&
        field_of(c, record, PATRON_ROLE_CUSTOMER).length == 0)
        return PATRON_RULE_NO_CUSTOMER;
    patron_role basket = c->has[PATRON_ROLE_BASKET] ? PATRON_ROLE_BASKET : PATRON_ROLE_CUSTOMER;
    if (field_of(c, record, basket).length == 0)
        return PATRON_RULE_NO_BASKET;
    if (field_of(c, record, PATRON_ROLE_ITEM).length == 0)
        return PATRON_RULE_NO_ITEM;
    if (is_cancelled(c, field_of(c, record, PATRON_ROLE_BASKET)))
        return PATRON_RULE_CANCELLED;
    return PATRON_RULE_KEEP;
}

/* Judges the record; where it is kept, its value and time are read. */
static patron_status judge(const patron_cleaning *c, const patron_csv_record *record,
                           patron_row *row, patron_rule *rule)
{
    double quantity = 0.0, price = 0.0;
    *rule = judge_texts(c, record);
    if (*rule != PATRON_RULE_KEEP)
        return PATRON_OK;
    patron_status status = read_number(c, record, PATRON_ROLE_QUANTITY, &quantity);
    if (status != PATRON_OK)
        return status;
    if (c->in_force[PATRON_RULE_QUANTITY] && quantity <= 0.0) {
        *rule = PATRON_RULE_QUANTITY;
        return PATRON_OK;
    }
    status = read_number(c, record, PATRON_ROLE_PRICE, &price);
    if (status != PATRON_OK)
        return status;
    if (c->in_force[PATRON_RULE_PRICE] && price <= 0.0) {
        *rule = PATRON_RULE_PRICE;
        return PATRON_OK;
    }
    row->value = quantity * price;
    if (!isfinite(row->value))
        return fail_field(c, record, PATRON_ROLE_PRICE, "quantity times price of usual size");
    if (c->has[PATRON_ROLE_TIME] &&
        !patron_value_time(&c->options->forms, field_of(c, record, PATRON_ROLE_TIME), &row->time))
        return fail_field(c, record, PATRON_ROLE_TIME,
                          patron_value_time_expected(&c->options->forms));
    if (c->in_force[PATRON_RULE_TOO_OLD] && row->time < c->oldest)
        *rule = PATRON_RULE_TOO_OLD;
    return PATRON_OK;
}

/* Takes the texts of a row, which are there as long as the record's fields, and what tells the row
 * from others. */
static void take_texts(const patron_cleaning *c, const patron_csv_record *record, patron_row *row)
{
    if (c->has[PATRON_ROLE_CUSTOMER])
        row->content = patron_row_hash(record);
    for (int role = 0; role < PATRON_TEXTS; ++role)
        row->text[role] = field_of(c, record, (patron_role)role);
}

patron_status patron_clean(const patron_cleaning *cleaning, const patron_csv_record *record,
                           patron_row *row, patron_rule *rule)
{
    *row = (patron_row){0};
    patron_status status = judge(cleaning, record, row, rule);
    if (status == PATRON_OK && *rule == PATRON_RULE_KEEP)
        take_texts(cleaning, record, row);
    return status;
}
