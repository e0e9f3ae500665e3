/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "model/declaration.h"
#include "support/extensions.h"

#include <criterion/criterion.h>

static void
assert_refused(const struct sp_extension_vtable *vtable, guint64 symbol_size, SpErrorCode code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(vtable, symbol_size, &error);
    cr_assert_null(declaration);
    cr_assert_eq(error->code, (int)code, "%s: %s", sp_error_nick(error), error->message);
}

static struct sp_extension_vtable
plain(void)
{
    return sp_test_vtable(&(struct sp_extension_vtable){.id = "a"});
}

Test(declaration, refuses_an_abi_that_does_not_fit)
{
    struct sp_extension_vtable major = plain(), minor = plain(), feature = plain(), flag = plain(),
                               small = plain(), large = plain();
    major.abi_major = SP_ABI_MAJOR + 1;
    minor.abi_min_minor = SP_ABI_MINOR + 1;
    feature.required_features = 4;
    flag.flags = 2;
    small.struct_size = 232 - 8; /* ABI 1.0 has 232 bytes */
    large.struct_size += 8;
    assert_refused(&major, sizeof major, SP_ERROR_ABI_MAJOR);
    assert_refused(&minor, sizeof minor, SP_ERROR_ABI_MINOR);
    assert_refused(&feature, sizeof feature, SP_ERROR_ABI_FEATURE);
    assert_refused(&flag, sizeof flag, SP_ERROR_ABI_FEATURE);
    assert_refused(&small, sizeof small, SP_ERROR_ABI_SIZE);
    assert_refused(&large, sizeof large, SP_ERROR_ABI_SIZE);
}

Test(declaration, refuses_lists_that_no_plugin_has_before_it_reads_them)
{
    static const struct sp_seed seed = {"s", "x", NULL};
    const struct sp_list lists[] = {
        {&seed, UINT64_C(1) << 60, sizeof seed},
        {NULL, 1, sizeof seed},
        {&seed, 1, 0},
        {&seed, 1, sizeof seed - 1},
        {&seed, 1, 5000},
    };
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        struct sp_extension_vtable vtable = plain();
        vtable.seeds = lists[i];
        assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
    }
}

Test(declaration, refuses_a_text_without_an_end)
{
    g_autofree char *text = g_malloc(17u << 20);
    memset(text, 'x', 17u << 20);
    struct sp_extension_vtable vtable = plain();
    vtable.description = text;
    assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
}

Test(declaration, takes_a_text_of_16_mebibytes_but_not_five)
{
    g_autofree char *text = g_malloc0((16u << 20) + 1);
    memset(text, 'x', 16u << 20);
    struct sp_extension_vtable vtable = plain();
    vtable.description = text;
    g_autoptr(GBytes) declaration = sp_declaration_new(&vtable, sizeof vtable, NULL);
    cr_assert_not_null(declaration);
    vtable.id = vtable.name = vtable.version = vtable.license = text;
    assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
}

Test(declaration, bounds_lists_in_lists)
{
    g_autofree const char **columns = g_new0(const char *, 100000);
    g_autofree struct sp_schema *schemas = g_new0(struct sp_schema, 1000);
    for (guint i = 0; i < 1000; i++)
        schemas[i].required_columns = (struct sp_list){columns, 100000, sizeof *columns};
    struct sp_extension_vtable vtable = plain();
    vtable.schemas = (struct sp_list){schemas, 1000, sizeof *schemas};
    assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
}

Test(declaration, refuses_reserved_members_that_are_set)
{
    static const struct sp_dependency dependency = {.id = "b", .reserved = 1};
    static const struct sp_hooks hooks = {.struct_size = sizeof hooks, .reserved = 1};
    struct sp_extension_vtable vtables[] = {plain(), plain(), plain()};
    vtables[0].reserved = 1;
    vtables[1].dependencies = (struct sp_list){&dependency, 1, sizeof dependency};
    vtables[2].hooks = &hooks;
    for (guint i = 0; i < G_N_ELEMENTS(vtables); i++)
        assert_refused(&vtables[i], sizeof vtables[i], SP_ERROR_INVALID_EXTENSION);
}

