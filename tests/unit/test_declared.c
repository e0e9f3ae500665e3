/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/declared.h"

#include "support/extensions.h"
#include "support/findings.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

#define SCHEMA(text) SP_TEST_LIST(struct sp_schema, {.sql = (text)})
#define MIGRATION(text) \
    SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "one", .sql = (text)})
#define NEEDS(name) SP_TEST_LIST(struct sp_dependency, {.id = (name)})

/* Extensions in the order in which a test gives them, and what they declare together. */
typedef struct {
    GPtrArray *extensions;
    SpDeclared *declared;
} World;

static World *
world_new(const Vtable *const *vtables, const char *disabled, gboolean skip_refused)
{
    World *world = g_new0(World, 1);
    world->extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    for (guint i = 0; vtables[i] != NULL; i++)
        g_ptr_array_add(world->extensions, sp_test_extension(vtables[i]));
    const SpDeclaredOptions options = {
        .disabled = (const char *[]){disabled, NULL},
        .skip_refused = skip_refused,
    };
    world->declared = sp_declared_new(world->extensions, &options);
    return world;
}

static void
world_free(World *world)
{
    sp_declared_free(world->declared);
    g_ptr_array_unref(world->extensions);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

#define WORLD(...) world_new((const Vtable *[]){__VA_ARGS__, NULL}, NULL, FALSE)
#define WORLD_WITHOUT_REFUSED(...) world_new((const Vtable *[]){__VA_ARGS__, NULL}, NULL, TRUE)

/* Returns: (transfer full): the ids in install order, joined by spaces */
static char *
order_of(const World *world)
{
    const SpRegistry *registry = sp_declared_get_registry(world->declared);
    GString *order = g_string_new(NULL);
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpExtension *extension = sp_registry_get(registry, i);
        g_string_append_printf(order, "%s%s", i > 0 ? " " : "", sp_extension_get_id(extension));
        const SpPrepared *prepared = sp_declared_get_prepared(world->declared, i);
        cr_assert_eq(sp_prepared_get_extension(prepared), extension);
    }
    return g_string_free(order, FALSE);
}

static void
assert_world(const World *world, const char *order, const char *refusals)
{
    const SpFindings *findings = sp_declared_get_findings(world->declared);
    g_autofree char *actual_order = order_of(world);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_assert_str_eq(actual_order, order);
    cr_assert_str_eq(codes, refusals);
}

static void
assert_refusal(const World *world, guint index, const char *nick)
{
    const SpExtension *extension = g_ptr_array_index(world->extensions, index);
    const GError *refusal = sp_declared_get_refusal(world->declared, extension);
    const char *actual = refusal != NULL ? sp_error_nick(refusal) : NULL;
    cr_assert_eq(g_strcmp0(actual, nick), 0, "%u: %s instead of %s", index, actual, nick);
}

static const Vtable good = {.id = "good",
                            .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS good (id int)")};
static const Vtable unparsable = {
    .id = "unparsable",
    .schemas = SCHEMA("CREATE TABEL x ()"),
    .migrations = MIGRATION("CREATE TABLE good (id int)"),
};
static const Vtable dependant = {.id = "dependant", .dependencies = NEEDS("unparsable")};
static const Vtable further = {.id = "further", .dependencies = NEEDS("dependant")};
static const Vtable thief = {.id = "thief", .migrations = MIGRATION("DROP TABLE good")};
static const Vtable dreamer = {
    .id = "dreamer",
    .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS dreams ();"
                      "CREATE INDEX IF NOT EXISTS i ON dreams (nope)"),
};
static const Vtable lonely = {.id = "lonely", .dependencies = NEEDS("nobody")};

Test(declared, accepts_what_is_right)
{
    g_autoptr(World) world = WORLD(&good, &(Vtable){.id = "b", .dependencies = NEEDS("good")});
    assert_world(world, "good b", "");
    cr_assert_not(sp_declared_is_refused(world->declared));
    assert_refusal(world, 0, NULL);
    g_auto(GStrv) tables =
        sp_ownership_get_tables(sp_declared_get_ownership(world->declared), "good");
    cr_assert_str_eq(tables[0], "public.good");
}

