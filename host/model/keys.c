/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/keys.h"

#include "edge/sql_parser.h"
#include "model/node.h"

#include <string.h>

/* NAMEDATALEN - 1 */
#define NAME_MAX_BYTES 63

typedef struct {
    const PgQuery__CreateStmt *create;
    const char *default_namespace;
    SpArena *arena;
    GArray *keys; /* SpForeignKey */
} Reading;

static SpTableName
name_of(const Reading *reading, const PgQuery__RangeVar *relation)
{
    const char *namespace_name =
        *relation->schemaname ? relation->schemaname : reading->default_namespace;
    return (SpTableName){sp_arena_text(reading->arena, namespace_name),
                         sp_arena_text(reading->arena, relation->relname)};
}

static const char *const *
texts_of(const Reading *reading, PgQuery__Node *const *nodes, gsize n)
{
    const char **texts = n > 0 ? sp_arena_alloc(reading->arena, n * sizeof *texts) : NULL;
    for (gsize i = 0; i < n; i++)
        texts[i] = sp_arena_text(reading->arena, sp_node_get_string(nodes[i]));
    return texts;
}

/* The end of a text that may be cut without breaking a character, at most @limit bytes. */
static gsize
clip(const char *text, gsize limit)
{
    gsize length = MIN(strlen(text), limit);
    while (length > 0 && ((guchar)text[length] & 0xC0) == 0x80)
        length--;
    return length;
}

/* As makeObjectName() of PostgreSQL does: the longer part is cut. */
static char *
make_name(const char *table, const char *columns, const char *label)
{
    gsize available = NAME_MAX_BYTES - strlen(label) - 2;
    gsize n_table = strlen(table), n_columns = strlen(columns);
    while (n_table + n_columns > available) {
        if (n_table > n_columns)
            n_table--;
        else
            n_columns--;
    }
    return g_strdup_printf("%.*s_%.*s_%s", (int)clip(table, n_table), table,
                           (int)clip(columns, n_columns), columns, label);
}

static gboolean
is_taken(const Reading *reading, const char *name)
{
    for (guint i = 0; i < reading->keys->len; i++)
        if (g_str_equal(g_array_index(reading->keys, SpForeignKey, i).name, name))
            return TRUE;
    return FALSE;
}

static const char *
name_key(const Reading *reading, const SpForeignKey *key)
{
    g_autoptr(GString) columns = g_string_new(NULL);
    for (guint i = 0; i < key->n_columns; i++)
        g_string_append_printf(columns, "%s%s", i > 0 ? "_" : "", key->columns[i]);
    g_autofree char *name = make_name(key->table.name, columns->str, "fkey");
    for (guint i = 1; is_taken(reading, name); i++) {
        g_autofree char *label = g_strdup_printf("fkey%u", i);
        g_free(name);
        name = make_name(key->table.name, columns->str, label);
    }
    return sp_arena_text(reading->arena, name);
}

static char
letter(const char *text, char otherwise)
{
    return *text != '\0' ? *text : otherwise;
}

static SpForeignKey
read_key(const Reading *reading, const PgQuery__Constraint *constraint)
{
    return (SpForeignKey){
        .table = name_of(reading, reading->create->relation),
        .other = name_of(reading, constraint->pktable),
        .columns = texts_of(reading, constraint->fk_attrs, constraint->n_fk_attrs),
        .n_columns = (guint)constraint->n_fk_attrs,
        .other_columns = texts_of(reading, constraint->pk_attrs, constraint->n_pk_attrs),
        .n_other_columns = (guint)constraint->n_pk_attrs,
        .set_columns =
            texts_of(reading, constraint->fk_del_set_cols, constraint->n_fk_del_set_cols),
        .n_set_columns = (guint)constraint->n_fk_del_set_cols,
        .match = letter(constraint->fk_matchtype, 's'),
        .on_update = letter(constraint->fk_upd_action, 'a'),
        .on_delete = letter(constraint->fk_del_action, 'a'),
        .is_deferrable = constraint->deferrable || constraint->initdeferred,
        .is_deferred = constraint->initdeferred,
        .can_be_unchecked = reading->create->partspec == NULL,
        .offset = (guint)constraint->location,
        .member = -1,
    };
}

static void
add_key(const Reading *reading, SpForeignKey key, const PgQuery__Constraint *constraint)
{
    key.name = *constraint->conname ? sp_arena_text(reading->arena, constraint->conname)
                                    : name_key(reading, &key);
    g_array_append_val(reading->keys, key);
}

/* Where the clause of the column ends that begins at @start: where the next one does; 0: with it.
 */
static guint
find_next(const PgQuery__ColumnDef *column, guint start)
{
    guint next = column->coll_clause != NULL && (guint)column->coll_clause->location > start
                     ? (guint)column->coll_clause->location
                     : 0;
    for (gsize i = 0; i < column->n_constraints; i++) {
        guint location = (guint)column->constraints[i]->constraint->location;
        if (location > start && (next == 0 || location < next))
            next = location;
    }
    return next;
}

