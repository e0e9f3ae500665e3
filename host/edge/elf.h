/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the ELF file of a plugin says before any of its code runs. */
#pragma once

#include <glib.h>

/** What the file says. After sp_elf_read_note() only has_note to build_id are known. */
typedef struct {
    gboolean has_note;
    char *id;                                     /* from the note; (nullable) */
    char *name;                                   /* from the note; (nullable) */
    char *version;                                /* from the note; (nullable) */
    guint note_major, note_minor, note_min_minor; /* from the note */
    char *build_id; /* of the linker, in lower-case hexadecimal; (nullable) */

    guint abi_major, abi_minor, abi_min_minor; /* from the symbol; 0 when only the note was read */
    guint struct_size;                         /* from the symbol */
    guint64 symbol_size;                       /* st_size in .dynsym */

    /* Facts that refuse nothing by themselves. */
    char **needed;        /* DT_NEEDED, in its order; (nullable) (array zero-terminated=1) */
    char **exports;       /* what it defines for others besides sp_extension_vtable; (nullable) */
    char *runpath;        /* DT_RUNPATH; (nullable) */
    char *glibc;          /* the newest version of glibc that it needs, as "2.34"; (nullable) */
    gboolean has_relro;   /* PT_GNU_RELRO: the loader makes relocated data read-only */
    gboolean is_bind_now; /* DF_BIND_NOW or DF_1_NOW; with has_relro this is full RELRO */
    gboolean has_ifunc;   /* resolvers run while the file is mapped */
    guint n_constructors; /* entries of DT_INIT_ARRAY; compilers add one of their own */
} SpElfFacts;

/**
 * Reads the notes alone, for a listing that loads nothing. Nothing is judged but what reading
 * takes.
 * @fd: open for reading; its offset is not used
 * Errors: SP_ERROR_ELF, SP_ERROR_ELF_MALFORMED, SP_ERROR_ARCHITECTURE, SP_ERROR_NOTE.
 */
SpElfFacts *sp_elf_read_note(int fd, GError **error);

/**
 * Reads all that the loader would look at, and refuses what it would die of or the host could not
 * use. In this order: a file of another kind or machine, or cut short; segments and tables that do
 * not fit each other (sp_elf_image_check(), sp_elf_dynamic_read(), ...); what a host must not let
 * into its process (sp_elf_check_segments(), sp_elf_check_dynamic()); no symbol or one that is no
 * object; an ABI that does not fit (major equal, min_minor not above the host's minor, struct_size
 * between that of 1.0 and the symbol's size), unknown feature or flag bits; a note that names
 * another ABI than the symbol. Several policy refusals come as one error, the others in its detail.
 * Libraries and versions are for sp_elf_needs_check(), since they are no property of the file.
 * Every message says both sides.
 * Errors: SP_ERROR_ELF, _ELF_MALFORMED, _ARCHITECTURE, _EXECUTABLE_STACK, _WRITABLE_CODE,
 * _TEXT_RELOCATIONS, _RPATH, _STATIC_TLS, _NO_SYMBOL, _AMBIGUOUS_SYMBOL, _ABI_*, _NOTE,
 * _NOTE_MISMATCH.
 */
SpElfFacts *sp_elf_read(int fd, GError **error);

void sp_elf_facts_free(SpElfFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpElfFacts, sp_elf_facts_free)
