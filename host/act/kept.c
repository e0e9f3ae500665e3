/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/kept.h"

static const char *const actions[] = {
    [SP_ACTION_CREATE] = "create", [SP_ACTION_ALTER] = "alter", [SP_ACTION_DROP] = "drop",
    [SP_ACTION_WRITE] = "write",   [SP_ACTION_READ] = "read",
};

static const char *const classes[SP_N_OBJECT_CLASSES] = {
    [SP_OBJECT_RELATION] = "relation",
    [SP_OBJECT_TYPE] = "type",
    [SP_OBJECT_ROUTINE] = "routine",
    [SP_OBJECT_OPERATOR] = "operator",
    [SP_OBJECT_NAMESPACE] = "namespace",
    [SP_OBJECT_EXTENSION] = "extension",
    [SP_OBJECT_TRIGGER] = "trigger",
    [SP_OBJECT_POLICY] = "policy",
    [SP_OBJECT_RULE] = "rule",
    [SP_OBJECT_CAST] = "cast",
    [SP_OBJECT_COLLATION] = "collation",
    [SP_OBJECT_CONVERSION] = "conversion",
    [SP_OBJECT_STATISTICS] = "statistics",
    [SP_OBJECT_TS_PARSER] = "text search parser",
    [SP_OBJECT_TS_DICTIONARY] = "text search dictionary",
    [SP_OBJECT_TS_TEMPLATE] = "text search template",
    [SP_OBJECT_TS_CONFIGURATION] = "text search configuration",
    [SP_OBJECT_OPERATOR_CLASS] = "operator class",
    [SP_OBJECT_OPERATOR_FAMILY] = "operator family",
    [SP_OBJECT_TRANSFORM] = "transform",
    [SP_OBJECT_LANGUAGE] = "language",
    [SP_OBJECT_SERVER] = "server",
    [SP_OBJECT_FOREIGN_DATA_WRAPPER] = "foreign data wrapper",
    [SP_OBJECT_USER_MAPPING] = "user mapping",
    [SP_OBJECT_PUBLICATION] = "publication",
    [SP_OBJECT_EVENT_TRIGGER] = "event trigger",
    [SP_OBJECT_ACCESS_METHOD] = "access method",
    [SP_OBJECT_ROLE] = "role",
    [SP_OBJECT_DATABASE] = "database",
    [SP_OBJECT_TABLESPACE] = "tablespace",
};

static int
find(const char *const *nicks, guint n, const char *nick)
{
    for (guint i = 0; i < n; i++)
        if (g_str_equal(nicks[i], nick))
            return (int)i;
    return -1;
}

int
sp_kept_find_action(const char *nick)
{
    return find(actions, G_N_ELEMENTS(actions), nick);
}

int
sp_kept_find_class(const char *nick)
{
    return find(classes, G_N_ELEMENTS(classes), nick);
}

const char *
sp_kept_action_nick(SpAction action)
{
    return actions[action];
}

const char *
sp_kept_class_nick(SpObjectClass class)
{
    return classes[class];
}
