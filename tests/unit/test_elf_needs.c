/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_needs.h"

#include "base/error.h"
#include "base/fd.h"
#include "support/elf.h"
#include "support/plugins.h"

#include <fcntl.h>
#include <gnu/libc-version.h>

static SpElfFacts *
facts_of(const GByteArray *bytes)
{
    g_autoptr(GError) error = NULL;
    sp_autofd int fd = sp_test_open_bytes(bytes->data, bytes->len);
    SpElfFacts *facts = sp_elf_read(fd, &error);
    cr_assert(facts != NULL, "%s: %s", error ? error->message : "", sp_error_detail(error));
    return facts;
}

/* (transfer full) (nullable): why the plugin cannot be loaded from the folder. */
static GError *
refusal_of(const GByteArray *bytes, const char *folder)
{
    GError *error = NULL;
    g_autoptr(SpLibraries) libraries = sp_libraries_new();
    g_autoptr(SpElfFacts) facts = facts_of(bytes);
    sp_autofd int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cr_assert_neq(sp_elf_needs_check(facts, libraries, directory, &error), error != NULL);
    return error;
}

static guint32
hash_of(const char *name)
{
    guint32 hash = 0;
    for (; *name != '\0'; name++) {
        hash = hash * 16 + (guint8)*name;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    return hash;
}

/* The newest version of glibc that a plugin needs becomes another one. */
static void
change_glibc(GByteArray *bytes, const char *by)
{
    g_autoptr(SpElfFacts) facts = facts_of(bytes);
    g_autofree char *from = g_strconcat("GLIBC_", facts->glibc, NULL);
    g_autofree char *to = g_strdup_printf("GLIBC_%-*s", (int)strlen(facts->glibc), by);
    g_strdelimit(to, " ", '9');
    guint32 old = hash_of(from), new = hash_of(to);
    sp_test_elf_replace(bytes, from, to);
    for (gsize i = 0; i + sizeof old <= bytes->len; i += sizeof old)
        if (memcmp(bytes->data + i, &old, sizeof old) == 0)
            memcpy(bytes->data + i, &new, sizeof new);
}

Test(elf_needs, finds_what_the_system_has)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("needs_libm");
    g_autoptr(GError) refusal = refusal_of(bytes, "/");
    cr_expect_null(refusal);
}

Test(elf_needs, names_a_library_that_is_missing)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("needs_libm");
    sp_test_elf_replace(bytes, "libm.so.6", "libq.so.6");
    g_autoptr(GError) refusal = refusal_of(bytes, "/");
    cr_assert(g_error_matches(refusal, SP_ERROR, SP_ERROR_MISSING_LIBRARY));
    cr_expect_not_null(strstr(refusal->message, "libq.so.6"));
}

Test(elf_needs, looks_beside_the_plugin_only_where_its_runpath_leads)
{
    char *folder = sp_test_plugins_new();
    g_autoptr(GByteArray) below = sp_test_fixture("runpath_below");
    g_autoptr(GByteArray) nowhere = sp_test_fixture("needs_libm");
    sp_test_elf_replace(below, "libm.so.6", "libq.so.6");
    sp_test_elf_replace(nowhere, "libm.so.6", "libq.so.6");
    g_autoptr(GError) before = refusal_of(below, folder);
    cr_expect(g_error_matches(before, SP_ERROR, SP_ERROR_MISSING_LIBRARY));
    g_free(sp_test_put_fixture(folder, "good", "libq.so.6"));
    g_autoptr(GError) beside = refusal_of(below, folder);
    cr_expect_null(beside);
    g_autoptr(GError) other = refusal_of(nowhere, folder);
    cr_expect(g_error_matches(other, SP_ERROR, SP_ERROR_MISSING_LIBRARY));
    sp_test_plugins_free(folder);
}

Test(elf_needs, refuses_a_library_that_others_could_have_written)
{
    char *folder = sp_test_plugins_new();
    g_autoptr(GByteArray) bytes = sp_test_fixture("runpath_below");
    sp_test_elf_replace(bytes, "libm.so.6", "libq.so.6");
    g_autofree char *lib = g_build_filename(folder, "lib", NULL);
    cr_assert_eq(g_mkdir(lib, 0755), 0);
    g_autofree char *path = sp_test_put_fixture(lib, "good", "libq.so.6");
    g_autoptr(GError) safe = refusal_of(bytes, folder);
    cr_expect_null(safe);
    cr_assert_eq(g_chmod(path, 0666), 0);
    g_autoptr(GError) file = refusal_of(bytes, folder);
    cr_expect(g_error_matches(file, SP_ERROR, SP_ERROR_PERMISSION));
    cr_assert_eq(g_chmod(path, 0644), 0);
    cr_assert_eq(g_chmod(lib, 0777), 0);
    g_autoptr(GError) above = refusal_of(bytes, folder);
    cr_expect(g_error_matches(above, SP_ERROR, SP_ERROR_PERMISSION));
    sp_test_plugins_free(folder);
}

Test(elf_needs, says_both_versions_when_glibc_is_too_old)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("prints_to_stdout");
    change_glibc(bytes, "2.9");
    g_autoptr(GError) refusal = refusal_of(bytes, "/");
    cr_assert(g_error_matches(refusal, SP_ERROR, SP_ERROR_GLIBC));
    cr_expect_not_null(strstr(sp_error_detail(refusal), "GLIBC_2.99"));
    cr_expect_not_null(strstr(sp_error_detail(refusal), gnu_get_libc_version()));
}
