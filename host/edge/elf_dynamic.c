/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_dynamic.h"

#include <string.h>

#define WORD sizeof(guint32)
#define ADDRESS sizeof(ElfW(Addr))

typedef struct {
    gint64 tag;
    guint index;
} TagRow;

static const TagRow tag_rows[] = {
    {DT_GNU_HASH, SP_DYNAMIC_GNU_HASH},   {DT_VERSYM, SP_DYNAMIC_VERSYM},
    {DT_VERNEED, SP_DYNAMIC_VERNEED},     {DT_VERDEF, SP_DYNAMIC_VERDEF},
    {DT_FLAGS_1, SP_DYNAMIC_FLAGS_1},     {DT_RELACOUNT, SP_DYNAMIC_RELACOUNT},
    {DT_RELCOUNT, SP_DYNAMIC_RELCOUNT},   {DT_FILTER, SP_DYNAMIC_FILTER},
    {DT_AUXILIARY, SP_DYNAMIC_AUXILIARY},
};

/* An address makes no sense without what says how large things are there. */
static const guint tag_pairs[][2] = {
    {DT_STRTAB, DT_STRSZ},
    {DT_RELA, DT_RELASZ},
    {DT_RELASZ, DT_RELAENT},
    {DT_REL, DT_RELSZ},
    {DT_RELSZ, DT_RELENT},
    {DT_RELR, DT_RELRSZ},
    {DT_RELRSZ, DT_RELRENT},
    {DT_JMPREL, DT_PLTRELSZ},
    {DT_PLTRELSZ, DT_PLTREL},
    {DT_INIT_ARRAY, DT_INIT_ARRAYSZ},
    {DT_FINI_ARRAY, DT_FINI_ARRAYSZ},
    {SP_DYNAMIC_VERSYM, DT_SYMTAB},
};

static const guint string_tags[] = {DT_SONAME, DT_RPATH, DT_RUNPATH};
static const guint code_tags[] = {DT_INIT, DT_FINI};
static const guint data_tags[] = {DT_PLTGOT};

static guint
index_of(gint64 tag)
{
    if (tag >= 0 && tag < DT_NUM)
        return (guint)tag;
    for (guint i = 0; i < G_N_ELEMENTS(tag_rows); i++)
        if (tag_rows[i].tag == tag)
            return tag_rows[i].index;
    return SP_DYNAMIC_N;
}

gboolean
sp_elf_is_code(const SpElfImage *image, guint64 address)
{
    const ElfW(Phdr) *segment = sp_elf_image_segment_at(image, address, 1, PF_X);
    return segment != NULL && address - segment->p_vaddr < segment->p_filesz;
}

static const char *
read_entries(SpElfDynamic *dynamic)
{
    const SpElfImage *image = dynamic->image;
    const ElfW(Phdr) *segment = sp_elf_image_find(image, PT_DYNAMIC);
    gsize n = segment != NULL ? segment->p_memsz / sizeof(ElfW(Dyn)) : 0;
    dynamic->entries =
        n > 0 ? sp_elf_image_at(image, segment->p_vaddr, n * sizeof(ElfW(Dyn)), ADDRESS, NULL)
              : NULL;
    if (dynamic->entries == NULL)
        return "It has no dynamic segment.";
    /* The loader writes to a dynamic segment that says it is writable. */
    if ((segment->p_flags & PF_W) != 0 &&
        sp_elf_image_segment_at(image, segment->p_vaddr, segment->p_memsz, PF_W) == NULL)
        return "Its dynamic segment says that it is writable, but lies in read-only memory.";
    for (gsize i = 0; i < n; i++) {
        const ElfW(Dyn) *entry = &dynamic->entries[i];
        if (entry->d_tag == DT_NULL)
            return NULL;
        dynamic->n_entries = i + 1;
        guint index = index_of(entry->d_tag);
        if (index == SP_DYNAMIC_N)
            continue;
        if (index != DT_NEEDED && sp_elf_dynamic_has(dynamic, index))
            return "Its dynamic segment has an entry twice.";
        dynamic->values[index] = entry->d_un.d_val;
        dynamic->present |= G_GUINT64_CONSTANT(1) << index;
    }
    return "Its dynamic segment has no end.";
}

