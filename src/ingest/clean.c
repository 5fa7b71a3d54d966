/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to a row that is kept, or to the rule that leaves it out. */
#include "ingest/transactions.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *column_name(const patron_transactions *t, patron_role role)
{
    const patron_ingest_transactions_options *o = t->options;
    const char *const names[PATRON_ROLES] = {o->customer, o->basket, o->item, o->label,
                                             o->quantity, o->price,  o->time};
    return names[role];
}

bool patron_transactions_has_value(const patron_transactions *transactions)
{
    return transactions->has[PATRON_ROLE_QUANTITY] && transactions->has[PATRON_ROLE_PRICE];
}

patron_status patron_transactions_header(void *context, const patron_csv_record *header)
{
    patron_transactions *t = context;
    const patron_ingest_transactions_options *o = t->options;
    for (int role = 0; role < PATRON_ROLES; ++role) {
        const char *name = column_name(t, (patron_role)role);
        t->has[role] = name != NULL;
        if (name == NULL)
            continue;
        patron_status status = patron_csv_find(t->input, header, name, &t->column[role]);
        if (status != PATRON_OK)
            return status;
    }
    t->in_force[PATRON_RULE_NO_CUSTOMER] = o->drop_no_customer && t->has[PATRON_ROLE_CUSTOMER];
    t->in_force[PATRON_RULE_NO_BASKET] = true;
    t->in_force[PATRON_RULE_NO_ITEM] = true;
    t->in_force[PATRON_RULE_CANCELLED] = o->cancelled_prefix != NULL;
    t->in_force[PATRON_RULE_QUANTITY] = o->drop_quantity && t->has[PATRON_ROLE_QUANTITY];
    t->in_force[PATRON_RULE_PRICE] = o->drop_price && t->has[PATRON_ROLE_PRICE];
    return PATRON_OK;
}

/* Empty where there is no such column. */
static patron_slice field_of(const patron_transactions *t, const patron_csv_record *record,
                             patron_role role)
{
    return t->has[role] ? record->fields[t->column[role]] : (patron_slice){.bytes = ""};
}

static patron_status fail_field(const patron_transactions *t, const patron_csv_record *record,
                                patron_role role, const char *expected)
{
    char quote[PATRON_QUOTE_CAPACITY];
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ", column '%s': found '%s', expected %s",
                       t->input->name, record->line, column_name(t, role),
                       patron_slice_quote(field_of(t, record, role), quote), expected);
}

/* *value stays where there is no such column. */
static patron_status read_number(const patron_transactions *t, const patron_csv_record *record,
                                 patron_role role, double *value)
{
    if (!t->has[role])
        return PATRON_OK;
    if (!patron_slice_number(field_of(t, record, role), value))
        return fail_field(t, record, role, "a number such as 12 or 3.50");
    if (!isfinite(*value))
        return fail_field(t, record, role, "a number of usual size");
    return PATRON_OK;
}

static bool is_cancelled(const patron_transactions *t, patron_slice basket)
{
    if (!t->in_force[PATRON_RULE_CANCELLED])
        return false;
    uint64_t length = strlen(t->options->cancelled_prefix);
    return basket.length >= length &&
           memcmp(basket.bytes, t->options->cancelled_prefix, length) == 0;
}

/* The rules that look at texts. */
static patron_rule judge_texts(const patron_transactions *t, const patron_csv_record *record)
{
    if (t->in_force[PATRON_RULE_NO_CUSTOMER] &&
        field_of(t, record, PATRON_ROLE_CUSTOMER).length == 0)
        return PATRON_RULE_NO_CUSTOMER;
    if (field_of(t, record, PATRON_ROLE_BASKET).length == 0)
        return PATRON_RULE_NO_BASKET;
    if (field_of(t, record, PATRON_ROLE_ITEM).length == 0)
        return PATRON_RULE_NO_ITEM;
    if (is_cancelled(t, field_of(t, record, PATRON_ROLE_BASKET)))
        return PATRON_RULE_CANCELLED;
    return PATRON_RULE_KEEP;
}

/* Judges the record; where it is kept, its value and time are read. */
static patron_status judge(const patron_transactions *t, const patron_csv_record *record,
                           patron_transaction *row, patron_rule *rule)
{
    double quantity = 0.0, price = 0.0;
    *rule = judge_texts(t, record);
    if (*rule != PATRON_RULE_KEEP)
        return PATRON_OK;
    patron_status status = read_number(t, record, PATRON_ROLE_QUANTITY, &quantity);
    if (status != PATRON_OK)
        return status;
    if (t->in_force[PATRON_RULE_QUANTITY] && quantity <= 0.0) {
        *rule = PATRON_RULE_QUANTITY;
        return PATRON_OK;
    }
    status = read_number(t, record, PATRON_ROLE_PRICE, &price);
    if (status != PATRON_OK)
        return status;
    if (t->in_force[PATRON_RULE_PRICE] && price <= 0.0) {
        *rule = PATRON_RULE_PRICE;
        return PATRON_OK;
    }
    row->value = quantity * price;
    if (!isfinite(row->value))
        return fail_field(t, record, PATRON_ROLE_PRICE, "quantity times price of usual size");
    if (t->has[PATRON_ROLE_TIME] &&
        !patron_slice_time(field_of(t, record, PATRON_ROLE_TIME), &row->time))
        return fail_field(t, record, PATRON_ROLE_TIME,
                          "a time such as 2011-12-09 or 2011-12-09 12:50:00");
    return PATRON_OK;
}

/* Takes in the texts of a row; an empty one has no number. */
static patron_status intern_keys(patron_transactions *t, const patron_csv_record *record,
                                 patron_transaction *row)
{
    for (int key = 0; key < PATRON_KEYS; ++key) {
        patron_slice text = field_of(t, record, (patron_role)key);
        row->key[key] = PATRON_INTERN_NONE;
        if (text.length == 0)
            continue;
        uint64_t before = t->names[key].texts.count;
        patron_status status = patron_interner_find(&t->names[key], text, &row->key[key]);
        if (status != PATRON_OK)
            return status;
        bool is_new = t->names[key].texts.count > before;
        if (is_new && !patron_slice_is_utf8(text))
            return patron_fail(PATRON_DATA,
                               "%s, line %" PRIu64 ", column '%s': the text is not UTF-8",
                               t->input->name, record->line, column_name(t, (patron_role)key));
    }
    return PATRON_OK;
}

static patron_status keep(patron_transactions *t, const patron_transaction *row)
{
    if (t->count == t->capacity) {
        uint64_t capacity = 2 * t->capacity + 1024;
        patron_transaction *rows = patron_reallocate(t->rows, capacity, sizeof *rows);
        if (rows == NULL)
            return PATRON_RESOURCE;
        t->rows = rows;
        t->capacity = capacity;
    }
    if (t->count == 0 || row->time > t->last_time)
        t->last_time = row->time;
    patron_exactsum_add(&t->revenue, row->value);
    t->rows[t->count++] = *row;
    return PATRON_OK;
}

patron_status patron_transactions_record(void *context, const patron_csv_record *record)
{
    patron_transactions *t = context;
    patron_transaction row = {0};
    patron_rule rule = PATRON_RULE_KEEP;
    ++t->rows_read;
    patron_status status = judge(t, record, &row, &rule);
    if (status != PATRON_OK)
        return status;
    if (rule != PATRON_RULE_KEEP) {
        ++t->dropped[rule];
        return PATRON_OK;
    }
    status = intern_keys(t, record, &row);
    return status == PATRON_OK ? keep(t, &row) : status;
}
