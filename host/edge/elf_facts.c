/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_facts.h"

void
sp_elf_facts_put(GByteArray *bytes, const SpElfFacts *facts)
{
    const guint numbers[] = {facts->has_note,       facts->note_major, facts->note_minor,
                             facts->note_min_minor, facts->abi_major,  facts->abi_minor,
                             facts->abi_min_minor,  facts->struct_size};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        sp_wire_put_number(bytes, numbers[i]);
    sp_wire_put_large(bytes, facts->symbol_size);
    sp_wire_put_text(bytes, facts->id);
    sp_wire_put_text(bytes, facts->name);
    sp_wire_put_text(bytes, facts->version);
    sp_wire_put_text(bytes, facts->build_id);
}

SpElfFacts *
sp_elf_facts_get(SpWire *wire)
{
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    facts->has_note = sp_wire_get_flag(wire);
    guint *const numbers[] = {&facts->note_major, &facts->note_minor, &facts->note_min_minor,
                              &facts->abi_major,  &facts->abi_minor,  &facts->abi_min_minor,
                              &facts->struct_size};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = sp_wire_get_number(wire);
    facts->symbol_size = sp_wire_get_large(wire);
    facts->id = g_strdup(sp_wire_get_text(wire));
    facts->name = g_strdup(sp_wire_get_text(wire));
    facts->version = g_strdup(sp_wire_get_text(wire));
    facts->build_id = g_strdup(sp_wire_get_text(wire));
    return wire->is_broken ? NULL : g_steal_pointer(&facts);
}
