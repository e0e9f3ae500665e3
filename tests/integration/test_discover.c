/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"

#include "base/error.h"
#include "support/plugins.h"

#include <link.h>
#include <string.h>
#include <sys/stat.h>

#define TIMEOUT_MS 20000u
#define ACCEPTED (-1)

typedef struct {
    const char *fixture;
    int code; /* SpErrorCode or ACCEPTED */
} Row;

static const Row fixtures[] = {
    {"abi_major_2", SP_ERROR_ABI_MAJOR},
    {"abi_min_minor_9", SP_ERROR_ABI_MINOR},
    {"abi_minor_0", ACCEPTED},
    {"abi_minor_9", ACCEPTED},
    {"abort_in_constructor", SP_ERROR_LOAD_CRASHED},
    {"absurd_count", SP_ERROR_INVALID_EXTENSION},
    {"closes_every_descriptor", SP_ERROR_LOAD_PROTOCOL},
    {"closes_the_directory", ACCEPTED},
    {"duplicate_versions", SP_ERROR_INVALID_EXTENSION},
    {"executable_stack", SP_ERROR_EXECUTABLE_STACK},
    {"exit_in_constructor", SP_ERROR_LOAD_EXITED},
    {"exits_at_once", SP_ERROR_LOAD_EXITED},
    {"floods_the_pipe", SP_ERROR_LOAD_PROTOCOL},
    {"forges_a_reply", SP_ERROR_LOAD_PROTOCOL},
    {"forks_a_child", ACCEPTED},
    {"good", ACCEPTED},
    {"kills_itself", SP_ERROR_LOAD_CRASHED},
    {"list_points_nowhere", SP_ERROR_LOAD_CRASHED},
    {"many_faults", SP_ERROR_INVALID_EXTENSION},
    {"needs_libm", ACCEPTED},
    {"no_note", ACCEPTED},
    {"no_symbol", SP_ERROR_NO_SYMBOL},
    {"not_utf8_name", SP_ERROR_INVALID_EXTENSION},
    {"note_is_not_json", SP_ERROR_NOTE},
    {"note_mismatch_abi", SP_ERROR_NOTE_MISMATCH},
    {"note_mismatch_id", SP_ERROR_NOTE_MISMATCH},
    {"note_mismatch_name", SP_ERROR_NOTE_MISMATCH},
    {"note_mismatch_version", SP_ERROR_NOTE_MISMATCH},
    {"null_id", SP_ERROR_INVALID_EXTENSION},
    {"old_hash", ACCEPTED},
    {"prints_to_stdout", ACCEPTED},
    {"replaces_the_pipe", SP_ERROR_LOAD_PROTOCOL},
    {"resolver_crashes", SP_ERROR_LOAD_CRASHED},
    {"resolver_works", ACCEPTED},
    {"rpath", SP_ERROR_RPATH},
    {"runpath_below", ACCEPTED},
    {"runpath_outside", SP_ERROR_RPATH},
    {"segfault_in_constructor", SP_ERROR_LOAD_CRASHED},
    {"static_tls", SP_ERROR_STATIC_TLS},
    {"static_tls_small", ACCEPTED},
    {"struct_size_beyond_symbol", SP_ERROR_ABI_SIZE},
    {"struct_size_too_small", SP_ERROR_ABI_SIZE},
    {"symbol_is_function", SP_ERROR_NO_SYMBOL},
    {"symbol_is_hidden", SP_ERROR_NO_SYMBOL},
    {"symbol_is_undefined", SP_ERROR_NO_SYMBOL},
    {"text_relocation", SP_ERROR_TEXT_RELOCATIONS},
    {"two_notes", SP_ERROR_NOTE},
    {"two_vtables", SP_ERROR_AMBIGUOUS_SYMBOL},
    {"undefined_symbol", SP_ERROR_UNDEFINED_SYMBOL},
    {"unknown_feature", SP_ERROR_ABI_FEATURE},
    {"unknown_flag", SP_ERROR_ABI_FEATURE},
    {"writable_code", SP_ERROR_WRITABLE_CODE},
};

/* What no compiler makes; in the order of the scan. */
static const Row odd_files[] = {
    {"a_fifo.so", SP_ERROR_FILE},
    {"b_directory.so", SP_ERROR_FILE},
    {"c_link.so", SP_ERROR_FILE},
    {"d_empty.so", SP_ERROR_FILE},
    {"e_writable.so", SP_ERROR_PERMISSION},
    {"f_text.so", SP_ERROR_ELF},
    {"g_truncated.so", SP_ERROR_ELF},
    {"h_other_machine.so", SP_ERROR_ARCHITECTURE},
    {"i_good.so", ACCEPTED},
};

static SpDiscovery *
discover_with(const SpDiscoverOptions *options)
{
    g_autoptr(GError) error = NULL;
    SpDiscovery *discovery = sp_discover(options, &error);
    cr_assert(discovery != NULL, "%s", error ? error->message : "");
    return discovery;
}

static SpDiscovery *
discover(const char *path)
{
    return discover_with(&(SpDiscoverOptions){
        .directories = (const char *const[]){path, NULL},
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
    });
}

