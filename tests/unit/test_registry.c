/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "model/registry.h"
#include "support/extensions.h"

#include <criterion/criterion.h>

/* A set of extensions and what became of it. */
typedef struct {
    GPtrArray *extensions;
    SpFindings *findings;
    SpRegistry *registry;
} Set;

static Set
set_new(void)
{
    return (Set){g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref),
                 sp_findings_new(), NULL};
}

static void
set_clear(Set *set)
{
    sp_registry_free(set->registry);
    sp_findings_free(set->findings);
    g_ptr_array_unref(set->extensions);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Set, set_clear)

/* @needs: ids separated by spaces, "?" before an optional one, "@RANGE" behind one. */
static struct sp_list
dependencies_of(const char *needs)
{
    char **words = g_strsplit(needs, " ", -1); /* lives as long as the test */
    guint n = *needs ? g_strv_length(words) : 0;
    struct sp_dependency *items = g_new0(struct sp_dependency, n + 1);
    for (guint i = 0; i < n; i++) {
        char *range = strchr(words[i], '@');
        if (range != NULL)
            *range++ = '\0';
        items[i].flags = words[i][0] == '?' ? SP_DEPENDENCY_OPTIONAL : 0;
        items[i].id = words[i] + items[i].flags;
        items[i].version_range = range;
    }
    return (struct sp_list){items, n, sizeof *items};
}

static void
add(Set *set, const char *id, guint priority, const char *needs, guint64 flags)
{
    struct sp_extension_vtable vtable = {
        .id = id, .priority = priority, .flags = flags, .dependencies = dependencies_of(needs)};
    g_ptr_array_add(set->extensions, sp_test_extension(&vtable));
}

static void
build(Set *set, const char *disabled)
{
    g_auto(GStrv) ids = g_strsplit(disabled, " ", -1);
    static const char *const nothing[] = {NULL};
    set->registry = sp_registry_new(set->extensions, *disabled ? (const char *const *)ids : nothing,
                                    set->findings);
}

static char *
order_of(const Set *set)
{
    GString *order = g_string_new(NULL);
    for (guint i = 0; i < sp_registry_get_n(set->registry); i++)
        g_string_append_printf(order, "%s%s", i ? " " : "",
                               sp_extension_get_id(sp_registry_get(set->registry, i)));
    return g_string_free(order, FALSE);
}

#define assert_order(set, expected)             \
    do {                                        \
        g_autofree char *order = order_of(set); \
        cr_assert_str_eq(order, expected);      \
    } while (0)

static const GError *
refusal(const Set *set, guint index)
{
    return sp_registry_get_refusal(set->registry, g_ptr_array_index(set->extensions, index));
}

Test(registry, of_nothing_is_empty)
{
    g_auto(Set) set = set_new();
    build(&set, "");
    cr_assert_eq(sp_registry_get_n(set.registry), 0);
    cr_assert_null(sp_registry_find(set.registry, "a"));
}

Test(registry, orders_by_priority_and_then_by_id)
{
    g_auto(Set) set = set_new();
    add(&set, "b", 100, "", 0);
    add(&set, "a", 100, "", 0);
    add(&set, "z", 1, "", 0);
    build(&set, "");
    assert_order(&set, "z a b");
}

Test(registry, brings_dependencies_first_whatever_their_priority)
{
    g_auto(Set) set = set_new();
    add(&set, "shop", 1, "users", 0);
    add(&set, "users", 900, "", 0);
    add(&set, "log", 500, "", 0);
    build(&set, "");
    assert_order(&set, "users shop log");
}

Test(registry, orders_the_example_of_the_original_system_alike)
{
    static const char *const rows[][2] = {{"agent", "users oauth mcp ai"},
                                          {"ai", "users mcp"},
                                          {"analytics", "users"},
                                          {"authz", ""},
                                          {"content", "users analytics"},
                                          {"events", ""},
                                          {"files", "users content"},
                                          {"logging", "database users"},
                                          {"mcp", "users"},
                                          {"oauth", "users"},
                                          {"scheduler", "users"},
                                          {"users", ""}};
    g_auto(Set) set = set_new();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        add(&set, rows[i][0], 100, rows[i][1], 0);
    add(&set, "database", 0, "", 0);
    build(&set, "");
    assert_order(&set, "database users mcp ai oauth agent analytics authz content events files "
                       "logging scheduler");
}