static const char *
judge_kind(const SpElfDynamic *dynamic)
{
    guint64 flags = dynamic->values[SP_DYNAMIC_FLAGS_1];
    if ((flags & DF_1_PIE) != 0)
        return "It is a program, not a shared object.";
    if ((flags & DF_1_NOOPEN) != 0)
        return "It says that it must not be opened with dlopen().";
    if (sp_elf_dynamic_has(dynamic, SP_DYNAMIC_FILTER) ||
        sp_elf_dynamic_has(dynamic, SP_DYNAMIC_AUXILIARY))
        return "It is a filter, which stands for another library.";
    for (guint i = 0; i < G_N_ELEMENTS(tag_pairs); i++)
        if (sp_elf_dynamic_has(dynamic, tag_pairs[i][0]) &&
            !sp_elf_dynamic_has(dynamic, tag_pairs[i][1]))
            return "Its dynamic segment names a table, but not how large it is.";
    return NULL;
}

static const char *
read_strings(SpElfDynamic *dynamic)
{
    dynamic->n_strings = dynamic->values[DT_STRSZ];
    dynamic->strings =
        sp_elf_image_at(dynamic->image, dynamic->values[DT_STRTAB], dynamic->n_strings, 1, NULL);
    if (!sp_elf_dynamic_has(dynamic, DT_STRTAB) || dynamic->strings == NULL ||
        dynamic->n_strings == 0 || dynamic->strings[dynamic->n_strings - 1] != '\0')
        return "Its table of strings is missing, has no end or is not in the file.";
    gboolean fits = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(string_tags); i++)
        fits = fits && dynamic->values[string_tags[i]] < dynamic->n_strings;
    for (gsize i = 0; i < dynamic->n_entries; i++)
        fits = fits && (dynamic->entries[i].d_tag != DT_NEEDED ||
                        dynamic->entries[i].d_un.d_val < dynamic->n_strings);
    return fits ? NULL : "A name in its dynamic segment is not in its table of strings.";
}

/* glibc masks with the number of words of the filter less one, and follows a chain until a word is
 * odd; the table has no count, so the symbols end where the chain of the last bucket does. */
static const char *
count_by_gnu_hash(SpElfDynamic *dynamic, const guint32 *words, guint64 n)
{
    static const char fault[] = "Its GNU hash table contradicts itself.";
    if (n < 4)
        return fault;
    guint64 n_buckets = words[0], first = words[1], n_filter = words[2];
    guint64 buckets = 4 + n_filter * (ADDRESS / WORD);
    guint64 chains = buckets + n_buckets;
    guint64 last = 0;
    if (n_buckets == 0 || n_filter == 0 || (n_filter & (n_filter - 1)) != 0 || chains > n)
        return fault;
    for (guint64 i = buckets; i < chains; i++) {
        if (words[i] != 0 && words[i] < first)
            return fault;
        last = MAX(last, words[i]);
    }
    dynamic->exports_nothing = last == 0;
    guint64 end = last == 0 ? n : chains + (last - first);
    while (end < n && (words[end] & 1) == 0)
        end++;
    dynamic->n_symbols = end < n ? first + (end - chains) + 1 : 0;
    return dynamic->n_symbols > 0 || dynamic->exports_nothing ? NULL : fault;
}

/* A chain that bites its tail would hold the loader for ever; each symbol is in one chain at most.
 */
static const char *
count_by_hash(SpElfDynamic *dynamic, const guint32 *words, guint64 n)
{
    static const char fault[] = "Its hash table contradicts itself.";
    if (n < 2)
        return fault;
    guint64 n_buckets = words[0], n_symbols = words[1];
    if (n_buckets == 0 || n_buckets > n - 2 || n_symbols > n - 2 - n_buckets)
        return fault;
    const guint32 *buckets = words + 2, *chains = words + 2 + n_buckets;
    guint64 steps = 0;
    for (guint64 i = 0; i < n_buckets; i++)
        for (guint64 symbol = buckets[i]; symbol != STN_UNDEF; symbol = chains[symbol])
            if (symbol >= n_symbols || ++steps > n_symbols)
                return fault;
    dynamic->exports_nothing = n_symbols == 0;
    dynamic->n_symbols = n_symbols;
    return NULL;
}