static void
put(const char *path, const char *fixture, const char *name)
{
    g_free(sp_test_put_fixture(path, fixture, name));
}

static char *
put_all_fixtures(void)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < G_N_ELEMENTS(fixtures); i++)
        put(path, fixtures[i].fixture, NULL);
    return path;
}

static void
put_odd_files(const char *path)
{
    g_autofree char *fifo = g_build_filename(path, "a_fifo.so", NULL);
    g_autofree char *directory = g_build_filename(path, "b_directory.so", NULL);
    g_autofree char *link = g_build_filename(path, "c_link.so", NULL);
    cr_assert_eq(mkfifo(fifo, 0644), 0);
    cr_assert_eq(g_mkdir(directory, 0755), 0);
    cr_assert_eq(symlink("i_good.so", link), 0);
    g_free(sp_test_put(path, "d_empty.so", "", 0));
    g_autofree char *writable = sp_test_put_fixture(path, "good", "e_writable.so");
    cr_assert_eq(g_chmod(writable, 0666), 0);
    g_autofree char *text = g_strnfill(5000, 'x');
    g_free(sp_test_put(path, "f_text.so", text, -1));
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    g_free(sp_test_put(path, "g_truncated.so", good->data, (gssize)good->len / 2));
    ((ElfW(Ehdr) *)good->data)->e_machine = EM_SPARC;
    g_free(sp_test_put(path, "h_other_machine.so", good->data, (gssize)good->len));
    put(path, "good", "i_good.so");
}

static void
assert_row(const SpPlugin *plugin, const Row *row)
{
    const GError *refusal = plugin->refusal;
    if (row->code == ACCEPTED) {
        cr_expect(refusal == NULL && plugin->extension != NULL, "%s: %s: %s", row->fixture,
                  refusal ? refusal->message : "no extension", sp_error_detail(refusal));
        return;
    }
    cr_expect_null(plugin->extension, "%s was accepted", row->fixture);
    cr_expect(g_error_matches(refusal, SP_ERROR, row->code), "%s: %s: %s", row->fixture,
              refusal ? refusal->message : "accepted", sp_error_detail(refusal));
    cr_expect_str_eq(sp_error_get_place(refusal)->path, plugin->path);
}

static void
assert_rows(const SpDiscovery *discovery, const Row *rows, guint n)
{
    cr_assert_eq(sp_discovery_get_n(discovery), n);
    guint accepted = 0;
    for (guint i = 0; i < n; i++) {
        assert_row(sp_discovery_get(discovery, i), &rows[i]);
        accepted += rows[i].code == ACCEPTED;
    }
    cr_expect_eq(sp_discovery_get_extensions(discovery)->len, accepted);
}

Test(discover, tells_every_defect_by_its_code, .timeout = 120)
{
    char *path = put_all_fixtures();
    g_autoptr(SpDiscovery) discovery = discover(path);
    assert_rows(discovery, fixtures, G_N_ELEMENTS(fixtures));
    sp_test_plugins_free(path);
}

Test(discover, says_the_same_twice, .timeout = 120)
{
    char *path = put_all_fixtures();
    g_autoptr(SpDiscovery) first = discover(path);
    g_autoptr(SpDiscovery) second = discover(path);
    for (guint i = 0; i < sp_discovery_get_n(first); i++) {
        const GError *a = sp_discovery_get(first, i)->refusal;
        const GError *b = sp_discovery_get(second, i)->refusal;
        cr_assert_eq(a == NULL, b == NULL);
        cr_expect(a == NULL || a->code == b->code);
        cr_expect(a == NULL || g_str_equal(a->message, b->message), "%s", a->message);
        cr_expect_eq(g_strcmp0(sp_error_detail(a), sp_error_detail(b)), 0, "%s",
                     sp_error_detail(a));
    }
    sp_test_plugins_free(path);
}

Test(discover, tells_files_that_are_no_plugins, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put_odd_files(path);
    g_autoptr(SpDiscovery) discovery = discover(path);
    assert_rows(discovery, odd_files, G_N_ELEMENTS(odd_files));
    sp_test_plugins_free(path);
}

Test(discover, honours_the_timeout, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put(path, "endless_loop", "a.so");
    put(path, "good", "b.so");
    g_autoptr(SpDiscovery) discovery = discover_with(&(SpDiscoverOptions){
        .directories = (const char *const[]){path, NULL},
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = 1000,
    });
    const Row rows[] = {{"endless_loop", SP_ERROR_LOAD_TIMEOUT}, {"good", ACCEPTED}};
    assert_rows(discovery, rows, 2);
    sp_test_plugins_free(path);
}

Test(discover, brings_the_declaration_home)
{
    char *path = sp_test_plugins_new();
    put(path, "good", NULL);
    g_autoptr(SpDiscovery) discovery = discover(path);
    const SpPlugin *plugin = sp_discovery_get(discovery, 0);
    cr_assert_not_null(plugin->extension);
    cr_expect_str_eq(sp_extension_get_id(plugin->extension), "good");
    cr_expect_str_eq(sp_extension_get_path(plugin->extension), plugin->path);
    cr_expect_eq(sp_extension_get_n_schemas(plugin->extension), 1u);
    cr_expect(sp_extension_is_required(plugin->extension));
    cr_expect(plugin->facts->has_note);
    sp_test_plugins_free(path);
}

