/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_dynamic.h"

#define ADDRESS sizeof(ElfW(Addr))

typedef enum {
    ANY,      /* writes a number or an address */
    RELATIVE, /* the address of the file in memory, plus a number */
    SYMBOLIC, /* the address of a symbol */
    RESOLVER, /* calls code of the file */
    LOCAL,    /* about thread-local storage */
    NOTHING,
} Kind;

typedef struct {
    guint type;
    Kind kind;
    guint8 width; /* bytes that it writes */
} TypeRow;

/* Those that glibc's dynamic linker performs for a shared object (sysdeps/MACHINE/dl-machine.h). A
 * machine without rows has its targets checked, but not its types. */
static const TypeRow type_rows[] = {
#if defined(__x86_64__)
    {R_X86_64_RELATIVE, RELATIVE, 8},  {R_X86_64_64, SYMBOLIC, 8},
    {R_X86_64_GLOB_DAT, SYMBOLIC, 8},  {R_X86_64_JUMP_SLOT, SYMBOLIC, 8},
    {R_X86_64_DTPMOD64, LOCAL, 8},     {R_X86_64_DTPOFF64, LOCAL, 8},
    {R_X86_64_TPOFF64, LOCAL, 8},      {R_X86_64_TLSDESC, LOCAL, 16},
    {R_X86_64_IRELATIVE, RESOLVER, 8}, {R_X86_64_SIZE64, ANY, 8},
    {R_X86_64_SIZE32, ANY, 4},         {R_X86_64_32, ANY, 4},
    {R_X86_64_PC32, ANY, 4},           {R_X86_64_NONE, NOTHING, 0},
#elif defined(__aarch64__)
    {R_AARCH64_RELATIVE, RELATIVE, 8},
    {R_AARCH64_ABS64, SYMBOLIC, 8},
    {R_AARCH64_GLOB_DAT, SYMBOLIC, 8},
    {R_AARCH64_JUMP_SLOT, SYMBOLIC, 8},
    {R_AARCH64_TLS_DTPMOD, LOCAL, 8},
    {R_AARCH64_TLS_DTPREL, LOCAL, 8},
    {R_AARCH64_TLS_TPREL, LOCAL, 8},
    {R_AARCH64_TLSDESC, LOCAL, 16},
    {R_AARCH64_IRELATIVE, RESOLVER, 8},
    {R_AARCH64_NONE, NOTHING, 0},
#elif defined(__riscv) && __riscv_xlen == 64
    {R_RISCV_RELATIVE, RELATIVE, 8},  {R_RISCV_64, SYMBOLIC, 8},
    {R_RISCV_JUMP_SLOT, SYMBOLIC, 8}, {R_RISCV_TLS_DTPMOD64, LOCAL, 8},
    {R_RISCV_TLS_DTPREL64, LOCAL, 8}, {R_RISCV_TLS_TPREL64, LOCAL, 8},
    {R_RISCV_IRELATIVE, RESOLVER, 8}, {R_RISCV_NONE, NOTHING, 0},
#endif
    {G_MAXUINT, NOTHING, 0}, /* no type; a table may not be empty */
};

#if defined(__i386__) || defined(__arm__)
#define NATIVE_TABLE DT_REL
#define FOREIGN_TABLE DT_RELA
#define COUNT_TAG SP_DYNAMIC_RELCOUNT
typedef ElfW(Rel) Relocation;
#else
#define NATIVE_TABLE DT_RELA
#define FOREIGN_TABLE DT_REL
#define COUNT_TAG SP_DYNAMIC_RELACOUNT
typedef ElfW(Rela) Relocation;
#endif
#define SIZE_TAG (NATIVE_TABLE + 1) /* the ELF specification puts size and item size there */
#define ITEM_TAG (NATIVE_TABLE + 2)

#if __ELF_NATIVE_CLASS == 64
#define TYPE_OF(info) ((guint)ELF64_R_TYPE(info))
#define SYMBOL_OF(info) ELF64_R_SYM(info)
#else
#define TYPE_OF(info) ((guint)ELF32_R_TYPE(info))
#define SYMBOL_OF(info) ELF32_R_SYM(info)
#endif

/* Pointers to code: the loader calls each of them once it has relocated them. */
typedef struct {
    guint64 start;
    gsize n;
    gsize n_relocated;
    guint8 *is_relocated; /* owned */
} Slots;

typedef struct {
    SpElfDynamic *dynamic;
    const ElfW(Phdr) * data; /* where the last target was: the next is most often there too */
    Slots slots[2];
    gboolean has_thread_local;
} Walk;