static const char *
judge_symbols(SpElfDynamic *dynamic)
{
    for (guint64 i = 0; i < dynamic->n_symbols; i++) {
        const ElfW(Sym) *symbol = &dynamic->symbols[i];
        guint type = ELF64_ST_TYPE(symbol->st_info);
        if (symbol->st_name >= dynamic->n_strings)
            return "The name of a symbol is not in its table of strings.";
        if (symbol->st_shndx == SHN_UNDEF)
            continue;
        if ((type == STT_FUNC || type == STT_GNU_IFUNC) &&
            !sp_elf_is_code(dynamic->image, symbol->st_value))
            return "A function of it is not in its code.";
        if (type == STT_TLS && sp_elf_image_find(dynamic->image, PT_TLS) == NULL)
            return "It has a thread-local symbol, but no thread-local storage.";
        dynamic->has_ifunc = dynamic->has_ifunc || type == STT_GNU_IFUNC;
    }
    return NULL;
}

static const char *
read_symbols(SpElfDynamic *dynamic)
{
    gboolean is_gnu = sp_elf_dynamic_has(dynamic, SP_DYNAMIC_GNU_HASH);
    gsize length = 0;
    const guint32 *words =
        sp_elf_image_at(dynamic->image, dynamic->values[is_gnu ? SP_DYNAMIC_GNU_HASH : DT_HASH],
                        WORD, is_gnu ? ADDRESS : WORD, &length);
    if (words == NULL || (!is_gnu && !sp_elf_dynamic_has(dynamic, DT_HASH)))
        return "Its hash table is missing or not in the file.";
    const char *fault = (is_gnu ? count_by_gnu_hash : count_by_hash)(dynamic, words, length / WORD);
    if (fault != NULL || dynamic->exports_nothing)
        return fault;
    dynamic->symbols = sp_elf_image_at(dynamic->image, dynamic->values[DT_SYMTAB],
                                       dynamic->n_symbols * sizeof(ElfW(Sym)), ADDRESS, NULL);
    if (!sp_elf_dynamic_has(dynamic, DT_SYMTAB) || dynamic->symbols == NULL ||
        (sp_elf_dynamic_has(dynamic, DT_SYMENT) && dynamic->values[DT_SYMENT] != sizeof(ElfW(Sym))))
        return "Its symbols are missing, not in the file or of another size.";
    return judge_symbols(dynamic);
}

static const char *
judge_code(const SpElfDynamic *dynamic)
{
    for (guint i = 0; i < G_N_ELEMENTS(code_tags); i++)
        if (sp_elf_dynamic_has(dynamic, code_tags[i]) &&
            !sp_elf_is_code(dynamic->image, dynamic->values[code_tags[i]]))
            return "Its constructor or destructor is not in its code.";
    for (guint i = 0; i < G_N_ELEMENTS(data_tags); i++)
        if (sp_elf_dynamic_has(dynamic, data_tags[i]) &&
            sp_elf_image_segment_at(dynamic->image, dynamic->values[data_tags[i]], 0, PF_R) == NULL)
            return "Its global offset table is not in memory.";
    return NULL;
}

gboolean
sp_elf_dynamic_read(SpElfDynamic *dynamic, const SpElfImage *image, GError **error)
{
    *dynamic = (SpElfDynamic){.image = image};
    const char *fault = read_entries(dynamic);
    if (fault == NULL)
        fault = judge_kind(dynamic);
    if (fault == NULL)
        fault = read_strings(dynamic);
    if (fault == NULL)
        fault = read_symbols(dynamic);
    if (fault == NULL)
        fault = judge_code(dynamic);
    return fault == NULL || sp_elf_malformed(error, fault);
}
