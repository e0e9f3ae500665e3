/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The dynamic segment of a plugin, and the tables that it points to: all that glibc follows without
 * looking when it maps a file. */
#pragma once

#include "edge/elf_image.h"

/* Tags of the operating system's range, behind the generic ones (0 to DT_NUM - 1). */
enum {
    SP_DYNAMIC_GNU_HASH = DT_NUM,
    SP_DYNAMIC_VERSYM,
    SP_DYNAMIC_VERNEED,
    SP_DYNAMIC_VERDEF,
    SP_DYNAMIC_FLAGS_1,
    SP_DYNAMIC_RELACOUNT,
    SP_DYNAMIC_RELCOUNT,
    SP_DYNAMIC_FILTER,
    SP_DYNAMIC_AUXILIARY,
    SP_DYNAMIC_N,
};
G_STATIC_ASSERT(SP_DYNAMIC_N <= 64);

/** Points into its image. */
typedef struct {
    const SpElfImage *image;
    const ElfW(Dyn) * entries;
    gsize n_entries; /* without DT_NULL */
    guint64 values[SP_DYNAMIC_N];
    guint64 present; /* a bit for each of them */
    const char *strings;
    gsize n_strings;
    const ElfW(Sym) * symbols;
    guint64 n_symbols;
    gboolean exports_nothing; /* then n_symbols is 0: no table tells how many there are */
    guint n_constructors;
    gboolean has_ifunc;
    guint glibc_major, glibc_minor; /* the newest GLIBC_ version that it needs; 0 without */
} SpElfDynamic;

/**
 * Reads a dynamic segment: terminated, no tag twice but DT_NEEDED; strings inside DT_STRTAB; hash
 * table, symbols, constructors and destructors inside the file; functions in code. Then come
 * sp_elf_relocations_check() and sp_elf_versions_check(), unless it exports nothing. @image: passed
 * sp_elf_image_check() Errors: SP_ERROR_ELF_MALFORMED
 */
gboolean sp_elf_dynamic_read(SpElfDynamic *dynamic, const SpElfImage *image, GError **error);

static inline gboolean
sp_elf_dynamic_has(const SpElfDynamic *dynamic, guint tag)
{
    return (dynamic->present >> tag & 1) != 0;
}

/** (nullable): the string that a tag names. */
static inline const char *
sp_elf_dynamic_string(const SpElfDynamic *dynamic, guint tag)
{
    return sp_elf_dynamic_has(dynamic, tag) ? dynamic->strings + dynamic->values[tag] : NULL;
}

/** Whether machine code of the file stands at @address. */
gboolean sp_elf_is_code(const SpElfImage *image, guint64 address);

/**
 * Every target aligned in writable data, every type one that this machine's dynamic linker has,
 * every symbol in its table; the leading DT_RELACOUNT ones relative (glibc asserts it); each
 * constructor and destructor relocated to code. Sets has_ifunc. Errors: SP_ERROR_ELF_MALFORMED.
 */
gboolean sp_elf_relocations_check(SpElfDynamic *dynamic, GError **error);

/**
 * Every version that a symbol has is one that the file needs or defines; what is needed is needed
 * of a library of DT_NEEDED (glibc asserts it). Sets glibc_major and _minor.
 * Errors: SP_ERROR_ELF_MALFORMED
 */
gboolean sp_elf_versions_check(SpElfDynamic *dynamic, GError **error);
