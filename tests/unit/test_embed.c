/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/embed.h"

#include "../support/folder.h"
#include "act/folder.h"
#include "model/declaration.h"

#include <dlfcn.h>

static SpTestFolder *folder;
static SpExtension *extension;
static SpFolderSymbols symbols;

static void
setup(void)
{
    folder = sp_test_folder_new();
}

static void
teardown(void)
{
    g_clear_pointer(&extension, sp_extension_unref);
    sp_folder_symbols_clear(&symbols);
    sp_test_folder_free(folder);
}

TestSuite(embed, .init = setup, .fini = teardown, .timeout = 60);

static void
put(const char *name, const char *content)
{
    sp_test_folder_put(folder, name, content, -1);
}

static char *
make_source(void)
{
    extension = sp_folder_read(folder->path, &symbols, folder->findings);
    sp_test_assert_accepted(folder->findings);
    cr_assert_not_null(extension);
    return sp_embed_c_source(extension, &symbols);
}

/* As an author would compile it, with everything that a compiler can complain of. */
static void
compile(const char *compiler, const char *source)
{
    g_autofree char *input = g_build_filename(folder->root, "plugin.c", NULL);
    g_autofree char *output = g_build_filename(folder->root, "plugin.so", NULL);
    cr_assert(g_file_set_contents(input, source, -1, NULL));
    const char *const command[] = {compiler,
                                   "-std=c99",
                                   "-Wall",
                                   "-Wextra",
                                   "-Wpedantic",
                                   "-Wformat=2",
                                   "-Wshadow",
                                   "-Wundef",
                                   "-Werror",
                                   "-fvisibility=hidden",
                                   "-I" SP_TEST_INCLUDE,
                                   "-shared",
                                   "-fPIC",
                                   "-o",
                                   output,
                                   input,
                                   NULL};
    g_autofree char *messages = NULL;
    int status = 0;
    cr_assert(g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                           &messages, &status, NULL));
    cr_assert_eq(status, 0, "%s", messages);
    cr_assert_str_empty(messages);
}

/* What a host reads from the compiled plugin. Stays mapped, as the test's process ends soon. */
static SpExtension *
load(void)
{
    g_autofree char *path = g_build_filename(folder->root, "plugin.so", NULL);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(module, "%s", dlerror());
    const struct sp_extension_vtable *vtable = dlsym(module, SP_EXTENSION_SYMBOL);
    cr_assert_not_null(vtable);
    g_autoptr(GBytes) declaration = sp_declaration_new(vtable, sizeof *vtable, NULL);
    cr_assert_not_null(declaration);
    return sp_extension_new(declaration, folder->path, folder->findings);
}

static void
assert_same_text(const char *a, const char *b)
{
    cr_expect_eq(g_strcmp0(a, b), 0, "\"%s\" and \"%s\"", a, b);
}

static void
assert_same_list(const char *const *a, const char *const *b)
{
    cr_expect(g_strv_equal(a, b));
}

static void
assert_same_head(const SpExtension *a, const SpExtension *b)
{
    assert_same_text(sp_extension_get_id(a), sp_extension_get_id(b));
    assert_same_text(sp_extension_get_name(a), sp_extension_get_name(b));
    assert_same_text(sp_extension_get_version(a), sp_extension_get_version(b));
    assert_same_text(sp_extension_get_description(a), sp_extension_get_description(b));
    assert_same_text(sp_extension_get_license(a), sp_extension_get_license(b));
    assert_same_text(sp_extension_get_homepage(a), sp_extension_get_homepage(b));
    assert_same_text(sp_extension_get_config_group(a), sp_extension_get_config_group(b));
    cr_expect_eq(sp_extension_get_priority(a), sp_extension_get_priority(b));
    cr_expect_eq(sp_extension_is_required(a), sp_extension_is_required(b));
    assert_same_list(sp_extension_get_cross_tables(a), sp_extension_get_cross_tables(b));
    cr_assert_eq(sp_extension_get_n_dependencies(a), sp_extension_get_n_dependencies(b));
    cr_assert_eq(sp_extension_get_n_schemas(a), sp_extension_get_n_schemas(b));
    cr_assert_eq(sp_extension_get_n_migrations(a), sp_extension_get_n_migrations(b));
    cr_assert_eq(sp_extension_get_n_seeds(a), sp_extension_get_n_seeds(b));
    cr_assert_eq(sp_extension_get_n_retirements(a), sp_extension_get_n_retirements(b));
}

