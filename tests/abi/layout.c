/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The layout of ABI 1.1. A built plugin relies on every number here, so none may ever change; a new
 * minor version appends rows. That it compiles is the test. */
#include <sp/extension.h>

#define OFFSET(type, member, offset) \
    _Static_assert(offsetof(struct type, member) == (offset), #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

_Static_assert(sizeof(void *) == 8, "the layout below is that of 64-bit pointers");

OFFSET(sp_extension_vtable, abi_major, 0);
OFFSET(sp_extension_vtable, abi_minor, 4);
OFFSET(sp_extension_vtable, struct_size, 8);
OFFSET(sp_extension_vtable, abi_min_minor, 12);
OFFSET(sp_extension_vtable, required_features, 16);
OFFSET(sp_extension_vtable, flags, 24);
OFFSET(sp_extension_vtable, id, 32);
OFFSET(sp_extension_vtable, name, 40);
OFFSET(sp_extension_vtable, version, 48);
OFFSET(sp_extension_vtable, description, 56);
OFFSET(sp_extension_vtable, license, 64);
OFFSET(sp_extension_vtable, homepage, 72);
OFFSET(sp_extension_vtable, priority, 80);
OFFSET(sp_extension_vtable, reserved, 84);
OFFSET(sp_extension_vtable, dependencies, 88);
OFFSET(sp_extension_vtable, schemas, 112);
OFFSET(sp_extension_vtable, migrations, 136);
OFFSET(sp_extension_vtable, seeds, 160);
OFFSET(sp_extension_vtable, cross_extension_tables, 184);
OFFSET(sp_extension_vtable, config_group, 208);
OFFSET(sp_extension_vtable, validate_config, 216);
OFFSET(sp_extension_vtable, hooks, 224);
OFFSET(sp_extension_vtable, retirements, 232); /* what ABI 1.0 has ends here */
SIZE(sp_extension_vtable, 256);

OFFSET(sp_list, items, 0);
OFFSET(sp_list, count, 8);
OFFSET(sp_list, item_size, 16);
SIZE(sp_list, 24);

OFFSET(sp_dependency, id, 0);
OFFSET(sp_dependency, version_range, 8);
OFFSET(sp_dependency, flags, 16);
OFFSET(sp_dependency, reserved, 20);
SIZE(sp_dependency, 24);

OFFSET(sp_schema, table, 0);
OFFSET(sp_schema, namespace_name, 8);
OFFSET(sp_schema, sql, 16);
OFFSET(sp_schema, required_columns, 24);
OFFSET(sp_schema, source, 48);
SIZE(sp_schema, 56);

OFFSET(sp_migration, version, 0);
OFFSET(sp_migration, flags, 4);
OFFSET(sp_migration, name, 8);
OFFSET(sp_migration, sql, 16);
OFFSET(sp_migration, down_sql, 24);
OFFSET(sp_migration, source, 32);
OFFSET(sp_migration, down_source, 40);
SIZE(sp_migration, 48);

OFFSET(sp_seed, id, 0);
OFFSET(sp_seed, sql, 8);
OFFSET(sp_seed, source, 16);
SIZE(sp_seed, 24);

OFFSET(sp_retirement, sql, 0);
OFFSET(sp_retirement, source, 8);
SIZE(sp_retirement, 16);

OFFSET(sp_setting, key, 0);
OFFSET(sp_setting, value, 8);
SIZE(sp_setting, 16);

OFFSET(sp_problem, struct_size, 0);
OFFSET(sp_problem, message, 8);
SIZE(sp_problem, 520);

OFFSET(sp_host_api, abi_major, 0);
OFFSET(sp_host_api, abi_minor, 4);
OFFSET(sp_host_api, struct_size, 8);
OFFSET(sp_host_api, host, 16);
OFFSET(sp_host_api, log, 24);
OFFSET(sp_host_api, get_setting, 32);
SIZE(sp_host_api, 40);

OFFSET(sp_hooks, struct_size, 0);
OFFSET(sp_hooks, start, 8);
OFFSET(sp_hooks, stop, 16);
SIZE(sp_hooks, 24);

_Static_assert(SP_ABI_MAJOR == 1, "a new major version has a layout of its own");
_Static_assert(SP_NOTE_TYPE == 0x53500001, "type of the note");

int
main(void)
{
    return 0;
}
