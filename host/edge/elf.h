/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the ELF file of a plugin says before any of its code runs. The only room that knows libelf.
 */
#pragma once

#include <glib.h>

/** What the note and the first 32 bytes of sp_extension_vtable tell. */
typedef struct {
    gboolean has_note;
    char *id;                                     /* from the note; (nullable) */
    char *name;                                   /* from the note; (nullable) */
    char *version;                                /* from the note; (nullable) */
    guint note_major, note_minor, note_min_minor; /* from the note */
    guint abi_major, abi_minor, abi_min_minor; /* from the symbol; 0 when only the note was read */
    guint struct_size;                         /* from the symbol */
    guint64 symbol_size;                       /* st_size in .dynsym */
    gboolean names_origin; /* the text $ORIGIN stands in the file, so libraries of it may be looked
                              for beside it; FALSE when only the note was read */
} SpElfFacts;

/**
 * Reads the note alone, for a listing that loads nothing.
 * @fd: open for reading; its offset is not used
 * Errors: SP_ERROR_ELF, SP_ERROR_ARCHITECTURE, SP_ERROR_NOTE.
 */
SpElfFacts *sp_elf_read_note(int fd, GError **error);

/**
 * Reads note and symbol, and refuses what the host could not use: a file that is cut short (every
 * program header must lie inside the file, since the loader would die of SIGBUS), an executable
 * stack, another architecture or class, no symbol or one that is no object, an ABI that does not
 * fit (major equal, min_minor not above the host's minor, struct_size between that of 1.0
 * and the symbol's size), unknown feature or flag bits, a note that names another ABI than the
 * symbol. Every message says both sides. Errors: SP_ERROR_ELF, _ARCHITECTURE, _NO_SYMBOL, _ABI_*,
 * _NOTE, _NOTE_MISMATCH.
 */
SpElfFacts *sp_elf_read(int fd, GError **error);

void sp_elf_facts_free(SpElfFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpElfFacts, sp_elf_facts_free)
