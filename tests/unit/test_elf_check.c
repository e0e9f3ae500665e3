/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/fd.h"
#include "edge/elf.h"
#include "support/elf.h"
#include "support/plugins.h"

#include <stddef.h>

#define TOP G_GUINT64_CONSTANT(0x7fffffffff000)

typedef struct {
    const char *fixture;
    SpErrorCode code;
} FixtureRow;

/* Sets a field of a segment. */
typedef struct {
    guint type, nth;
    gsize offset, size;
    guint64 value;
} SegmentRow;

/* Sets the value of an entry of the dynamic segment, or its tag. */
typedef struct {
    const char *fixture;
    gint64 tag;
    gboolean is_tag;
    guint64 value;
} EntryRow;

static const FixtureRow fixtures[] = {
    {"executable_stack", SP_ERROR_EXECUTABLE_STACK},
    {"writable_code", SP_ERROR_WRITABLE_CODE},
    {"text_relocation", SP_ERROR_TEXT_RELOCATIONS},
    {"rpath", SP_ERROR_RPATH},
    {"runpath_outside", SP_ERROR_RPATH},
    {"static_tls", SP_ERROR_STATIC_TLS},
    {"two_vtables", SP_ERROR_AMBIGUOUS_SYMBOL},
};

#define FIELD(name) offsetof(ElfW(Phdr), name), sizeof(((ElfW(Phdr) *)NULL)->name)

static const SegmentRow segments[] = {
    {PT_LOAD, 3, FIELD(p_align), 0x4000000}, /* not congruent modulo that */
    {PT_NOTE, 0, FIELD(p_memsz), 4096},      {PT_LOAD, 0, FIELD(p_type), PT_NULL},
    {PT_LOAD, 1, FIELD(p_type), PT_NULL},    {PT_LOAD, 2, FIELD(p_type), PT_NULL},
    {PT_LOAD, 0, FIELD(p_align), 3},         {PT_LOAD, 0, FIELD(p_align), 8},
    {PT_LOAD, 0, FIELD(p_flags), PF_X},      {PT_LOAD, 1, FIELD(p_flags), PF_R},
    {PT_LOAD, 1, FIELD(p_vaddr), TOP},       {PT_LOAD, 1, FIELD(p_vaddr), 8},
    {PT_LOAD, 2, FIELD(p_vaddr), 0},         {PT_LOAD, 3, FIELD(p_flags), PF_R},
    {PT_LOAD, 3, FIELD(p_filesz), 8},        {PT_LOAD, 3, FIELD(p_memsz), 8},
    {PT_LOAD, 3, FIELD(p_memsz), TOP},       {PT_DYNAMIC, 0, FIELD(p_type), PT_NULL},
    {PT_DYNAMIC, 0, FIELD(p_vaddr), TOP},    {PT_DYNAMIC, 0, FIELD(p_memsz), 32},
    {PT_DYNAMIC, 0, FIELD(p_memsz), TOP},    {PT_NOTE, 0, FIELD(p_type), PT_DYNAMIC},
    {PT_NOTE, 0, FIELD(p_vaddr), TOP},       {PT_NOTE, 0, FIELD(p_filesz), 16},
    {PT_GNU_RELRO, 0, FIELD(p_vaddr), 0},    {PT_GNU_RELRO, 0, FIELD(p_memsz), TOP},
    {PT_TLS, 0, FIELD(p_align), 3},          {PT_TLS, 0, FIELD(p_memsz), TOP},
    {PT_TLS, 0, FIELD(p_type), PT_NULL},     {PT_GNU_EH_FRAME, 0, FIELD(p_vaddr), TOP},
};

