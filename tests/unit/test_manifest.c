/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/manifest.h"

#include "../support/folder.h"

#include <criterion/parameterized.h>

#define SOURCE "orders/extension.conf"
#define GROUP SP_MANIFEST_EXTENSION

static SpManifest *manifest;
static SpFindings *findings;

static void
setup(void)
{
    findings = sp_findings_new();
}

static void
teardown(void)
{
    g_clear_pointer(&manifest, sp_manifest_free);
    sp_findings_free(findings);
}

TestSuite(manifest, .init = setup, .fini = teardown);

static void
read_text(const char *text)
{
    manifest = sp_manifest_new(text, SOURCE, findings);
}

Test(manifest, gives_the_defaults_for_an_empty_text)
{
    read_text("");
    g_auto(GStrv) list = sp_manifest_get_list(manifest, GROUP, "dependencies");
    sp_test_assert_accepted(findings);
    cr_expect_null(sp_manifest_get_text(manifest, GROUP, "id"));
    cr_expect_null(list[0]);
    cr_expect_eq(sp_manifest_get_number(manifest, GROUP, "priority", 100), 100u);
    cr_expect_not(sp_manifest_get_flag(manifest, GROUP, "required"));
    cr_expect_eq(sp_manifest_get_line(manifest, GROUP, "id"), 0u);
}

Test(manifest, reads_texts_numbers_and_flags_without_the_space_around_them)
{
    read_text("[extension]\nid = orders \nname=\npriority= 4294967295 \nrequired=true \n");
    g_autofree char *id = sp_manifest_get_text(manifest, GROUP, "id");
    cr_expect_str_eq(id, "orders");
    cr_expect_null(sp_manifest_get_text(manifest, GROUP, "name"));
    cr_expect_eq(sp_manifest_get_number(manifest, GROUP, "priority", 100), G_MAXUINT32);
    cr_expect(sp_manifest_get_flag(manifest, GROUP, "required"));
}

Test(manifest, reads_a_list_without_the_space_around_its_items)
{
    read_text("[extension]\ndependencies= users ; billing >=1.2,<2;\nschemas=a\\;b.sql\n");
    g_auto(GStrv) list = sp_manifest_get_list(manifest, GROUP, "dependencies");
    cr_assert_eq(g_strv_length(list), 2u);
    cr_expect_str_eq(list[0], "users");
    cr_expect_str_eq(list[1], "billing >=1.2,<2");
    sp_test_assert_accepted(findings);
}

Test(manifest, accepts_a_byte_order_mark_and_the_line_ends_of_windows)
{
    read_text("\xEF\xBB\xBF[extension]\r\nid=orders\r\n\r\n[schema a.sql]\r\ntable=a\r\n");
    g_autofree char *table = sp_manifest_get_text(manifest, "schema a.sql", "table");
    sp_test_assert_accepted(findings);
    cr_expect_str_eq(table, "a");
}

Test(manifest, knows_the_line_of_a_key_in_its_group)
{
    read_text("# table=\n[schema a.sql]\ntable=a\n\n[schema b.sql]\nnamespace=x\n table = b\n");
    cr_expect_eq(sp_manifest_get_line(manifest, "schema a.sql", "table"), 3u);
    cr_expect_eq(sp_manifest_get_line(manifest, "schema b.sql", NULL), 5u);
    cr_expect_eq(sp_manifest_get_line(manifest, "schema b.sql", "table"), 7u);
    cr_expect_eq(sp_manifest_get_line(manifest, "schema b.sql", "tab"), 0u);
}

static const struct {
    const char *text;
    guint line;
} refused[] = {
    {"[extension]\nid=a\ncolour=red\n", 3},
    {"[extension]\n\nname[de]=Bestellungen\n", 3},
    {"[schema a.sql]\nid=a\n", 2},
    {"[extension]\n[colours]\nid=a\n", 2},
    {"[extensions]\n", 1},
    {"[extension]\ndependencies=a\nid=b\ndependencies=c\n", 4},
    {"[extension]\nid=a\n[schema a.sql]\n[extension]\nid=b\n", 5},
    {"[extension]\npriority=ten\n", 2},
    {"[extension]\npriority=-1\n", 2},
    {"[extension]\npriority=4294967296\n", 2},
    {"[extension]\npriority=\n", 2},
    {"[extension]\nrequired=yes\n", 2},
    {"[extension]\nname=The \"Orders\"\n", 2},
    {"[extension]\nname=Or\\\\ders\n", 2},
    {"[extension]\nname=Or\\nders\n", 2},
    {"[extension]\nversion=1.0\"\n", 2},
    {"[extension]\nhooks=a-b\n", 2},
    {"[extension]\nhooks=a; int b\n", 2},
    {"[extension]\nvalidate_config=1st\n", 2},
    {"[extension]\ndescription=a\\qb\n", 2},
    {"[extension]\nid=a\nschemas=a\\qb\n", 3},
    {"[extension]\nid\n", 0},
    {"id=orders\n", 0},
};

ParameterizedTestParameters(manifest, refuses)
{
    static size_t indexes[G_N_ELEMENTS(refused)];
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(refused));
}

ParameterizedTest(size_t *index, manifest, refuses)
{
    read_text(refused[*index].text);
    cr_log_info("%s", refused[*index].text);
    sp_test_assert_refused(findings, SOURCE, refused[*index].line);
}

Test(manifest, reports_every_fault_and_not_only_the_first)
{
    read_text("[extension]\ncolour=red\npriority=x\n[foo]\n");
    cr_expect_eq(sp_findings_refusals(findings)->len, 3u);
}