Test(declared, accepts_no_extension_at_all)
{
    g_autoptr(World) world = world_new((const Vtable *[]){NULL}, NULL, FALSE);
    assert_world(world, "", "");
    cr_assert_not(sp_declared_is_refused(world->declared));
}

Test(declared, reports_every_check_in_the_order_of_the_pipeline)
{
    const Vtable broken = {.id = "broken", .schemas = SCHEMA("CREATE TABEL x ()")};
    g_autoptr(World) world = WORLD(&dreamer, &thief, &broken, &good, &lonely);
    assert_world(world, "broken dreamer good thief",
                 "missing-dependency sql-syntax cross-extension-write-undeclared unknown-column");
    cr_assert(sp_declared_is_refused(world->declared));
    assert_refusal(world, 0, "unknown-column");
    assert_refusal(world, 1, "cross-extension-write-undeclared");
    assert_refusal(world, 2, "sql-syntax");
    assert_refusal(world, 3, NULL);
    assert_refusal(world, 4, "missing-dependency");
}

Test(declared, leaves_out_the_refused_and_their_dependants)
{
    g_autoptr(World) world =
        WORLD_WITHOUT_REFUSED(&further, &dependant, &unparsable, &good, &lonely);
    assert_world(world, "good",
                 "sql-syntax missing-dependency missing-dependency "
                 "missing-dependency");
    cr_assert_not(sp_declared_is_refused(world->declared));
    assert_refusal(world, 0, "missing-dependency");
    assert_refusal(world, 1, "missing-dependency");
    assert_refusal(world, 2, "sql-syntax");
    assert_refusal(world, 3, NULL);
}

/* What does not parse is gone before anybody is compared with it. */
Test(declared, refuses_nobody_for_what_a_refused_one_claims)
{
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&good, &unparsable);
    assert_world(world, "good", "sql-syntax");
    g_autoptr(World) strict = WORLD(&good, &unparsable);
    assert_world(strict, "good unparsable", "sql-syntax duplicate-table-owner");
}

Test(declared, leaves_out_in_several_rounds_and_says_everything_once)
{
    const Vtable reader = {
        .id = "reader",
        .schemas = SCHEMA("CREATE OR REPLACE VIEW v AS SELECT 1 FROM good"),
    };
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&dreamer, &thief, &unparsable, &good, &reader);
    assert_world(world, "good reader",
                 "sql-syntax cross-extension-write-undeclared unknown-column");
    const SpFindings *findings = sp_declared_get_findings(world->declared);
    const GError *warning = sp_test_only(sp_findings_warnings(findings));
    cr_assert_eq(warning->code, SP_ERROR_UNDECLARED_READ);
    assert_refusal(world, 0, "unknown-column");
    assert_refusal(world, 1, "cross-extension-write-undeclared");
}

Test(declared, keeps_warnings_of_what_was_left_out)
{
    const Vtable both = {
        .id = "both",
        .migrations = MIGRATION("DELETE FROM nobodys; DROP TABLE good"),
    };
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&both, &good);
    assert_world(world, "good", "cross-extension-write-undeclared");
    const SpFindings *findings = sp_declared_get_findings(world->declared);
    cr_assert_eq(sp_test_only(sp_findings_warnings(findings))->code, SP_ERROR_UNOWNED_TABLE);
}

Test(declared, leaves_out_everything_when_everything_is_refused)
{
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&unparsable);
    assert_world(world, "", "sql-syntax");
    cr_assert_not_null(sp_declared_get_ownership(world->declared));
}

Test(declared, tells_two_plugins_of_one_id_apart)
{
    const Vtable twin = {.id = "twin"};
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&twin, &good, &twin);
    assert_refusal(world, 0, "duplicate-extension");
    assert_refusal(world, 1, NULL);
    assert_refusal(world, 2, "duplicate-extension");
}