/* Deferring is written as clauses of its own, which are of the last key before them. */
static gboolean
read_attribute(const PgQuery__Constraint *constraint, SpForeignKey *key)
{
    switch ((int)constraint->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
        key->is_deferrable = TRUE;
        return TRUE;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
        key->is_deferrable = key->is_deferred = TRUE;
        return TRUE;
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
may_be_deferred(const PgQuery__Constraint *constraint)
{
    return constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ||
           constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE ||
           constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN;
}

static void
add_column_key(const Reading *reading, const PgQuery__ColumnDef *column, gsize index)
{
    const PgQuery__Constraint *constraint = column->constraints[index]->constraint;
    SpForeignKey key = read_key(reading, constraint);
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(SpKeyPart));
    const char *name = sp_arena_text(reading->arena, column->colname);
    key.columns = sp_arena_copy(reading->arena, &name, sizeof name);
    key.n_columns = 1;
    for (gsize i = index; i < column->n_constraints; i++) {
        const PgQuery__Constraint *clause = column->constraints[i]->constraint;
        SpKeyPart part = {(guint)clause->location, find_next(column, (guint)clause->location)};
        if (i > index && may_be_deferred(clause))
            break;
        if (i == index || read_attribute(clause, &key))
            g_array_append_val(parts, part);
    }
    key.n_parts = parts->len;
    key.parts = sp_arena_copy(reading->arena, parts->data, parts->len * sizeof(SpKeyPart));
    add_key(reading, key, constraint);
}

static gboolean
is_foreign(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
           node->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN;
}

/* Returns: a byte of it */
static guint
read_member(const Reading *reading, gsize index)
{
    const PgQuery__Node *member = reading->create->table_elts[index];
    if (member->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
        return (guint)member->table_like_clause->relation->location;
    if (member->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
        const PgQuery__ColumnDef *column = member->column_def;
        for (gsize i = 0; i < column->n_constraints; i++)
            if (is_foreign(column->constraints[i]))
                add_column_key(reading, column, i);
        return (guint)column->location;
    }
    if (is_foreign(member)) {
        SpForeignKey key = read_key(reading, member->constraint);
        key.member = (int)index;
        add_key(reading, key, member->constraint);
    }
    return member->node_case == PG_QUERY__NODE__NODE_CONSTRAINT
               ? (guint)member->constraint->location
               : 0;
}

const SpForeignKeys *
sp_foreign_keys_read(const PgQuery__Node *node, const char *default_namespace, SpArena *arena)
{
    if (node->node_case != PG_QUERY__NODE__NODE_CREATE_STMT ||
        g_str_equal(node->create_stmt->relation->relpersistence, "t"))
        return NULL;
    const PgQuery__CreateStmt *create = node->create_stmt;
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(SpForeignKey));
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    const Reading reading = {create, default_namespace, arena, keys};
    for (gsize i = 0; i < create->n_table_elts; i++) {
        guint byte = read_member(&reading, i);
        g_array_append_val(members, byte);
    }
    if (keys->len == 0)
        return NULL;
    const SpForeignKeys result = {
        .items = sp_arena_copy(arena, keys->data, keys->len * sizeof(SpForeignKey)),
        .n = keys->len,
        .members = sp_arena_copy(arena, members->data, members->len * sizeof(guint)),
        .n_members = members->len,
    };
    return sp_arena_copy(arena, &result, sizeof result);
}

static void
append_columns(GString *out, const char *const *columns, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *column = sp_sql_quote(columns[i]);
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "(", column);
    }
    if (n > 0)
        g_string_append_c(out, ')');
}

static void
append_table(GString *out, const SpTableName *table)
{
    g_autofree char *namespace_name = sp_sql_quote(table->namespace_name);
    g_autofree char *name = sp_sql_quote(table->name);
    g_string_append_printf(out, "%s.%s", namespace_name, name);
}

/* (nullable) */
static const char *
words_of_action(char action)
{
    static const struct {
        char action;
        const char *words;
    } actions[] = {{'r', "RESTRICT"}, {'c', "CASCADE"}, {'n', "SET NULL"}, {'d', "SET DEFAULT"}};
    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        if (actions[i].action == action)
            return actions[i].words;
    return NULL;
}

static void
append_action(GString *out, const char *event, char action)
{
    const char *words = words_of_action(action);
    if (words != NULL)
        g_string_append_printf(out, " ON %s %s", event, words);
}