static const EntryRow entries[] = {
    {"busy", DT_STRTAB, FALSE, TOP},
    {"busy", DT_STRTAB, TRUE, 0x600000ff},
    {"busy", DT_STRSZ, FALSE, 0},
    {"busy", DT_STRSZ, FALSE, 20},
    {"busy", DT_STRSZ, FALSE, TOP},
    {"busy", DT_SYMTAB, FALSE, TOP},
    {"busy", DT_SYMTAB, FALSE, 1},
    {"busy", DT_SYMENT, FALSE, 23},
    {"busy", DT_GNU_HASH, FALSE, TOP},
    {"busy", DT_GNU_HASH, TRUE, 0x600000ff},
    {"old_hash", DT_HASH, FALSE, TOP},
    {"busy", DT_NEEDED, FALSE, TOP},
    {"busy", DT_NEEDED, TRUE, 0x600000ff}, /* a version is needed of it */
    {"busy", DT_NEEDED, TRUE, DT_SYMTAB},  /* twice */
    {"busy", DT_RELA, FALSE, TOP},
    {"busy", DT_RELA, TRUE, DT_REL},
    {"busy", DT_RELASZ, FALSE, 25},
    {"busy", DT_RELASZ, FALSE, TOP},
    {"busy", DT_RELAENT, FALSE, 16},
    {"busy", DT_RELACOUNT, FALSE, 20},
    {"busy", DT_RELACOUNT, FALSE, TOP},
    {"busy", DT_JMPREL, FALSE, TOP},
    {"busy", DT_JMPREL, TRUE, 0x600000ff},
    {"busy", DT_PLTRELSZ, FALSE, TOP},
    {"busy", DT_PLTREL, FALSE, DT_REL},
    {"busy", DT_PLTGOT, FALSE, TOP},
    {"busy", DT_INIT, FALSE, 0},
    {"busy", DT_FINI, FALSE, TOP},
    {"busy", DT_INIT_ARRAY, FALSE, TOP},
    {"busy", DT_INIT_ARRAY, FALSE, 0},
    {"busy", DT_INIT_ARRAYSZ, FALSE, 12},
    {"busy", DT_INIT_ARRAYSZ, FALSE, TOP},
    {"busy", DT_INIT_ARRAYSZ, TRUE, 0x600000ff},
    {"busy", DT_FINI_ARRAY, FALSE, TOP},
    {"busy", DT_VERSYM, FALSE, TOP},
    {"busy", DT_VERSYM, TRUE, 0x600000ff},
    {"busy", DT_VERNEED, FALSE, TOP},
    {"busy", DT_VERNEED, TRUE, 0x600000ff},
    {"busy", DT_VERNEEDNUM, TRUE, DT_FILTER},
    {"busy", DT_VERNEEDNUM, TRUE, DT_AUXILIARY},
};

static SpElfFacts *
read_bytes(const GByteArray *bytes, GError **error)
{
    sp_autofd int fd = sp_test_open_bytes(bytes->data, bytes->len);
    return sp_elf_read(fd, error);
}

static void
assert_refused(const GByteArray *bytes, SpErrorCode code, const char *what, guint row)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpElfFacts) facts = read_bytes(bytes, &error);
    cr_assert_null(facts, "%s %u was accepted", what, row);
    cr_expect(g_error_matches(error, SP_ERROR, (int)code), "%s %u: %s: %s", what, row,
              error->message, sp_error_detail(error));
}

Test(elf_check, tells_what_must_not_come_into_the_process_by_its_code)
{
    for (guint i = 0; i < G_N_ELEMENTS(fixtures); i++) {
        g_autoptr(GByteArray) bytes = sp_test_fixture(fixtures[i].fixture);
        assert_refused(bytes, fixtures[i].code, fixtures[i].fixture, i);
    }
}

Test(elf_check, takes_a_stack_that_nothing_is_said_of_for_executable)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("good");
    sp_test_elf_segment(bytes, PT_GNU_STACK, 0)->p_type = PT_NULL;
    assert_refused(bytes, SP_ERROR_EXECUTABLE_STACK, "no stack", 0);
}

Test(elf_check, reports_every_refusal_and_the_first_by_a_fixed_order)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("rpath");
    g_autoptr(GError) error = NULL;
    sp_test_elf_segment(bytes, PT_GNU_STACK, 0)->p_flags |= PF_X;
    cr_assert_null(read_bytes(bytes, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_EXECUTABLE_STACK));
    cr_expect_not_null(strstr(sp_error_detail(error), "looks for libraries outside"));
}

Test(elf_check, refuses_a_library_that_is_named_by_a_path)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("needs_libm");
    sp_test_elf_replace(bytes, "libm.so.6", "tmp/m.so6");
    assert_refused(bytes, SP_ERROR_RPATH, "path", 0);
}

Test(elf_check, refuses_segments_that_do_not_fit)
{
    for (guint i = 0; i < G_N_ELEMENTS(segments); i++) {
        const SegmentRow *row = &segments[i];
        g_autoptr(GByteArray) bytes = sp_test_fixture("busy");
        ElfW(Phdr) *segment = sp_test_elf_segment(bytes, row->type, row->nth);
        cr_assert_not_null(segment, "row %u", i);
        memcpy((guint8 *)segment + row->offset, &row->value, row->size);
        assert_refused(bytes, SP_ERROR_ELF_MALFORMED, "segment", i);
    }
}