static const char *
find_slots(const SpElfDynamic *dynamic, guint tag, guint size_tag, Slots *slots)
{
    guint64 size = dynamic->values[size_tag];
    if (!sp_elf_dynamic_has(dynamic, tag) || size == 0)
        return NULL;
    if (size % ADDRESS != 0 ||
        sp_elf_image_at(dynamic->image, dynamic->values[tag], size, ADDRESS, NULL) == NULL)
        return "Its table of constructors or destructors is not in the file.";
    slots->start = dynamic->values[tag];
    slots->n = size / ADDRESS;
    slots->is_relocated = g_malloc0(slots->n);
    return NULL;
}

static gboolean
is_target(Walk *walk, guint64 address, guint64 width)
{
    const ElfW(Phdr) *data = walk->data;
    if (data == NULL || address < data->p_vaddr || address - data->p_vaddr >= data->p_memsz ||
        width > data->p_memsz - (address - data->p_vaddr))
        walk->data = sp_elf_image_segment_at(walk->dynamic->image, address, width, PF_R | PF_W);
    return walk->data != NULL;
}

static guint64
content_at(const Walk *walk, guint64 address)
{
    const ElfW(Addr) *word = sp_elf_image_at(walk->dynamic->image, address, ADDRESS, ADDRESS, NULL);
    return word != NULL ? *word : 0;
}

/* @is_code: whether what gets written at @address is an address of code */
static gboolean
note_slot(Walk *walk, guint64 address, gboolean is_code)
{
    for (guint i = 0; i < G_N_ELEMENTS(walk->slots); i++) {
        Slots *slots = &walk->slots[i];
        guint64 index = (address - slots->start) / ADDRESS;
        if (address < slots->start || index >= slots->n)
            continue;
        if (!is_code || address % ADDRESS != 0 || slots->is_relocated[index])
            return FALSE;
        slots->is_relocated[index] = 1;
        slots->n_relocated++;
    }
    return TRUE;
}

static gboolean
is_slot(const Walk *walk, guint64 address)
{
    for (guint i = 0; i < G_N_ELEMENTS(walk->slots); i++)
        if (address >= walk->slots[i].start &&
            (address - walk->slots[i].start) / ADDRESS < walk->slots[i].n)
            return TRUE;
    return FALSE;
}

static const TypeRow *
row_of(guint type)
{
    static const TypeRow unknown_machine = {G_MAXUINT, ANY, ADDRESS};
    for (guint i = 0; i < G_N_ELEMENTS(type_rows); i++)
        if (type_rows[i].type == type)
            return &type_rows[i];
    return G_N_ELEMENTS(type_rows) == 1 ? &unknown_machine : NULL;
}

static guint64
addend_of(const Walk *walk, const Relocation *relocation)
{
#if NATIVE_TABLE == DT_RELA
    return (guint64)relocation->r_addend;
#else
    return content_at(walk, relocation->r_offset);
#endif
}

static gboolean
leads_to_code(const Walk *walk, const Relocation *relocation, Kind kind)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    guint64 addend = addend_of(walk, relocation);
    if (kind == RELATIVE || kind == RESOLVER)
        return sp_elf_is_code(dynamic->image, addend);
    const ElfW(Sym) *symbol = &dynamic->symbols[SYMBOL_OF(relocation->r_info)];
    return kind != SYMBOLIC || symbol->st_shndx == SHN_UNDEF ||
           sp_elf_is_code(dynamic->image, symbol->st_value + addend);
}

static const char *
judge_relocation(Walk *walk, const Relocation *relocation)
{
    SpElfDynamic *dynamic = walk->dynamic;
    const TypeRow *row = row_of(TYPE_OF(relocation->r_info));
    if (row == NULL)
        return "It has a relocation of a type that the loader does not know.";
    if (row->kind == NOTHING)
        return NULL;
    guint64 symbol = SYMBOL_OF(relocation->r_info);
    if (symbol >= dynamic->n_symbols)
        return "A relocation of it is about a symbol that it does not have.";
    if (!is_target(walk, relocation->r_offset, row->width))
        return "A relocation of it would write outside of its data.";
    if (row->kind == LOCAL && symbol == STN_UNDEF && !walk->has_thread_local)
        return "A relocation of it is about thread-local storage, which it does not have.";
    if (row->kind == RESOLVER && !leads_to_code(walk, relocation, RESOLVER))
        return "A resolver of it is not in its code.";
    dynamic->has_ifunc = dynamic->has_ifunc || row->kind == RESOLVER;
    if (is_slot(walk, relocation->r_offset) &&
        !note_slot(walk, relocation->r_offset, leads_to_code(walk, relocation, row->kind)))
        return "A constructor or destructor of it is not in its code.";
    return NULL;
}