Test(declared, checks_nothing_of_a_disabled_extension_but_lets_it_own)
{
    const Vtable heir = {.id = "heir", .migrations = MIGRATION("DROP TABLE good")};
    const Vtable off = {
        .id = "off",
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS good (id int); DROP TABLE good; x"),
        .migrations = MIGRATION("CREATE TABLE good (id int); COMMIT; DELETE FROM nobodys"),
    };
    g_autoptr(World) world = world_new((const Vtable *[]){&heir, &off, NULL}, "off", FALSE);
    assert_world(world, "heir", "cross-extension-write-undeclared");
    assert_refusal(world, 1, NULL);
    cr_assert_eq(sp_findings_warnings(sp_declared_get_findings(world->declared))->len, 0);
}

Test(declared, hears_of_an_unknown_disabled_id)
{
    g_autoptr(World) world = world_new((const Vtable *[]){&good, NULL}, "nobody", FALSE);
    assert_world(world, "good", "");
    cr_assert_eq(sp_findings_warnings(sp_declared_get_findings(world->declared))->len, 1);
}

Test(declared, is_refused_for_a_required_extension_also_when_others_may_be_skipped)
{
    const Vtable bad = {.id = "bad", .flags = SP_EXTENSION_REQUIRED, .schemas = SCHEMA("SELECT 1")};
    const Vtable fine = {.id = "fine", .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t (a int)")};
    g_autoptr(World) refused = WORLD_WITHOUT_REFUSED(&bad, &fine);
    cr_assert(sp_declared_is_refused(refused->declared));
    g_autoptr(World) accepted = WORLD_WITHOUT_REFUSED(&fine);
    cr_assert_not(sp_declared_is_refused(accepted->declared));
}

Test(declared, skips_both_sides_of_a_clash_so_that_no_newcomer_takes_a_table_over)
{
    const Vtable newcomer = {
        .id = "aaa", .priority = 1, .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t (evil int)")};
    const Vtable owner = {
        .id = "owner", .priority = 9, .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t (a int)")};
    const Vtable other = {.id = "other", .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS u (a int)")};
    g_autoptr(World) world = WORLD_WITHOUT_REFUSED(&newcomer, &owner, &other);
    g_autofree char *order = order_of(world);
    cr_assert_str_eq(order, "other");
}

/* What is found of a set of which parts are missing: codes of refusals, warnings and notes. */
static void
assert_partial(const Vtable *vtable, const char *refusals, const char *warnings, const char *notes)
{
    static const char *const nothing[] = {NULL};
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(vtable));
    g_autoptr(SpDeclared) declared =
        sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .is_partial = TRUE});
    const SpFindings *found = sp_declared_get_findings(declared);
    g_autofree char *refused = sp_test_codes(sp_findings_refusals(found));
    g_autofree char *warned = sp_test_codes(sp_findings_warnings(found));
    g_autofree char *noted = sp_test_codes(sp_findings_notes(found));
    cr_expect_str_eq(refused, refusals);
    cr_expect_str_eq(warned, warnings);
    cr_expect_str_eq(noted, notes);
}

#define CROSS(...) SP_TEST_LIST(const char *, __VA_ARGS__)

Test(declared, notes_what_is_done_to_tables_of_a_dependency_that_is_not_there)
{
    const Vtable vtable = {
        .id = "orders",
        .dependencies = NEEDS("users"),
        .cross_extension_tables = CROSS("users"),
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS orders (id int REFERENCES users);\n"
                          "CREATE INDEX IF NOT EXISTS users_by_mail ON users (mail);\n"
                          "CREATE OR REPLACE VIEW mails AS SELECT mail FROM users;"),
        .migrations = MIGRATION("ALTER TABLE users ADD COLUMN IF NOT EXISTS mail text;"),
    };
    assert_partial(&vtable, "", "", "dependency-not-checked dependency-not-checked");
}

Test(declared, refuses_in_a_partial_set_what_no_other_extension_could_mend)
{
    const Vtable undeclared = {
        .id = "orders",
        .dependencies = NEEDS("users"),
        .schemas = SCHEMA("CREATE INDEX IF NOT EXISTS users_by_mail ON users (mail);"),
    };
    assert_partial(&undeclared, "table-not-owned", "", "dependency-not-checked");
    const Vtable independent = {.id = "orders", .cross_extension_tables = CROSS("users")};
    assert_partial(&independent, "cross-extension-table-not-owned", "", "");
}