Test(discover, lists_all_faults_of_one_plugin)
{
    char *path = sp_test_plugins_new();
    put(path, "many_faults", NULL);
    g_autoptr(SpDiscovery) discovery = discover(path);
    const GError *refusal = sp_discovery_get(discovery, 0)->refusal;
    cr_assert(g_error_matches(refusal, SP_ERROR, SP_ERROR_INVALID_EXTENSION));
    cr_expect_not_null(strstr(sp_error_detail(refusal), "2 more"), "%s", sp_error_detail(refusal));
    cr_expect_str_eq(sp_error_get_place(refusal)->extension, "many_faults");
    sp_test_plugins_free(path);
}

Test(discover, names_both_sides_of_a_note_that_disagrees)
{
    char *path = sp_test_plugins_new();
    put(path, "note_mismatch_id", NULL);
    g_autoptr(SpDiscovery) discovery = discover(path);
    const char *detail = sp_error_detail(sp_discovery_get(discovery, 0)->refusal);
    cr_expect_not_null(strstr(detail, "\"another_id\""));
    cr_expect_not_null(strstr(detail, "\"note_mismatch_id\""));
    sp_test_plugins_free(path);
}

Test(discover, tells_who_a_plugin_is_that_the_host_cannot_use)
{
    char *path = sp_test_plugins_new();
    put(path, "abi_major_2", NULL);
    g_autoptr(SpDiscovery) discovery = discover(path);
    const SpPlugin *plugin = sp_discovery_get(discovery, 0);
    cr_assert_not_null(plugin->refusal);
    cr_assert_not_null(plugin->facts);
    cr_expect_str_eq(plugin->facts->id, "abi_major_2");
    sp_test_plugins_free(path);
}

Test(discover, runs_no_code_when_it_only_reads_notes)
{
    char *path = sp_test_plugins_new();
    put(path, "endless_loop", "a.so");
    put(path, "no_note", "b.so");
    put(path, "note_is_not_json", "c.so");
    g_autoptr(SpDiscovery) discovery = discover_with(&(SpDiscoverOptions){
        .directories = (const char *const[]){path, NULL},
        .executable = "/nonexistent",
        .read_notes_only = TRUE,
    });
    const SpPlugin *loop = sp_discovery_get(discovery, 0);
    cr_expect_null(loop->refusal);
    cr_expect_null(loop->extension);
    cr_expect_str_eq(loop->facts->id, "endless_loop");
    cr_expect_not(sp_discovery_get(discovery, 1)->facts->has_note);
    cr_expect(g_error_matches(sp_discovery_get(discovery, 2)->refusal, SP_ERROR, SP_ERROR_NOTE));
    cr_expect_eq(sp_discovery_get_extensions(discovery)->len, 0u);
    sp_test_plugins_free(path);
}

Test(discover, takes_directories_in_the_order_given)
{
    char *first = sp_test_plugins_new();
    char *second = sp_test_plugins_new();
    put(first, "no_note", NULL);
    put(second, "good", NULL);
    g_autoptr(SpDiscovery) discovery = discover_with(&(SpDiscoverOptions){
        .directories = (const char *const[]){first, second, NULL},
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
    });
    const GPtrArray *extensions = sp_discovery_get_extensions(discovery);
    cr_assert_eq(extensions->len, 2u);
    cr_expect_str_eq(sp_extension_get_id(g_ptr_array_index(extensions, 0)), "no_note");
    cr_expect_str_eq(sp_extension_get_id(g_ptr_array_index(extensions, 1)), "good");
    sp_test_plugins_free(first);
    sp_test_plugins_free(second);
}

Test(discover, takes_files_instead_of_directories)
{
    char *path = sp_test_plugins_new();
    g_autofree char *good = sp_test_put_fixture(path, "good", "plugin");
    put(path, "no_note", NULL);
    g_autoptr(SpDiscovery) discovery = discover_with(&(SpDiscoverOptions){
        .directories = (const char *const[]){"/nonexistent", NULL},
        .files = (const char *const[]){"/nonexistent/x.so", good, NULL},
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
    });
    const Row rows[] = {{"missing", SP_ERROR_DIRECTORY}, {"good", ACCEPTED}};
    assert_rows(discovery, rows, 2);
    cr_expect_str_eq(sp_discovery_get(discovery, 1)->path, good);
    sp_test_plugins_free(path);
}

Test(discover, finds_nothing_in_an_empty_directory)
{
    char *path = sp_test_plugins_new();
    g_autoptr(SpDiscovery) discovery = discover(path);
    cr_expect_eq(sp_discovery_get_n(discovery), 0u);
    sp_test_plugins_free(path);
}

Test(discover, fails_without_its_directory)
{
    g_autoptr(GError) error = NULL;
    const SpDiscoverOptions options = {
        .directories = (const char *const[]){"/nonexistent", NULL},
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
    };
    cr_assert_null(sp_discover(&options, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_DIRECTORY));
}