/* Order, refusals and warnings as one text. */
static char *
outcome_of(const Set *set)
{
    g_autofree char *order = order_of(set);
    GString *text = g_string_new(order);
    const GPtrArray *lists[] = {sp_findings_refusals(set->findings),
                                sp_findings_warnings(set->findings)};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; j < lists[i]->len; j++) {
            const GError *error = g_ptr_array_index(lists[i], j);
            g_string_append_printf(text, "\n%s: %s", sp_error_get_place(error)->path,
                                   error->message);
        }
    return g_string_free(text, FALSE);
}

Test(registry, gives_the_same_order_and_findings_for_every_order_of_the_input)
{
    static const char *const rows[][2] = {
        {"d", "b c"},   {"b", "a"},     {"c", "a"},   {"a", ""},     {"e", "?d"},
        {"m", "ghost"}, {"n", "m"},     {"x", "y z"}, {"y", "x"},    {"z", "y"},
        {"off", ""},    {"p", "off x"}, {"q", "p"},   {"v", "a@>9"}, {"w", "v"},
    };
    g_autofree char *first = NULL;
    for (guint turn = 0; turn < G_N_ELEMENTS(rows); turn++) {
        g_auto(Set) set = set_new();
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            guint row = (i * 7 + turn) % G_N_ELEMENTS(rows);
            add(&set, rows[row][0], 100, rows[row][1], 0);
        }
        build(&set, "off nobody");
        assert_order(&set, "a b c d e");
        g_autofree char *outcome = outcome_of(&set);
        if (first == NULL)
            first = g_strdup(outcome);
        cr_assert_str_eq(outcome, first);
    }
}

Test(registry, refuses_both_of_two_plugins_with_one_id)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", 0);
    struct sp_extension_vtable twin = {.id = "a", .priority = 100};
    g_ptr_array_add(set.extensions, sp_test_extension_at(&twin, "/other/a.so", set.findings));
    add(&set, "b", 100, "a", 0);
    build(&set, "");
    cr_assert_eq(refusal(&set, 0)->code, SP_ERROR_DUPLICATE_EXTENSION);
    cr_assert_eq(refusal(&set, 1)->code, SP_ERROR_DUPLICATE_EXTENSION);
    cr_assert(g_strrstr(sp_error_detail(refusal(&set, 0)), "/other/a.so"));
    cr_assert_eq(refusal(&set, 2)->code, SP_ERROR_MISSING_DEPENDENCY);
    assert_order(&set, "");
}

Test(registry, refuses_a_missing_dependency_unless_it_is_optional)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "ghost", 0);
    add(&set, "b", 100, "?ghost", 0);
    add(&set, "c", 100, "a", 0);
    build(&set, "");
    cr_assert_eq(refusal(&set, 0)->code, SP_ERROR_MISSING_DEPENDENCY);
    cr_assert_eq(refusal(&set, 2)->code, SP_ERROR_MISSING_DEPENDENCY);
    assert_order(&set, "b");
}

Test(registry, refuses_a_version_outside_the_range_also_of_an_optional_dependency)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", 0);
    add(&set, "b", 100, "a@>=2", 0);
    add(&set, "c", 100, "?a@>=2", 0);
    add(&set, "d", 100, "a@>=1,<2", 0);
    build(&set, "");
    cr_assert_eq(refusal(&set, 1)->code, SP_ERROR_DEPENDENCY_VERSION);
    cr_assert_eq(refusal(&set, 2)->code, SP_ERROR_DEPENDENCY_VERSION);
    assert_order(&set, "a d");
}

