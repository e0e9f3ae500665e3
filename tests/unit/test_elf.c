/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/abi.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/elf.h"
#include "support/plugins.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>

typedef SpElfFacts *(*ReadFunc)(int fd, GError **error);

typedef struct {
    const char *fixture;
    SpErrorCode code;
} Row;

static const ReadFunc readers[] = {sp_elf_read, sp_elf_read_note};

static int
open_bytes(const guint8 *bytes, gsize length)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, bytes, length), (gssize)length);
    return fd;
}

static SpElfFacts *
read_bytes(ReadFunc read_func, const GByteArray *bytes, GError **error)
{
    sp_autofd int fd = open_bytes(bytes->data, bytes->len);
    return read_func(fd, error);
}

static void
assert_refused(ReadFunc read_func, const GByteArray *bytes, SpErrorCode code, const char *what)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpElfFacts) facts = read_bytes(read_func, bytes, &error);
    cr_assert_null(facts, "%s was accepted", what);
    cr_expect(g_error_matches(error, SP_ERROR, (int)code), "%s: %s", what, error->message);
}

static ElfW(Ehdr) * header_of(GByteArray *bytes)
{
    return (ElfW(Ehdr) *)bytes->data;
}

static ElfW(Phdr) * segment_of(GByteArray *bytes, guint type)
{
    ElfW(Phdr) *segments = (ElfW(Phdr) *)(bytes->data + header_of(bytes)->e_phoff);
    for (guint i = 0; i < header_of(bytes)->e_phnum; i++)
        if (segments[i].p_type == type)
            return &segments[i];
    cr_assert(FALSE, "no segment of type %u", type);
    return NULL;
}

Test(elf, reads_note_and_symbol)
{
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read, good, NULL);
    cr_assert_not_null(facts);
    cr_expect(facts->has_note);
    cr_expect_str_eq(facts->id, "good");
    cr_expect_str_eq(facts->name, "Fixture");
    cr_expect_str_eq(facts->version, "1.0.0");
    cr_expect_eq(facts->abi_major, (guint)SP_ABI_MAJOR);
    cr_expect_eq(facts->note_major, (guint)SP_ABI_MAJOR);
    cr_expect_eq(facts->struct_size, sizeof(struct sp_extension_vtable));
    cr_expect_eq(facts->symbol_size, sizeof(struct sp_extension_vtable));
}

Test(elf, reads_the_note_alone)
{
    g_autoptr(GByteArray) good = sp_test_fixture("no_symbol");
    g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read_note, good, NULL);
    cr_assert_not_null(facts);
    cr_expect_str_eq(facts->id, "no_symbol");
    cr_expect_eq(facts->abi_major, 0u);
}

Test(elf, accepts_a_plugin_without_a_note)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("no_note");
    for (guint i = 0; i < G_N_ELEMENTS(readers); i++) {
        g_autoptr(SpElfFacts) facts = read_bytes(readers[i], bytes, NULL);
        cr_assert_not_null(facts);
        cr_expect_not(facts->has_note);
        cr_expect_null(facts->id);
    }
}

Test(elf, reads_a_plugin_with_the_old_hash_table)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("old_hash");
    g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read, bytes, NULL);
    cr_assert_not_null(facts);
    cr_expect_eq(facts->symbol_size, sizeof(struct sp_extension_vtable));
}

Test(elf, needs_no_section_headers)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("good");
    header_of(bytes)->e_shoff = 0;
    header_of(bytes)->e_shnum = 0;
    header_of(bytes)->e_shstrndx = 0;
    g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read, bytes, NULL);
    cr_assert_not_null(facts);
    cr_expect_str_eq(facts->id, "good");
}

Test(elf, finds_a_note_beyond_the_first_page)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("good");
    ElfW(Phdr) note = *segment_of(bytes, PT_NOTE);
    guint8 *copy = g_memdup2(bytes->data + note.p_offset, note.p_filesz);
    memset(bytes->data + note.p_offset, 0, note.p_filesz);
    g_byte_array_set_size(bytes, (bytes->len + 7) / 8 * 8);
    segment_of(bytes, PT_NOTE)->p_offset = bytes->len;
    g_byte_array_append(bytes, copy, (guint)note.p_filesz);
    g_free(copy);
    g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read_note, bytes, NULL);
    cr_assert_not_null(facts);
    cr_expect_str_eq(facts->id, "good");
}

static const Row refused_fixtures[] = {
    {"no_symbol", SP_ERROR_NO_SYMBOL},
    {"symbol_is_function", SP_ERROR_NO_SYMBOL},
    {"symbol_is_hidden", SP_ERROR_NO_SYMBOL},
    {"symbol_is_undefined", SP_ERROR_NO_SYMBOL},
    {"abi_major_2", SP_ERROR_ABI_MAJOR},
    {"abi_min_minor_9", SP_ERROR_ABI_MINOR},
    {"struct_size_too_small", SP_ERROR_ABI_SIZE},
    {"struct_size_beyond_symbol", SP_ERROR_ABI_SIZE},
    {"unknown_feature", SP_ERROR_ABI_FEATURE},
    {"unknown_flag", SP_ERROR_ABI_FEATURE},
    {"note_mismatch_abi", SP_ERROR_NOTE_MISMATCH},
    {"note_is_not_json", SP_ERROR_NOTE},
    {"two_notes", SP_ERROR_NOTE},
};