static void
assert_same_migration(const SpMigration *a, const SpMigration *b)
{
    cr_expect_eq(a->version, b->version);
    cr_expect_eq(a->is_transactional, b->is_transactional);
    cr_expect_eq(a->is_tombstone, b->is_tombstone);
    assert_same_text(a->name, b->name);
    assert_same_text(a->sql, b->sql);
    assert_same_text(a->down_sql, b->down_sql);
    assert_same_text(a->source, b->source);
    assert_same_text(a->down_source, b->down_source);
}

static void
assert_same_lists(const SpExtension *a, const SpExtension *b)
{
    for (guint i = 0; i < sp_extension_get_n_dependencies(a); i++) {
        const SpDependency *x = sp_extension_get_dependency(a, i);
        const SpDependency *y = sp_extension_get_dependency(b, i);
        assert_same_text(x->id, y->id);
        assert_same_text(x->version_range, y->version_range);
        cr_expect_eq(x->is_optional, y->is_optional);
    }
    for (guint i = 0; i < sp_extension_get_n_schemas(a); i++) {
        const SpSchema *x = sp_extension_get_schema(a, i), *y = sp_extension_get_schema(b, i);
        assert_same_text(x->table, y->table);
        assert_same_text(x->namespace_name, y->namespace_name);
        assert_same_text(x->sql, y->sql);
        assert_same_text(x->source, y->source);
        assert_same_list(x->required_columns, y->required_columns);
    }
    for (guint i = 0; i < sp_extension_get_n_migrations(a); i++)
        assert_same_migration(sp_extension_get_migration(a, i), sp_extension_get_migration(b, i));
    for (guint i = 0; i < sp_extension_get_n_retirements(a); i++) {
        const SpRetirement *x = sp_extension_get_retirement(a, i);
        const SpRetirement *y = sp_extension_get_retirement(b, i);
        assert_same_text(x->sql, y->sql);
        assert_same_text(x->source, y->source);
    }
    for (guint i = 0; i < sp_extension_get_n_seeds(a); i++) {
        const SpSeed *x = sp_extension_get_seed(a, i), *y = sp_extension_get_seed(b, i);
        assert_same_text(x->id, y->id);
        assert_same_text(x->sql, y->sql);
        assert_same_text(x->source, y->source);
    }
}

static void
assert_survives(const char *compiler)
{
    g_autofree char *source = make_source();
    compile(compiler, source);
    g_autoptr(SpExtension) loaded = load();
    cr_assert_not_null(loaded);
    assert_same_head(extension, loaded);
    assert_same_lists(extension, loaded);
}

static void
put_rich_extension(void)
{
    put("extension.conf",
        "[extension]\nid=orders\nname=Orders? What?\?/ \xC3\x9C %d 100%\nversion=1.4.0-rc.1+b2\n"
        "description=All \"orders\" \\\\ of a shop\nlicense=MIT\nhomepage=https://example.org\n"
        "config_group=orders\npriority=0\nrequired=true\n"
        "dependencies=users;billing >=1.2,<2;?audit\n"
        "cross_extension_tables=users;billing.invoices\n"
        "[schema a.sql]\ntable=a\nnamespace=shop\nrequired_columns=id;at\n"
        "[schema b.sql]\ntable=b\nrequired_columns=id\n");
    put("schema/a.sql", "CREATE TABLE a ();\n");
    put("schema/b.sql", "CREATE TABLE b ();");
    put("schema/c.sql", "-- nothing yet");
    put("schema/migrations/001_one.sql", "SELECT 1;\n\n\n");
    put("schema/migrations/001_one.down.sql", "SELECT -1;\n");
    put("schema/migrations/002_two.sql", "-- @no-transaction\nSELECT 2;\n");
    put("schema/migrations/003-007_gone.tombstone", "words");
    put("schema/retire.sql", "DROP VIEW IF EXISTS \"v\";\n");
    put("seeds/a.sql", "SELECT 3;\n");
}

Test(embed, gives_back_the_same_extension_once_compiled)
{
    put_rich_extension();
    assert_survives("cc");
}

Test(embed, compiles_with_clang_too)
{
    g_autofree char *clang = g_find_program_in_path("clang");
    if (clang == NULL)
        cr_skip_test("clang is not installed");
    put_rich_extension();
    assert_survives(clang);
}

Test(embed, compiles_an_extension_without_content)
{
    put("extension.conf", "[extension]\nid=orders\n");
    assert_survives("cc");
}

Test(embed, survives_every_byte_that_text_can_hold)
{
    g_autoptr(GString) sql =
        g_string_new("?\?= ?\?/\n?\?/\" \\\" \\0 \\x41 %s /* */ // \"\"\r\n\r\t");
    for (char c = 1; c < 127; c++)
        g_string_append_printf(sql, "%c7a%c%c", c, c, c);
    for (gunichar c = 0x7F; c < 0x3000; c += 1)
        g_string_append_unichar(sql, c);
    g_string_append(sql, "\xEF\xBB\xBF\xEF\xBF\xBD\xF0\x9F\x98\x80 \xE2\x80\xAE"
                         "0 $$ ?\?");
    put("schema/a.sql", "-- a \\\n");
    put("schema/migrations/1_a.sql", sql->str);
    put("schema/migrations/1_a.down.sql", "\n\n");
    assert_survives("cc");
}

