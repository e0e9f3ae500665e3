/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/error.h"

#include <criterion/criterion.h>

/* Written and read again. */
static JsonNode *
round_trip(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autoptr(GError) error = NULL;
    json_node_set_object(node, object);
    g_autofree char *text = json_to_string(node, TRUE);
    JsonNode *again = json_from_string(text, &error);
    cr_assert_not_null(again, "%s in %s", error ? error->message : "", text);
    cr_assert(g_utf8_validate(text, -1, NULL));
    return again;
}

Test(json, keeps_any_text_valid)
{
    g_autoptr(JsonObject) object = json_object_new();
    sp_json_set_text(object, "control", "a\033\"\\\n\x01\x7f");
    sp_json_set_text(object, "broken", "x\xff");
    sp_json_set_texts(object, "list", (const char *const[]){"\xc3", NULL});
    g_autoptr(JsonNode) again = round_trip(object);
    JsonObject *read = json_node_get_object(again);
    cr_expect_str_eq(sp_json_get_text(read, "control"), "a\033\"\\\n\x01\x7f");
    cr_expect_str_eq(sp_json_get_text(read, "broken"), "x\xef\xbf\xbd");
}

Test(json, gives_an_error_all_keys_and_null_where_nothing_is_known)
{
    static const char *const keys[] = {"detail",    "hint",       "extension", "path",
                                       "source",    "line",       "column",    "phase",
                                       "statement", "statements", "sqlstate",  "sql"};
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
    g_autoptr(JsonObject) object = sp_json_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        cr_expect(json_object_get_null_member(object, keys[i]), "%s", keys[i]);
    cr_expect_str_eq(sp_json_get_text(object, "code"), "internal");
    cr_expect_str_eq(sp_json_get_text(object, "message"), "gone");
}

Test(json, gives_an_error_all_that_is_known)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, "Detail.", "Hint.", "problem");
    sp_error_place(error, &(SpPlace){.source = "a.sql",
                                     .line = 3,
                                     .statement = 2,
                                     .statements = 5,
                                     .sqlstate = "42601",
                                     .sql = "SELEC"});
    g_autoptr(JsonObject) object = sp_json_error(error);
    cr_expect_str_eq(sp_json_get_text(object, "code"), "statement-failed");
    cr_expect_str_eq(sp_json_get_text(object, "detail"), "Detail.");
    cr_expect_str_eq(sp_json_get_text(object, "hint"), "Hint.");
    cr_expect_str_eq(sp_json_get_text(object, "source"), "a.sql");
    cr_expect_eq(json_object_get_int_member(object, "line"), 3);
    cr_expect_eq(json_object_get_int_member(object, "statement"), 2);
    cr_expect_eq(json_object_get_int_member(object, "statements"), 5);
    cr_expect_str_eq(sp_json_get_text(object, "sqlstate"), "42601");
    cr_expect_str_eq(sp_json_get_text(object, "sql"), "SELEC");
}

Test(json, lists_findings_with_their_severity_and_counts_them)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    sp_findings_warn(findings, sp_error_new(SP_ERROR_UNDECLARED_READ, NULL, NULL, "w"));
    sp_findings_refuse(findings, sp_error_new(SP_ERROR_SQL_SYNTAX, NULL, NULL, "r"));
    sp_json_set_findings(answer, findings);
    JsonArray *list = json_object_get_array_member(answer, "findings");
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    cr_assert_eq(json_array_get_length(list), 2u);
    cr_expect_str_eq(sp_json_get_text(json_array_get_object_element(list, 0), "severity"), "error");
    cr_expect_str_eq(sp_json_get_text(json_array_get_object_element(list, 1), "severity"),
                     "warning");
    cr_expect_eq(json_object_get_int_member(summary, "errors"), 1);
    cr_expect_eq(json_object_get_int_member(summary, "warnings"), 1);
}
