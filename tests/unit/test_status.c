/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/checksum.h"
#include "model/status.h"
#include "support/extensions.h"

#include <criterion/criterion.h>

typedef struct {
    SpExtension *extension;
    SpHistory *history;
    SpStatus *status;
} Case;

static Case
case_new(void)
{
    struct sp_extension_vtable vtable = {
        .id = "shop",
        .migrations =
            SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "one", .sql = "SELECT 3\r\n"},
                         {.version = 3, .name = "three", .sql = "SELECT 14"},
                         {.version = 5, .name = "five", .sql = "SELECT 5"}),
    };
    return (Case){sp_test_extension(&vtable), sp_history_new(), NULL};
}

static void
case_clear(Case *this)
{
    sp_status_free(this->status);
    sp_history_free(this->history);
    sp_extension_unref(this->extension);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

/* @checksum: (transfer full), @sha256: (transfer full) (nullable) */
static void
apply(Case *this, guint version, const char *name, char *checksum, char *sha256)
{
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup("shop");
    applied->version = version;
    applied->name = g_strdup(name);
    applied->checksum = checksum;
    applied->sha256 = sha256;
    applied->applied_at = g_strdup("2026-01-01T00:00:00Z");
    sp_history_add_applied(this->history, applied);
}

static SpMigrationState
state_of(Case *this, guint version)
{
    if (this->status == NULL)
        this->status = sp_status_new(this->extension, this->history);
    for (guint i = 0; i < sp_status_get_n(this->status); i++)
        if (sp_status_get(this->status, i)->version == version)
            return sp_status_get(this->status, i)->state;
    cr_assert_fail("no version %u", version);
    return SP_MIGRATION_PENDING;
}

Test(status, of_a_fresh_database_is_all_pending)
{
    g_auto(Case) this = case_new();
    state_of(&this, 1);
    cr_assert_eq(sp_status_count(this.status, SP_MIGRATION_PENDING), 3);
    cr_assert_not(sp_status_is_ahead(this.status));
}

Test(status, knows_a_migration_by_either_hash_of_the_original_system)
{
    g_auto(Case) this = case_new();
    apply(&this, 3, "three", g_strdup("9e2b1f225ac6750"), NULL);
    apply(&this, 5, "five", sp_checksum_xxh64("SELECT 5"), NULL);
    cr_assert_eq(state_of(&this, 3), SP_MIGRATION_APPLIED);
    cr_assert_eq(state_of(&this, 5), SP_MIGRATION_APPLIED);
}

Test(status, takes_line_endings_for_no_drift_in_any_hash)
{
    g_auto(Case) this = case_new();
    apply(&this, 1, "one", sp_checksum_siphash13("SELECT 3\n"), NULL);
    cr_assert_eq(state_of(&this, 1), SP_MIGRATION_APPLIED);
}

Test(status, lets_our_own_hash_decide_where_it_is_recorded)
{
    g_auto(Case) this = case_new();
    apply(&this, 1, "one", g_strdup("anything"), sp_checksum_sha256("SELECT 3\n"));
    apply(&this, 3, "three", sp_checksum_xxh64("SELECT 14"), sp_checksum_sha256("SELECT 15"));
    cr_assert_eq(state_of(&this, 1), SP_MIGRATION_APPLIED);
    cr_assert_eq(state_of(&this, 3), SP_MIGRATION_DRIFTED);
}

Test(status, tells_drift_reuse_and_orphans_apart)
{
    g_auto(Case) this = case_new();
    apply(&this, 1, "one", g_strdup("0"), NULL);
    apply(&this, 2, "two", g_strdup("0"), NULL);
    apply(&this, 3, "drei", g_strdup("0"), NULL);
    cr_assert_eq(state_of(&this, 1), SP_MIGRATION_DRIFTED);
    cr_assert_eq(state_of(&this, 2), SP_MIGRATION_ORPHANED);
    cr_assert_eq(state_of(&this, 3), SP_MIGRATION_SLOT_REUSED);
    cr_assert_eq(state_of(&this, 5), SP_MIGRATION_PENDING);
    cr_assert_not(sp_status_is_ahead(this.status));
}

Test(status, is_ahead_when_a_version_beyond_the_last_one_was_applied)
{
    g_auto(Case) this = case_new();
    apply(&this, 6, "six", g_strdup("0"), NULL);
    cr_assert_eq(state_of(&this, 6), SP_MIGRATION_ORPHANED);
    cr_assert(sp_status_is_ahead(this.status));
}

Test(status, of_an_extension_without_migrations_left_is_not_ahead)
{
    g_auto(Case) this = case_new();
    sp_extension_unref(this.extension);
    this.extension = sp_test_extension(&(struct sp_extension_vtable){.id = "shop"});
    apply(&this, 6, "six", g_strdup("0"), NULL);
    cr_assert_eq(state_of(&this, 6), SP_MIGRATION_ORPHANED);
    cr_assert_not(sp_status_is_ahead(this.status));
}