Test(registry, refuses_a_cycle_and_names_its_whole_chain)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "b", 0);
    add(&set, "b", 100, "c", 0);
    add(&set, "c", 100, "a", 0);
    add(&set, "d", 100, "a", 0);
    add(&set, "e", 100, "", 0);
    build(&set, "");
    for (guint i = 0; i < 3; i++) {
        cr_assert_eq(refusal(&set, i)->code, SP_ERROR_DEPENDENCY_CYCLE);
        cr_assert(g_strrstr(refusal(&set, i)->message, "\"a\" -> \"b\" -> \"c\" -> \"a\""));
    }
    cr_assert_eq(refusal(&set, 3)->code, SP_ERROR_MISSING_DEPENDENCY);
    assert_order(&set, "e");
}

Test(registry, refuses_every_member_of_entangled_cycles_once)
{
    static const char *const rows[][2] = {{"a", "b c"}, {"b", "a"}, {"c", "b"}, {"d", "?c"}};
    g_auto(Set) set = set_new();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        add(&set, rows[i][0], 100, rows[i][1], 0);
    build(&set, "");
    for (guint i = 0; i < 3; i++)
        cr_assert_eq(refusal(&set, i)->code, SP_ERROR_DEPENDENCY_CYCLE, "%s", rows[i][0]);
    cr_assert(g_strrstr(refusal(&set, 2)->message, "\"c\" -> \"b\" -> \"a\" -> \"c\""));
    cr_assert_eq(sp_findings_refusals(set.findings)->len, 3);
    assert_order(&set, "d");
}

Test(registry, takes_an_optional_dependency_for_a_part_of_a_cycle)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "?b", 0);
    add(&set, "b", 100, "a", 0);
    build(&set, "");
    cr_assert_eq(refusal(&set, 0)->code, SP_ERROR_DEPENDENCY_CYCLE);
    cr_assert_eq(refusal(&set, 1)->code, SP_ERROR_DEPENDENCY_CYCLE);
}

Test(registry, lets_no_refused_extension_change_the_order_of_the_others)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 1, "z ghost", 0);
    add(&set, "b", 100, "", 0);
    add(&set, "z", 100, "", 0);
    build(&set, "");
    assert_order(&set, "b z");
}

Test(registry, keeps_disabled_extensions_aside)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", 0);
    add(&set, "b", 100, "a", 0);
    add(&set, "c", 100, "?a", 0);
    build(&set, "a");
    cr_assert_null(refusal(&set, 0));
    cr_assert_eq(sp_registry_get_disabled(set.registry)->len, 1);
    cr_assert_eq(refusal(&set, 1)->code, SP_ERROR_MISSING_DEPENDENCY);
    assert_order(&set, "c");
}

Test(registry, refuses_to_disable_a_required_extension)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", SP_EXTENSION_REQUIRED);
    build(&set, "a");
    cr_assert_eq(refusal(&set, 0)->code, SP_ERROR_REQUIRED_DISABLED);
}

Test(registry, warns_of_a_disabled_id_that_no_extension_bears)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", 0);
    build(&set, "ghost");
    cr_assert_eq(sp_findings_warnings(set.findings)->len, 1);
    cr_assert_eq(sp_findings_refusals(set.findings)->len, 0);
    assert_order(&set, "a");
}

Test(registry, knows_indirect_dependencies)
{
    g_auto(Set) set = set_new();
    add(&set, "a", 100, "", 0);
    add(&set, "b", 100, "a", 0);
    add(&set, "c", 100, "b", 0);
    build(&set, "");
    cr_assert(sp_registry_depends_on(set.registry, "c", "a"));
    cr_assert_not(sp_registry_depends_on(set.registry, "a", "c"));
    cr_assert_not(sp_registry_depends_on(set.registry, "a", "a"));
}

#define MANY 10000

/* Each depends on the next, and the last one on @last. */
static void
add_chain(Set *set, const char *last)
{
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("e%05u", i);
        g_autofree char *next = g_strdup_printf("e%05u", i + 1);
        add(set, id, 100, i + 1 < MANY ? next : last, 0);
    }
}

Test(registry, orders_a_chain_of_ten_thousand, .timeout = 20)
{
    g_auto(Set) set = set_new();
    add_chain(&set, "");
    build(&set, "");
    cr_assert_eq(sp_registry_get_n(set.registry), 10000);
    cr_assert_str_eq(sp_extension_get_id(sp_registry_get(set.registry, 0)), "e09999");
}

