/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/volatility.h"

#include "model/node.h"

/* Immutable or stable in every supported release, and seen in defaults. */
static const char *const steady[] = {
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "timezone", /* AT TIME ZONE */
    "date_trunc",
    "date_part",
    "extract",
    "make_date",
    "make_interval",
    "to_timestamp",
    "to_char",
    "lower",
    "upper",
    "md5",
    "concat",
    "array_fill",
    "current_setting",
    "current_database",
    "current_schema",
    "json_build_object",
    "json_build_array",
    "jsonb_build_object",
    "jsonb_build_array",
    "to_json",
    "to_jsonb",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    NULL,
};

static gboolean
is_steady(const PgQuery__FuncCall *call)
{
    const char *name = sp_node_get_string(call->funcname[call->n_funcname - 1]);
    gboolean is_own = call->n_funcname == 1 ||
                      g_strcmp0(sp_node_get_string(call->funcname[0]), "pg_catalog") == 0;
    return is_own && name != NULL && g_strv_contains(steady, name);
}

gboolean
sp_volatility_may_vary(const PgQuery__Node *expression)
{
    g_autoptr(GPtrArray) messages = sp_node_walk(expression);
    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        if (message->descriptor == &pg_query__func_call__descriptor &&
            !is_steady((const PgQuery__FuncCall *)message))
            return TRUE;
    }
    return FALSE;
}