Test(elf_check, refuses_tables_that_do_not_fit)
{
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        const EntryRow *row = &entries[i];
        g_autoptr(GByteArray) bytes = sp_test_fixture(row->fixture);
        ElfW(Dyn) *entry = sp_test_elf_entry(bytes, row->tag);
        cr_assert_not_null(entry, "row %u", i);
        if (row->is_tag)
            entry->d_tag = (ElfW(Sxword))row->value;
        else
            entry->d_un.d_val = row->value;
        assert_refused(bytes, SP_ERROR_ELF_MALFORMED, "entry", i);
    }
}

Test(elf_check, refuses_every_relocation_that_leads_out)
{
    g_autoptr(GByteArray) busy = sp_test_fixture("busy");
    gsize start =
        sp_test_elf_entry(busy, DT_RELA)->d_un.d_ptr; /* in the first segment: offset = address */
    gsize n = sp_test_elf_entry(busy, DT_RELASZ)->d_un.d_val / sizeof(ElfW(Rela));
    for (guint i = 0; i < n; i++)
        for (guint field = 0; field < 3; field++) {
            g_autoptr(GByteArray) bytes = sp_test_fixture("busy");
            ElfW(Rela) *relocation = (ElfW(Rela) *)(bytes->data + start) + i;
            if (field == 0)
                relocation->r_offset = 0; /* no data */
            else if (field == 1)
                relocation->r_info |= 0xfe; /* no such type */
            else
                relocation->r_info |= G_GUINT64_CONSTANT(0xffff) << 32; /* no such symbol */
            assert_refused(bytes, SP_ERROR_ELF_MALFORMED, "relocation", i);
        }
}

Test(elf_check, refuses_a_hash_chain_that_bites_its_tail)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("old_hash");
    guint32 *words = (guint32 *)(bytes->data + sp_test_elf_entry(bytes, DT_HASH)->d_un.d_ptr);
    guint32 *chains = words + 2 + words[0];
    for (guint32 i = 1; i < words[1]; i++)
        chains[i] = i;
    assert_refused(bytes, SP_ERROR_ELF_MALFORMED, "hash", 0);
}

Test(elf_check, refuses_a_symbol_with_a_version_that_is_not_named)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("busy");
    guint16 *versions = (guint16 *)(bytes->data + sp_test_elf_entry(bytes, DT_VERSYM)->d_un.d_ptr);
    versions[1] = 77;
    assert_refused(bytes, SP_ERROR_ELF_MALFORMED, "version", 0);
}

Test(elf_check, tells_facts_that_refuse_nothing)
{
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    g_autoptr(GByteArray) busy = sp_test_fixture("busy");
    g_autoptr(SpElfFacts) plain = read_bytes(good, NULL);
    g_autoptr(SpElfFacts) full = read_bytes(busy, NULL);
    cr_assert(plain != NULL && full != NULL);
    cr_expect(full->has_ifunc);
    cr_expect_not(plain->has_ifunc);
    cr_expect_eq(full->n_constructors, plain->n_constructors + 1);
    cr_expect(g_strv_contains((const char *const *)full->exports, "twice"));
    cr_expect(g_strv_contains((const char *const *)full->exports, "exported"));
    cr_expect_eq(g_strv_length(full->exports), 2u);
    cr_expect_eq(g_strv_length(plain->exports), 0u);
    cr_expect(g_strv_contains((const char *const *)full->needed, "libc.so.6"));
    cr_expect(full->has_relro && plain->has_relro);
    cr_expect_eq(strlen(full->build_id), 40u);
    cr_expect_str_neq(full->build_id, plain->build_id);
    cr_expect(g_str_has_prefix(full->glibc, "2."));
    cr_expect_null(full->runpath);
}

Test(elf_check, tells_whether_symbols_are_bound_at_once)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("busy");
    g_autoptr(SpElfFacts) lazy = read_bytes(bytes, NULL);
    ElfW(Dyn) *spare = sp_test_elf_entry(bytes, DT_VERNEEDNUM);
    spare->d_tag = DT_FLAGS;
    spare->d_un.d_val = DF_BIND_NOW;
    g_autoptr(SpElfFacts) now = read_bytes(bytes, NULL);
    cr_assert(lazy != NULL && now != NULL);
    cr_expect_not(lazy->is_bind_now);
    cr_expect(now->is_bind_now);
}
