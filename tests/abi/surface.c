/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Every struct of the header as an exported object, for drift.sh to describe. */
#include <sp/extension.h>

SP_EXPORT struct sp_list list;
SP_EXPORT struct sp_dependency dependency;
SP_EXPORT struct sp_schema schema;
SP_EXPORT struct sp_migration migration;
SP_EXPORT struct sp_seed seed;
SP_EXPORT struct sp_retirement retirement;
SP_EXPORT struct sp_setting setting;
SP_EXPORT struct sp_problem problem;
SP_EXPORT struct sp_host_api host_api;
SP_EXPORT struct sp_hooks hooks;
SP_EXPORT struct sp_extension_vtable vtable;