/* @n_relative: as many at the beginning have to be relative; glibc asserts it */
static const char *
judge_table(Walk *walk, guint tag, guint64 size, guint64 n_relative)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    if (!sp_elf_dynamic_has(dynamic, tag) || size == 0)
        return NULL;
    const Relocation *relocations =
        sp_elf_image_at(dynamic->image, dynamic->values[tag], size, ADDRESS, NULL);
    gsize n = size / sizeof *relocations;
    if (relocations == NULL || size % sizeof *relocations != 0 || n_relative > n)
        return "Its relocations are not in the file, or of another number.";
    for (gsize i = 0; i < n; i++) {
        const TypeRow *row = i < n_relative ? row_of(TYPE_OF(relocations[i].r_info)) : NULL;
        if (row != NULL && row->type != G_MAXUINT && row->kind != RELATIVE)
            return "It says that it has more relative relocations than there are.";
        const char *fault = judge_relocation(walk, &relocations[i]);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static gboolean
judge_packed_target(Walk *walk, guint64 address)
{
    return is_target(walk, address, ADDRESS) &&
           (!is_slot(walk, address) ||
            note_slot(walk, address,
                      sp_elf_is_code(walk->dynamic->image, content_at(walk, address))));
}

/* Relative relocations, packed: an even entry is an address, an odd one a bitmap of the addresses
 * that follow (generic ELF specification, DT_RELR). */
static const char *
judge_packed(Walk *walk)
{
    const SpElfDynamic *dynamic = walk->dynamic;
    guint64 size = dynamic->values[DT_RELRSZ];
    if (!sp_elf_dynamic_has(dynamic, DT_RELR) || size == 0)
        return NULL;
    const ElfW(Addr) *entries =
        sp_elf_image_at(dynamic->image, dynamic->values[DT_RELR], size, ADDRESS, NULL);
    if (entries == NULL || size % ADDRESS != 0 || (entries[0] & 1) != 0)
        return "Its packed relocations are not in the file, or begin in the middle.";
    guint64 next = 0;
    gboolean fits = TRUE;
    for (gsize i = 0; fits && i < size / ADDRESS; i++) {
        gboolean is_address = (entries[i] & 1) == 0;
        if (is_address) {
            fits = judge_packed_target(walk, entries[i]);
            next = entries[i] + ADDRESS;
            continue;
        }
        guint64 at = next;
        for (ElfW(Addr) bits = entries[i] >> 1; fits && bits != 0; bits >>= 1, at += ADDRESS)
            fits = (bits & 1) == 0 || judge_packed_target(walk, at);
        next += (ADDRESS * 8 - 1) * ADDRESS;
    }
    return fits ? NULL : "A packed relocation of it would write outside of its data.";
}

static const char *
judge_items(const SpElfDynamic *dynamic)
{
    if (sp_elf_dynamic_has(dynamic, FOREIGN_TABLE))
        return "Its relocations have the form of another machine.";
    if ((sp_elf_dynamic_has(dynamic, NATIVE_TABLE) &&
         dynamic->values[ITEM_TAG] != sizeof(Relocation)) ||
        (sp_elf_dynamic_has(dynamic, DT_RELR) && dynamic->values[DT_RELRENT] != ADDRESS) ||
        (sp_elf_dynamic_has(dynamic, DT_PLTREL) && dynamic->values[DT_PLTREL] != NATIVE_TABLE))
        return "Its relocations have another size or form than this machine's.";
    return NULL;
}

static const char *
judge_slots(const Walk *walk)
{
    for (guint i = 0; i < G_N_ELEMENTS(walk->slots); i++)
        if (walk->slots[i].n_relocated != walk->slots[i].n)
            return "A constructor or destructor of it is not relocated.";
    return NULL;
}

static const char *
judge_all(Walk *walk)
{
    const guint64 *values = walk->dynamic->values;
    const char *fault = judge_items(walk->dynamic);
    if (fault == NULL)
        fault = find_slots(walk->dynamic, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, &walk->slots[0]);
    if (fault == NULL)
        fault = find_slots(walk->dynamic, DT_FINI_ARRAY, DT_FINI_ARRAYSZ, &walk->slots[1]);
    if (fault == NULL)
        fault = judge_table(walk, NATIVE_TABLE, values[SIZE_TAG], values[COUNT_TAG]);
    if (fault == NULL)
        fault = judge_table(walk, DT_JMPREL, values[DT_PLTRELSZ], 0);
    if (fault == NULL)
        fault = judge_packed(walk);
    return fault != NULL ? fault : judge_slots(walk);
}

gboolean
sp_elf_relocations_check(SpElfDynamic *dynamic, GError **error)
{
    Walk walk = {.dynamic = dynamic,
                 .has_thread_local = sp_elf_image_find(dynamic->image, PT_TLS) != NULL};
    const char *fault = judge_all(&walk);
    dynamic->n_constructors = (guint)walk.slots[0].n;
    for (guint i = 0; i < G_N_ELEMENTS(walk.slots); i++)
        g_free(walk.slots[i].is_relocated);
    return fault == NULL || sp_elf_malformed(error, fault);
}
