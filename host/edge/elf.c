/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf.h"

#include "base/abi.h"
#include "base/error.h"
#include "edge/elf_check.h"
#include "edge/elf_dynamic.h"
#include "edge/note.h"

#include <string.h>

#define BUILD_ID_MAX 64u

static void
read_build_id(const guint8 *bytes, gsize length, SpElfFacts *facts)
{
    static const char digits[] = "0123456789abcdef";
    if (facts->build_id != NULL || length > BUILD_ID_MAX)
        return;
    facts->build_id = g_malloc(length * 2 + 1);
    for (gsize i = 0; i < length; i++) {
        facts->build_id[i * 2] = digits[bytes[i] >> 4];
        facts->build_id[i * 2 + 1] = digits[bytes[i] & 15];
    }
    facts->build_id[length * 2] = '\0';
}

static gboolean
read_ours(const guint8 *bytes, gsize length, SpElfFacts *facts, GError **error)
{
    if (facts->has_note)
        return sp_error_set(error, SP_ERROR_NOTE, "One file holds one extension.", NULL,
                            "the plugin has more than one note");
    return sp_note_parse((const char *)bytes, length, facts, error);
}

static gboolean
is_of(const ElfW(Nhdr) * note, const guint8 *name, guint type, const char *owner)
{
    gsize size = strlen(owner) + 1;
    return note->n_type == type && note->n_namesz == size && memcmp(name, owner, size) == 0;
}

/* glibc reads what it takes for properties without looking where the segment ends. */
static gboolean
read_note_segment(const SpElfImage *image, const ElfW(Phdr) * segment, SpElfFacts *facts,
                  GError **error)
{
    const guint8 *bytes = image->bytes + segment->p_offset;
    gsize length = segment->p_filesz;
    gsize alignment = segment->p_align == 8 ? 8 : 4;
    ElfW(Nhdr) note;
    for (gsize at = 0; at + sizeof note <= length;) {
        memcpy(&note, bytes + at, sizeof note);
        gsize name = at + sizeof note;
        gsize content = (name + note.n_namesz + alignment - 1) / alignment * alignment;
        if (content > length || note.n_descsz > length - content)
            return sp_elf_malformed(error, "A note of it is larger than its segment.");
        if (is_of(&note, bytes + name, SP_NOTE_TYPE, SP_NOTE_OWNER) &&
            !read_ours(bytes + content, note.n_descsz, facts, error))
            return FALSE;
        if (is_of(&note, bytes + name, NT_GNU_BUILD_ID, ELF_NOTE_GNU))
            read_build_id(bytes + content, note.n_descsz, facts);
        at = (content + note.n_descsz + alignment - 1) / alignment * alignment;
    }
    return TRUE;
}

static gboolean
read_notes(const SpElfImage *image, SpElfFacts *facts, GError **error)
{
    for (guint i = 0; i < image->n_segments; i++) {
        const ElfW(Phdr) *segment = &image->segments[i];
        if (segment->p_type == PT_NOTE && segment->p_filesz > 0 &&
            !read_note_segment(image, segment, facts, error))
            return FALSE;
    }
    return TRUE;
}

static const char *
name_of(const SpElfDynamic *dynamic, const ElfW(Sym) * symbol)
{
    return dynamic->strings + symbol->st_name;
}

static const ElfW(Sym) * find_symbol(const SpElfDynamic *dynamic)
{
    for (guint64 i = 0; i < dynamic->n_symbols; i++)
        if (strcmp(name_of(dynamic, &dynamic->symbols[i]), SP_EXTENSION_SYMBOL) == 0)
            return &dynamic->symbols[i];
    return NULL;
}

static gboolean
is_hidden(const ElfW(Sym) * symbol)
{
    guint visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    return ELF64_ST_BIND(symbol->st_info) == STB_LOCAL || visibility == STV_HIDDEN ||
           visibility == STV_INTERNAL;
}

static gboolean
is_defined(const ElfW(Sym) * symbol)
{
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS;
}

static gboolean
check_symbol(const ElfW(Sym) * symbol, GError **error)
{
    const char *detail = NULL;
    if (symbol == NULL)
        detail = "Its dynamic symbol table has no such entry.";
    else if (!is_defined(symbol))
        detail = "It refers to the symbol, but does not define it.";
    else if (ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
        detail = "The symbol is a function or something else, not a data object.";
    else if (is_hidden(symbol))
        detail = "The symbol is hidden.";
    if (detail == NULL)
        return TRUE;
    return sp_error_set(error, SP_ERROR_NO_SYMBOL, detail,
                        "If it is a plugin, define the symbol with SP_EXTENSION().",
                        "the file exports no object " SP_EXTENSION_SYMBOL);
}

static gboolean
read_symbol(const SpElfDynamic *dynamic, SpElfFacts *facts, GError **error)
{
    const ElfW(Sym) *symbol = find_symbol(dynamic);
    if (!check_symbol(symbol, error))
        return FALSE;
    const void *bytes =
        sp_elf_image_at(dynamic->image, symbol->st_value, SP_ABI_HEAD_SIZE, 1, NULL);
    if (bytes == NULL ||
        sp_elf_image_segment_at(dynamic->image, symbol->st_value, symbol->st_size, PF_R) == NULL)
        return sp_elf_malformed(error,
                                "The data of " SP_EXTENSION_SYMBOL " does not stand in the file.");
    struct sp_extension_vtable head = {0};
    memcpy(&head, bytes, SP_ABI_HEAD_SIZE);
    facts->abi_major = head.abi_major;
    facts->abi_minor = head.abi_minor;
    facts->abi_min_minor = head.abi_min_minor;
    facts->struct_size = head.struct_size;
    facts->symbol_size = symbol->st_size;
    return sp_abi_check(&head, symbol->st_size, error);
}

static gpointer
end_of_names(GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    return g_ptr_array_free(names, FALSE);
}

static char **
list_needed(const SpElfDynamic *dynamic)
{
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < dynamic->n_entries; i++)
        if (dynamic->entries[i].d_tag == DT_NEEDED)
            g_ptr_array_add(
                names, g_utf8_make_valid(dynamic->strings + dynamic->entries[i].d_un.d_val, -1));
    return end_of_names(names);
}