Test(elf, refuses_what_the_host_could_not_use)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused_fixtures); i++) {
        g_autoptr(GByteArray) bytes = sp_test_fixture(refused_fixtures[i].fixture);
        assert_refused(sp_elf_read, bytes, refused_fixtures[i].code, refused_fixtures[i].fixture);
    }
}

Test(elf, names_both_sides_of_an_abi_that_does_not_fit)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("abi_major_2");
    g_autoptr(GError) error = NULL;
    cr_assert_null(read_bytes(sp_elf_read, bytes, &error));
    cr_expect_not_null(strstr(sp_error_detail(error), "ABI 2.1"));
    cr_expect_not_null(strstr(sp_error_detail(error), "ABI 1.1"));
}

Test(elf, refuses_another_machine_class_and_byte_order)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GByteArray) bytes = sp_test_fixture("good");
        if (i == 0)
            header_of(bytes)->e_machine = EM_SPARC;
        else
            bytes->data[i == 1 ? EI_CLASS : EI_DATA] ^= 3; /* 1 and 2 change places */
        for (guint reader = 0; reader < G_N_ELEMENTS(readers); reader++)
            assert_refused(readers[reader], bytes, SP_ERROR_ARCHITECTURE, "another machine");
    }
}

Test(elf, refuses_text_empty_and_other_elf_types)
{
    g_autoptr(GByteArray) empty = g_byte_array_new();
    assert_refused(sp_elf_read, empty, SP_ERROR_ELF, "empty");
    g_autoptr(GByteArray) text = g_byte_array_new();
    for (guint i = 0; i < 100; i++)
        g_byte_array_append(text, (const guint8 *)"no elf ", 7);
    assert_refused(sp_elf_read, text, SP_ERROR_ELF, "text");
    g_autoptr(GByteArray) object = sp_test_fixture("good");
    header_of(object)->e_type = ET_REL;
    assert_refused(sp_elf_read, object, SP_ERROR_ELF, "object file");
}

Test(elf, refuses_headers_that_point_beyond_the_file)
{
    for (guint i = 0; i < 6; i++) {
        g_autoptr(GByteArray) bytes = sp_test_fixture("good");
        ElfW(Ehdr) *header = header_of(bytes);
        ElfW(Phdr) *load = segment_of(bytes, PT_LOAD);
        ElfW(Off) * offsets[] = {&header->e_phoff,
                                 &header->e_shoff,
                                 &load->p_offset,
                                 &load->p_filesz,
                                 &segment_of(bytes, PT_NOTE)->p_offset,
                                 &segment_of(bytes, PT_DYNAMIC)->p_filesz};
        *offsets[i] = G_MAXUINT64 - 8;
        for (guint reader = 0; reader < G_N_ELEMENTS(readers); reader++)
            assert_refused(readers[reader], bytes, SP_ERROR_ELF, "an offset beyond the file");
    }
}

Test(elf, refuses_a_plugin_cut_short_at_any_byte, .timeout = 300)
{
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    sp_autofd int fd = open_bytes(good->data, good->len);
    for (gsize length = good->len; length-- > 0;) {
        cr_assert_eq(ftruncate(fd, (off_t)length), 0);
        for (guint reader = 0; reader < G_N_ELEMENTS(readers); reader++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(SpElfFacts) facts = readers[reader](fd, &error);
            cr_assert(facts == NULL && g_error_matches(error, SP_ERROR, SP_ERROR_ELF), "cut at %zu",
                      length);
        }
    }
}

Test(elf, survives_random_damage, .timeout = 300)
{
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    g_autoptr(GRand) random = g_rand_new_with_seed(20240229);
    for (guint i = 0; i < 20000; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_byte_array_append(bytes, good->data, good->len);
        for (gint flips = g_rand_int_range(random, 1, 5); flips > 0; flips--)
            bytes->data[g_rand_int_range(random, 0, 1024)] ^=
                (guint8)(1u << g_rand_int_range(random, 0, 8));
        g_autoptr(GError) error = NULL;
        g_autoptr(SpElfFacts) facts = read_bytes(readers[i % 2], bytes, &error);
        cr_assert_neq(facts == NULL, error == NULL);
        cr_assert(error == NULL || error->domain == SP_ERROR);
    }
}

Test(elf, survives_random_damage_to_the_dynamic_segment, .timeout = 300)
{
    g_autoptr(GByteArray) good = sp_test_fixture("good");
    ElfW(Phdr) dynamic = *segment_of(good, PT_DYNAMIC);
    g_autoptr(GRand) random = g_rand_new_with_seed(17);
    for (guint i = 0; i < 5000; i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_byte_array_append(bytes, good->data, good->len);
        bytes->data[dynamic.p_offset + (guint)g_rand_int_range(random, 0, (gint)dynamic.p_filesz)] =
            (guint8)g_rand_int_range(random, 0, 256);
        g_autoptr(GError) error = NULL;
        g_autoptr(SpElfFacts) facts = read_bytes(sp_elf_read, bytes, &error);
        cr_assert_neq(facts == NULL, error == NULL);
    }
}
