/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

/* Built without any of the options that the guide recommends; the control character would end an
 * XML document. */
__attribute__((visibility("default"))) int careless_helper(void);

int
careless_helper(void)
{
    return 0;
}

static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS \"a<b>&\001\" (id bigint);\nDROP TABLE \"]]>\002\";",
     .source = "schema/<a>&\003.sql"},
};

__attribute__((visibility("default"))) const struct sp_extension_vtable sp_extension_vtable = {
    .abi_major = SP_ABI_MAJOR,
    .abi_minor = SP_ABI_MINOR,
    .struct_size = sizeof(struct sp_extension_vtable),
    .id = "careless",
    .name = "Careless",
    .version = "1.0.0",
    .priority = 100,
    .schemas = SP_LIST(schemas),
};