static char **
list_exports(const SpElfDynamic *dynamic)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint64 i = 0; i < dynamic->n_symbols; i++) {
        const ElfW(Sym) *symbol = &dynamic->symbols[i];
        if (is_defined(symbol) && !is_hidden(symbol) &&
            strcmp(name_of(dynamic, symbol), SP_EXTENSION_SYMBOL) != 0)
            g_ptr_array_add(names, g_utf8_make_valid(name_of(dynamic, symbol), -1));
    }
    return end_of_names(names);
}

static void
read_facts(const SpElfDynamic *dynamic, SpElfFacts *facts)
{
    const char *runpath = sp_elf_dynamic_string(dynamic, DT_RUNPATH);
    facts->needed = list_needed(dynamic);
    facts->exports = list_exports(dynamic);
    facts->runpath = runpath != NULL ? g_utf8_make_valid(runpath, -1) : NULL;
    facts->has_relro = sp_elf_image_find(dynamic->image, PT_GNU_RELRO) != NULL;
    facts->is_bind_now = sp_elf_dynamic_has(dynamic, DT_BIND_NOW) ||
                         (dynamic->values[DT_FLAGS] & DF_BIND_NOW) != 0 ||
                         (dynamic->values[SP_DYNAMIC_FLAGS_1] & DF_1_NOW) != 0;
    facts->has_ifunc = dynamic->has_ifunc;
    facts->n_constructors = dynamic->n_constructors;
    if (dynamic->glibc_major != 0)
        facts->glibc = g_strdup_printf("%u.%u", dynamic->glibc_major, dynamic->glibc_minor);
}

static gboolean
check_note(const SpElfFacts *facts, GError **error)
{
    if (!facts->has_note ||
        (facts->note_major == facts->abi_major && facts->note_minor == facts->abi_minor &&
         facts->note_min_minor == facts->abi_min_minor))
        return TRUE;
    g_autofree char *detail = g_strdup_printf(
        "The note says ABI %u.%u, at least %u.%u; the vtable says %u.%u, at least %u.%u.",
        facts->note_major, facts->note_minor, facts->note_major, facts->note_min_minor,
        facts->abi_major, facts->abi_minor, facts->abi_major, facts->abi_min_minor);
    return sp_error_set(error, SP_ERROR_NOTE_MISMATCH, detail,
                        "Define both with SP_EXTENSION(), from one build.",
                        "note and vtable of the plugin name different ABIs");
}

/* Relocations come last: those of code are no fault of structure, so where there are any they must
 * not be judged as if there were none. */
static gboolean
check_structure(const SpElfImage *image, SpElfDynamic *dynamic, SpFindings *findings,
                GError **error)
{
    if (!sp_elf_image_check(image, error) || !sp_elf_dynamic_read(dynamic, image, error))
        return FALSE;
    if (dynamic->exports_nothing)
        return TRUE;
    sp_elf_check_dynamic(dynamic, findings);
    return sp_findings_refusals(findings)->len > 0 ||
           (sp_elf_relocations_check(dynamic, error) && sp_elf_versions_check(dynamic, error));
}

static gboolean
check_image(const SpElfImage *image, SpElfDynamic *dynamic, GError **error)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    GError *fault = NULL;
    sp_elf_check_segments(image, findings);
    if (!check_structure(image, dynamic, findings, &fault))
        sp_findings_refuse(findings, fault);
    GError *refusal = sp_findings_join(findings);
    if (refusal == NULL)
        return TRUE;
    g_propagate_error(error, refusal);
    return FALSE;
}

SpElfFacts *
sp_elf_read_note(int fd, GError **error)
{
    g_autoptr(SpElfImage) image = sp_elf_image_open(fd, SP_ELF_NOTES, error);
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    if (image == NULL || !read_notes(image, facts, error))
        return NULL;
    return g_steal_pointer(&facts);
}

SpElfFacts *
sp_elf_read(int fd, GError **error)
{
    g_autoptr(SpElfImage) image = sp_elf_image_open(fd, SP_ELF_LOADED, error);
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    SpElfDynamic dynamic;
    if (image == NULL || !check_image(image, &dynamic, error) || !read_notes(image, facts, error) ||
        !read_symbol(&dynamic, facts, error) || !check_note(facts, error))
        return NULL;
    read_facts(&dynamic, facts);
    return g_steal_pointer(&facts);
}

void
sp_elf_facts_free(SpElfFacts *facts)
{
    if (facts == NULL)
        return;
    g_free(facts->id);
    g_free(facts->name);
    g_free(facts->version);
    g_free(facts->build_id);
    g_strfreev(facts->needed);
    g_strfreev(facts->exports);
    g_free(facts->runpath);
    g_free(facts->glibc);
    g_free(facts);
}