char *
sp_foreign_key_definition(const SpForeignKey *key)
{
    GString *out = g_string_new("FOREIGN KEY ");
    append_columns(out, key->columns, key->n_columns);
    g_string_append(out, " REFERENCES ");
    append_table(out, &key->other);
    if (key->n_other_columns > 0)
        g_string_append_c(out, ' ');
    append_columns(out, key->other_columns, key->n_other_columns);
    if (key->match == 'f')
        g_string_append(out, " MATCH FULL");
    append_action(out, "UPDATE", key->on_update);
    append_action(out, "DELETE", key->on_delete);
    if (key->n_set_columns > 0)
        g_string_append_c(out, ' ');
    append_columns(out, key->set_columns, key->n_set_columns);
    if (key->is_deferrable)
        g_string_append(out, key->is_deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
    return g_string_free(out, FALSE);
}

static GString *
alter_table(const SpForeignKey *key)
{
    GString *out = g_string_new("ALTER TABLE ");
    append_table(out, &key->table);
    return out;
}

static void
append_addition(GString *out, const SpForeignKey *key)
{
    g_autofree char *name = sp_sql_quote(key->name);
    g_autofree char *definition = sp_foreign_key_definition(key);
    g_string_append_printf(out, " ADD CONSTRAINT %s %s", name, definition);
}

char *
sp_foreign_key_addition(const SpForeignKey *key)
{
    GString *out = alter_table(key);
    append_addition(out, key);
    if (key->can_be_unchecked)
        g_string_append(out, " NOT VALID");
    return g_string_free(out, FALSE);
}

char *
sp_foreign_key_validation(const SpForeignKey *key)
{
    GString *out = alter_table(key);
    g_autofree char *name = sp_sql_quote(key->name);
    g_string_append_printf(out, " VALIDATE CONSTRAINT %s", name);
    return g_string_free(out, FALSE);
}

char *
sp_foreign_key_replacement(const SpForeignKey *key, const char *name)
{
    GString *out = alter_table(key);
    g_autofree char *old = sp_sql_quote(name);
    g_string_append_printf(out, " DROP CONSTRAINT %s,", old);
    append_addition(out, key);
    g_string_append_c(out, ';');
    return g_string_free(out, FALSE);
}

char *
sp_foreign_key_deferral(const SpForeignKey *key, const char *name)
{
    GString *out = alter_table(key);
    g_autofree char *quoted = sp_sql_quote(name);
    g_string_append_printf(out, " ALTER CONSTRAINT %s %s;", quoted,
                           key->is_deferred     ? "DEFERRABLE INITIALLY DEFERRED"
                           : key->is_deferrable ? "DEFERRABLE INITIALLY IMMEDIATE"
                                                : "NOT DEFERRABLE");
    return g_string_free(out, FALSE);
}

#define STAND_IN "/* key later */"

static void
blank(char *sql, gsize start, gsize end, const char *stand_in)
{
    gsize room = 0;
    while (start + room < end && sql[start + room] != '\n')
        room++;
    for (gsize i = start; i < end; i++)
        if (sql[i] != '\n')
            sql[i] = ' ';
    if (stand_in != NULL && room >= strlen(stand_in))
        memcpy(sql + start, stand_in, strlen(stand_in));
}

static void
cut_column_key(const SpForeignKey *key, char *sql, const char *whole, guint offset)
{
    for (guint i = 0; i < key->n_parts; i++) {
        gsize start = key->parts[i].start - offset;
        gsize end = key->parts[i].next > 0 ? key->parts[i].next - offset
                                           : sp_sql_find_member_end(whole, start, NULL);
        blank(sql, start, end, i == 0 ? STAND_IN : NULL);
    }
}

/* (transfer full) (element-type gboolean): which members go. */
static gboolean *
members_to_cut(const SpForeignKeys *keys)
{
    gboolean *cut = g_new0(gboolean, keys->n_members);
    for (guint i = 0; i < keys->n; i++)
        if (keys->items[i].is_apart && keys->items[i].member >= 0)
            cut[keys->items[i].member] = TRUE;
    return cut;
}

/* The comma before goes too; of what the list begins with, the one behind. */
static void
cut_members(const SpForeignKeys *keys, char *sql, const char *whole, guint offset)
{
    g_autofree gboolean *cut = members_to_cut(keys);
    gboolean is_first = TRUE;
    gsize comma = 0;
    for (guint i = 0; i < keys->n_members; i++) {
        gsize start = keys->members[i] - offset, delimiter;
        gsize end = sp_sql_find_member_end(whole, start, &delimiter);
        if (cut[i]) {
            blank(sql, start, end, STAND_IN);
            if (!is_first)
                sql[comma] = ' ';
            else if (whole[delimiter] == ',')
                sql[delimiter] = ' ';
        }
        is_first = is_first && cut[i];
        comma = delimiter;
    }
}

static gboolean
has_member_to_cut(const SpForeignKeys *keys)
{
    for (guint i = 0; i < keys->n; i++)
        if (keys->items[i].is_apart && keys->items[i].member >= 0)
            return TRUE;
    return FALSE;
}

char *
sp_foreign_keys_cut(const SpForeignKeys *keys, const char *sql, guint offset)
{
    char *text = g_strdup(sql);
    for (guint i = 0; i < keys->n; i++)
        if (keys->items[i].is_apart && keys->items[i].member < 0)
            cut_column_key(&keys->items[i], text, sql, offset);
    if (has_member_to_cut(keys))
        cut_members(keys, text, sql, offset);
    return text;
}