Test(registry, refuses_a_circle_of_ten_thousand_in_few_words, .timeout = 20)
{
    g_auto(Set) set = set_new();
    add_chain(&set, "e00000");
    build(&set, "");
    cr_assert_eq(sp_findings_refusals(set.findings)->len, MANY);
    cr_assert_eq(refusal(&set, MANY - 1)->code, SP_ERROR_DEPENDENCY_CYCLE);
    cr_assert_lt(strlen(refusal(&set, MANY - 1)->message), 4000);
}

Test(registry, refuses_ten_thousand_circles_through_one_extension, .timeout = 20)
{
    g_auto(Set) set = set_new();
    g_autoptr(GString) all = g_string_new("e00000");
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("e%05u", i);
        add(&set, id, 100, "hub", 0);
        if (i > 0)
            g_string_append_printf(all, " %s", id);
    }
    add(&set, "hub", 200, all->str, 0);
    build(&set, "");
    cr_assert_eq(sp_findings_refusals(set.findings)->len, MANY + 1);
    cr_assert(g_strrstr(refusal(&set, 7)->message, "\"e00007\" -> \"hub\" -> \"e00007\""));
}

Test(registry, knows_positions_and_enabled_ids)
{
    g_auto(Set) set = set_new();
    add(&set, "b", 100, "a", 0);
    add(&set, "a", 100, "", 0);
    add(&set, "z", 100, "", 0);
    add(&set, "c", 100, "", 0);
    build(&set, "z c");
    cr_assert_eq(sp_registry_get_position(set.registry, g_ptr_array_index(set.extensions, 0)), 1);
    cr_assert_eq(sp_registry_get_position(set.registry, g_ptr_array_index(set.extensions, 2)), -1);
    cr_assert_eq(sp_registry_find(set.registry, "b"), g_ptr_array_index(set.extensions, 0));
    cr_assert_null(sp_registry_find(set.registry, "z"));
    const GPtrArray *disabled = sp_registry_get_disabled(set.registry);
    cr_assert_str_eq(sp_extension_get_id(g_ptr_array_index(disabled, 0)), "c");
}

Test(registry, notes_what_a_partial_set_lacks_and_refuses_nobody_for_it)
{
    g_auto(Set) set = set_new();
    add(&set, "lines", 100, "orders", 0);
    add(&set, "orders", 100, "users@>=2 ?audit", 0);
    add(&set, "alone", 100, "", 0);
    add(&set, "audited", 100, "?audit", 0);
    static const char *const nothing[] = {NULL};
    set.registry = sp_registry_new_partial(set.extensions, nothing, set.findings);
    g_autofree char *order = order_of(&set);
    cr_expect_str_eq(order, "alone audited orders lines");
    cr_expect_eq(sp_findings_refusals(set.findings)->len, 0);
    cr_expect_eq(sp_findings_warnings(set.findings)->len, 0);
    cr_assert_eq(sp_findings_notes(set.findings)->len, 1);
    const GError *note = g_ptr_array_index(sp_findings_notes(set.findings), 0);
    cr_expect_eq(note->code, SP_ERROR_NOT_CHECKED);
    cr_expect_str_eq(sp_error_get_place(note)->extension, "orders");
    cr_expect(sp_registry_lacks_dependency(set.registry, "lines"));
    cr_expect(sp_registry_lacks_dependency(set.registry, "orders"));
    cr_expect(sp_registry_lacks_dependency(set.registry, "audited"));
    cr_expect_not(sp_registry_lacks_dependency(set.registry, "alone"));
}

Test(registry, refuses_a_version_that_does_not_fit_in_a_partial_set_too)
{
    g_auto(Set) set = set_new();
    add(&set, "orders", 100, "users@>=2", 0);
    add(&set, "users", 100, "", 0);
    static const char *const nothing[] = {NULL};
    set.registry = sp_registry_new_partial(set.extensions, nothing, set.findings);
    cr_assert_eq(sp_findings_refusals(set.findings)->len, 1);
    const GError *refusal = g_ptr_array_index(sp_findings_refusals(set.findings), 0);
    cr_expect_eq(refusal->code, SP_ERROR_DEPENDENCY_VERSION);
}