Test(declaration, refuses_hooks_smaller_than_those_of_abi_1_0)
{
    static const struct sp_hooks hooks = {.struct_size = 8};
    struct sp_extension_vtable vtable = plain();
    vtable.hooks = &hooks;
    assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
}

Test(declaration, accepts_an_empty_list_without_items_or_size)
{
    struct sp_extension_vtable vtable = plain();
    vtable.seeds = (struct sp_list){NULL, 0, 0};
    g_autoptr(GBytes) declaration = sp_declaration_new(&vtable, sizeof vtable, NULL);
    cr_assert_not_null(declaration);
}

/* A plugin of a later minor: members are appended to the vtable and to the items of a list. */
typedef struct {
    struct sp_extension_vtable known;
    uint64_t appended[4];
} LaterVtable;

typedef struct {
    struct sp_seed known;
    const char *appended;
} LaterSeed;

Test(declaration, of_a_later_plugin_keeps_what_both_sides_know)
{
    static const LaterSeed seeds[] = {{{"one", "1", NULL}, "?"}, {{"two", "2", NULL}, "?"}};
    LaterVtable vtable = {.known = plain(), .appended = {1, 2, 3, 4}};
    vtable.known.abi_minor = SP_ABI_MINOR + 3;
    vtable.known.struct_size = sizeof vtable;
    vtable.known.seeds = (struct sp_list)SP_LIST(seeds);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(&vtable.known, sizeof vtable, &error);
    cr_assert_null(error);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_extension_new(declaration, "/a.so", findings);
    cr_assert_eq(sp_extension_get_n_seeds(extension), 2);
    cr_assert_str_eq(sp_extension_get_seed(extension, 1)->id, "two");
}

/* What a plugin of ABI 1.0 has is all that may be read of it: the rest is somebody else's memory.
 */
Test(declaration, of_a_plugin_of_abi_1_0_ends_where_its_vtable_does)
{
    static const struct sp_retirement retirement = {"DROP VIEW IF EXISTS v", NULL};
    struct sp_extension_vtable vtable = plain();
    vtable.abi_minor = 0;
    vtable.struct_size = 232;
    vtable.retirements = (struct sp_list){&retirement, UINT64_MAX, 1};
    g_autoptr(GBytes) declaration = sp_declaration_new(&vtable, 232, NULL);
    cr_assert_not_null(declaration);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_extension_new(declaration, "/a.so", findings);
    cr_assert_eq(sp_extension_get_n_retirements(extension), 0);
    guint major, minor, min_minor;
    sp_extension_get_abi(extension, &major, &minor, &min_minor);
    cr_assert_eq(minor, 0);
    vtable.struct_size = 231;
    assert_refused(&vtable, 232, SP_ERROR_ABI_SIZE);
}

Test(declaration, refuses_retirements_of_an_impossible_size)
{
    static const struct sp_retirement retirement = {"DROP VIEW IF EXISTS v", NULL};
    struct sp_extension_vtable vtable = plain();
    vtable.retirements = (struct sp_list){&retirement, 1, sizeof retirement - 1};
    assert_refused(&vtable, sizeof vtable, SP_ERROR_INVALID_EXTENSION);
}

static int32_t
start(const struct sp_host_api *api, void **state, struct sp_problem *problem)
{
    return 0;
}

Test(declaration, says_which_hooks_there_are)
{
    static const struct sp_hooks hooks = {.struct_size = sizeof hooks, .start = start};
    struct sp_extension_vtable vtable = {.id = "a", .hooks = &hooks};
    g_autoptr(SpExtension) extension = sp_test_extension(&vtable);
    cr_assert_str_eq(sp_extension_get_hooks(extension)[0], "start");
    cr_assert_null(sp_extension_get_hooks(extension)[1]);
}