Test(embed, survives_a_long_text_with_long_lines)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    for (guint i = 0; i < 8000; i++)
        g_string_append_printf(sql, "INSERT INTO t VALUES (%u);%c", i, i % 1000 ? '\n' : ' ');
    for (guint i = 0; i < 70000; i++)
        g_string_append(sql, "\\");
    put("schema/migrations/1_a.sql", sql->str);
    assert_survives("cc");
}

static guint
lowest_minor(void)
{
    guint major, minor, min_minor;
    g_autofree char *source = make_source();
    compile("cc", source);
    g_autoptr(SpExtension) loaded = load();
    sp_extension_get_abi(loaded, &major, &minor, &min_minor);
    cr_expect_eq(minor, (guint)SP_ABI_MINOR);
    return min_minor;
}

Test(embed, of_retirements_refuses_a_host_that_would_overlook_them)
{
    put("schema/retire.sql", "DROP VIEW IF EXISTS v;\n");
    cr_expect_eq(lowest_minor(), 1u);
}

Test(embed, without_retirements_runs_on_every_host)
{
    put("schema/migrations/1_a.tombstone", "");
    cr_expect_eq(lowest_minor(), 0u);
}

Test(embed, writes_one_line_a_tombstone)
{
    put("schema/migrations/003-004_gone.tombstone", "words");
    g_autofree char *source = make_source();
    const char *line = "        .version = 4, .flags = SP_MIGRATION_TOMBSTONE, .name = \"gone\", "
                       ".source = \"orders/schema/migrations/003-004_gone.tombstone\",\n";
    cr_expect_not_null(strstr(source, line));
    cr_expect_null(strstr(source, "words"));
}

Test(embed, writes_one_literal_a_line)
{
    put("schema/a.sql", "CREATE TABLE \"a\" (\n\tid int -- caf\xC3\xA9\n);\n");
    g_autofree char *source = make_source();
    cr_expect_not_null(strstr(source, "        .sql =\n"
                                      "            \"CREATE TABLE \\\"a\\\" (\\n\"\n"
                                      "            \"\\tid int -- caf\xC3\xA9\\n\"\n"
                                      "            \");\\n\",\n"));
}

Test(embed, hides_no_character_that_turns_the_writing_direction)
{
    put("schema/a.sql", "-- \xE2\x80\xAE\xD8\x9C\xEF\xBB\xBF\x7F");
    g_autofree char *source = make_source();
    cr_expect_not_null(strstr(source, "\"-- \\342\\200\\256\\330\\234\\357\\273\\277\\177\""));
}

/* In one source, so that the compiler sees that declaration and definition agree. */
Test(embed, points_to_hooks_that_another_source_defines)
{
    put("schema/a.sql", "CREATE TABLE IF NOT EXISTS a (id int);\n");
    put("extension.conf", "[extension]\nhooks=own_hooks\nvalidate_config=own_check\n");
    g_autofree char *source = make_source();
    g_autofree char *both = g_strconcat(
        source,
        "static int32_t start(const struct sp_host_api *api, void **state,\n"
        "    struct sp_problem *problem) { (void)api, (void)state, (void)problem; return 0; }\n"
        "const struct sp_hooks own_hooks = {.struct_size = sizeof(struct sp_hooks), .start = "
        "start};\n"
        "int32_t own_check(const struct sp_setting *settings, uint64_t count,\n"
        "    struct sp_problem *problem) { (void)settings, (void)count, (void)problem; return 0; "
        "}\n",
        NULL);
    compile("gcc", both);
    g_autoptr(SpExtension) loaded = load();
    const char *const *hooks = sp_extension_get_hooks(loaded);
    cr_assert_eq(g_strv_length((char **)hooks), 2u);
    cr_expect_str_eq(hooks[0], "start");
    cr_expect_str_eq(hooks[1], "validate_config");
}

Test(embed, gives_the_same_bytes_wherever_the_folder_lies)
{
    put_rich_extension();
    g_autofree char *source = make_source();
    g_autoptr(SpExtension) again = sp_folder_read(folder->path, NULL, folder->findings);
    g_autofree char *second = sp_embed_c_source(again, &symbols);
    cr_expect_str_eq(source, second);
    cr_expect_null(strstr(source, folder->root));
}
