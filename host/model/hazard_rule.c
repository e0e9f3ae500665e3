/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/hazard_rule.h"

#include "model/site_is.h"

#define ON(name) .on = PG_QUERY__NODE__NODE_##name
#define COMMAND(name) \
    .on = PG_QUERY__NODE__NODE_ALTER_TABLE_STMT, .command = PG_QUERY__ALTER_TABLE_TYPE__AT_##name
#define CONSTRAINT(name) .constraint = PG_QUERY__CONSTR_TYPE__CONSTR_##name

#define ACCESS_EXCLUSIVE "ACCESS EXCLUSIVE"
#define SHARE_ROW_EXCLUSIVE "SHARE ROW EXCLUSIVE"
#define SHARE_UPDATE_EXCLUSIVE "SHARE UPDATE EXCLUSIVE"
#define ROW_EXCLUSIVE "ROW EXCLUSIVE"

#define NOTHING FALSE, FALSE
#define SCANS FALSE, TRUE
#define REWRITES TRUE, FALSE
#define REWRITES_AND_SCANS TRUE, TRUE

#define NOBODY "Nobody reads or writes the table meanwhile."
#define LOCKED_ROWS                                                                               \
    "Each row that it changes stays locked, and its old version in place, until the transaction " \
    "ends."
#define IN_QUIET "Run it while nobody needs the table."
#define IN_BATCHES \
    "Change the rows in batches, each in a transaction of its own, beside the migrations."
#define ADD_NOT_VALID \
    "Add it NOT VALID, which reads no row, and VALIDATE CONSTRAINT it in a later migration."
#define ADD_APART \
    "Add the column alone, then the constraint NOT VALID, and VALIDATE CONSTRAINT it later."
#define USING_INDEX                                                                             \
    "CREATE UNIQUE INDEX CONCURRENTLY in a migration without transaction, then ADD CONSTRAINT " \
    "... USING INDEX."

typedef struct {
    SpHazardRule rule;
    PgQuery__Node__NodeCase on;
    PgQuery__AlterTableType command; /* of ALTER TABLE */
    PgQuery__ConstrType constraint;  /* 0: the site has none */
    gboolean is_other;
    gboolean (*applies)(const SpSite *site); /* (nullable): always */
} Row;

static const Row rows[] = {
    {{"add-column-volatile-default", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS,
      "a new column whose value differs from row to row rewrites", NOBODY,
      "Add the column without a default, SET DEFAULT, and fill the old rows in batches."},
     COMMAND(AddColumn),
     .applies = sp_site_computes_each_value},
    {{"add-column-not-null", ACCESS_EXCLUSIVE, SCANS, "a new column without a value is NOT NULL in",
      "It fails as soon as the table holds one row.",
      "Give it a constant DEFAULT, which costs nothing, or add it without NOT NULL."},
     COMMAND(AddColumn),
     .applies = sp_site_lacks_values},
    {{"alter-column-type", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS,
      "another type of a column rewrites", NOBODY " Its indexes are built anew, too.",
      "Add a second column, fill it in batches, and let the code move over."},
     COMMAND(AlterColumnType),
     .applies = sp_site_changes_type},
    {{"set-not-null", ACCESS_EXCLUSIVE, SCANS, "SET NOT NULL reads every row of", NOBODY,
      "Add CHECK (... IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT it, and SET NOT NULL then: "
      "PostgreSQL trusts the constraint and reads nothing."},
     COMMAND(SetNotNull)},
    {{"add-constraint-without-not-valid", ACCESS_EXCLUSIVE, SCANS,
      "a new CHECK constraint reads every row of", NOBODY, ADD_NOT_VALID},
     COMMAND(AddConstraint),
     CONSTRAINT(CHECK),
     .applies = sp_site_checks_at_once},
    {{"add-constraint-without-not-valid", SHARE_ROW_EXCLUSIVE, SCANS,
      "a new foreign key reads every row of",
      "Nobody writes to the table until every row is checked.", ADD_NOT_VALID},
     COMMAND(AddConstraint),
     CONSTRAINT(FOREIGN),
     .applies = sp_site_checks_at_once},
    {{"add-constraint-without-not-valid", SHARE_ROW_EXCLUSIVE, NOTHING,
      "a new foreign key of another table locks",
      "Nobody writes to the referenced table until every row of the other one is checked.",
      ADD_NOT_VALID},
     COMMAND(AddConstraint),
     CONSTRAINT(FOREIGN),
     .is_other = TRUE,
     .applies = sp_site_checks_at_once},
    {{"add-constraint-without-not-valid", ACCESS_EXCLUSIVE, SCANS,
      "the CHECK of a new column reads every row of", NOBODY, ADD_APART},
     COMMAND(AddColumn),
     CONSTRAINT(CHECK)},
    {{"add-constraint-without-not-valid", ACCESS_EXCLUSIVE, SCANS,
      "the foreign key of a new column with a default reads every row of", NOBODY, ADD_APART},
     COMMAND(AddColumn),
     CONSTRAINT(FOREIGN),
     .applies = sp_site_has_default},
    {{"add-constraint-without-not-valid", SHARE_ROW_EXCLUSIVE, NOTHING,
      "the foreign key of a new column with a default locks",
      "Nobody writes to the referenced table until every row of the other one is checked.",
      ADD_APART},
     COMMAND(AddColumn),
     CONSTRAINT(FOREIGN),
     .is_other = TRUE,
     .applies = sp_site_has_default},
    {{"add-primary-key", ACCESS_EXCLUSIVE, SCANS, "a new primary key builds an index on",
      "Nobody reads or writes the table while the index is built.", USING_INDEX},
     COMMAND(AddConstraint),
     CONSTRAINT(PRIMARY),
     .applies = sp_site_builds_index},
    {{"add-primary-key", ACCESS_EXCLUSIVE, SCANS,
      "the primary key of a new column builds an index on",
      "Nobody reads or writes the table while the index is built.",
      "Add the column alone. " USING_INDEX},
     COMMAND(AddColumn),
     CONSTRAINT(PRIMARY)},
    {{"add-unique", ACCESS_EXCLUSIVE, SCANS, "a new unique constraint builds an index on",
      "Nobody reads or writes the table while the index is built.", USING_INDEX},
     COMMAND(AddConstraint),
     CONSTRAINT(UNIQUE),
     .applies = sp_site_builds_index},
    {{"add-unique", ACCESS_EXCLUSIVE, SCANS,
      "the unique constraint of a new column builds an index on",
      "Nobody reads or writes the table while the index is built.",
      "Add the column alone. " USING_INDEX},
     COMMAND(AddColumn),
     CONSTRAINT(UNIQUE)},
    {{"add-exclusion", ACCESS_EXCLUSIVE, SCANS, "a new exclusion constraint builds an index on",
      "Nobody reads or writes the table while the index is built. There is no concurrent form.",
      IN_QUIET},
     COMMAND(AddConstraint),
     CONSTRAINT(EXCLUSION)},
    {{"validate-constraint", SHARE_UPDATE_EXCLUSIVE, SCANS,
      "VALIDATE CONSTRAINT reads every row of",
      "Readers and writers go on; other changes of the table and VACUUM wait.",
      "Keep it in a migration of its own, so that no other lock is held meanwhile."},
     COMMAND(ValidateConstraint)},
    {{"drop-column", ACCESS_EXCLUSIVE, NOTHING, "the data of a column is lost from",
      "Code that still names the column fails.",
      "Drop it one release after the last code that used it, and keep a backup."},
     COMMAND(DropColumn)},
    {{"set-tablespace", ACCESS_EXCLUSIVE, REWRITES, "SET TABLESPACE copies", NOBODY, IN_QUIET},
     COMMAND(SetTableSpace)},
    {{"set-logged", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS, "SET LOGGED rewrites", NOBODY, IN_QUIET},
     COMMAND(SetLogged)},
    {{"set-logged", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS, "SET UNLOGGED rewrites",
      NOBODY " An unlogged table is empty after a crash.", IN_QUIET},
     COMMAND(SetUnLogged)},
    {{"attach-partition", SHARE_UPDATE_EXCLUSIVE, NOTHING, "ATTACH PARTITION changes",
      "A default partition is locked and read for rows that belong into the new one.",
      "Give a default partition a CHECK that excludes the rows of the new one first."},
     COMMAND(AttachPartition)},
    {{"attach-partition", ACCESS_EXCLUSIVE, SCANS, "ATTACH PARTITION reads every row of", NOBODY,
      "Add a CHECK that matches the bounds NOT VALID and VALIDATE CONSTRAINT it first: PostgreSQL "
      "trusts it and reads nothing."},
     COMMAND(AttachPartition),
     .is_other = TRUE},
    {{"detach-partition-not-concurrent", ACCESS_EXCLUSIVE, NOTHING, "DETACH PARTITION locks",
      "Nobody reads or writes any partition until the transaction ends.",
      "Use DETACH PARTITION ... CONCURRENTLY in a migration without transaction."},
     COMMAND(DetachPartition),
     .applies = sp_site_detaches_at_once},
    {{"create-index-not-concurrent", "SHARE", SCANS, "CREATE INDEX keeps writers out of",
      "Nobody writes to the table while the index is built.",
      "Use CREATE INDEX CONCURRENTLY in a migration without transaction."},
     ON(INDEX_STMT),
     .applies = sp_site_is_not_concurrent},
    {{"drop-index-not-concurrent", ACCESS_EXCLUSIVE, NOTHING, "DROP INDEX locks",
      "Nobody reads or writes the table until the transaction ends.",
      "Use DROP INDEX CONCURRENTLY in a migration without transaction."},
     ON(DROP_STMT),
     .applies = sp_site_drops_index},
    {{"reindex-not-concurrent", "SHARE", SCANS, "REINDEX keeps writers out of",
      "Nobody writes to the table, and queries that would use the index wait.",
      "Use REINDEX ... CONCURRENTLY in a migration without transaction."},
     ON(REINDEX_STMT),
     .applies = sp_site_reindexes_at_once},
    {{"drop-table", ACCESS_EXCLUSIVE, NOTHING, "all data is lost of",
      "Code that still names the table fails.",
      "Drop it one release after the last code that used it, and keep a backup."},
     ON(DROP_STMT),
     .applies = sp_site_drops_table},
    {{"rename-table", ACCESS_EXCLUSIVE, NOTHING, "code that runs now loses",
      "It knows the table by its old name and fails until it is replaced.",
      "Leave a view with the old name, or rename when nothing runs."},
     ON(RENAME_STMT),
     .applies = sp_site_renames_table},
    {{"rename-table", ACCESS_EXCLUSIVE, NOTHING, "SET SCHEMA takes from code that runs now",
      "It knows the table by its old name and fails until it is replaced.",
      "Leave a view with the old name, or move it when nothing runs."},
     ON(ALTER_OBJECT_SCHEMA_STMT),
     .applies = sp_site_moves_table},
    {{"rename-column", ACCESS_EXCLUSIVE, NOTHING, "code that runs now loses a column of",
      "It knows the column by its old name and fails until it is replaced.",
      "Add a second column, fill it in batches, and drop the old one a release later."},
     ON(RENAME_STMT),
     .applies = sp_site_renames_column},
    {{"backfill", ROW_EXCLUSIVE, SCANS, "UPDATE changes rows of", LOCKED_ROWS, IN_BATCHES},
     ON(UPDATE_STMT)},
    {{"backfill", ROW_EXCLUSIVE, SCANS, "DELETE changes rows of", LOCKED_ROWS, IN_BATCHES},
     ON(DELETE_STMT)},
    {{"backfill", ROW_EXCLUSIVE, SCANS, "MERGE changes rows of", LOCKED_ROWS, IN_BATCHES},
     ON(MERGE_STMT)},
    {{"backfill", ROW_EXCLUSIVE, NOTHING, "INSERT ... SELECT copies rows into",
      "All of them are written in one transaction, and their foreign keys checked in it.",
      IN_BATCHES},
     ON(INSERT_STMT),
     .applies = sp_site_inserts_from_query},
    {{"backfill", ROW_EXCLUSIVE, SCANS, "a query changes rows of", LOCKED_ROWS, IN_BATCHES},
     ON(SELECT_STMT)},
    {{"truncate", ACCESS_EXCLUSIVE, NOTHING, "all rows are lost of",
      "Nobody reads or writes the table until the transaction ends.",
      "DELETE in batches, if others use the table, and keep a backup."},
     ON(TRUNCATE_STMT)},
    {{"vacuum-full", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS, "VACUUM FULL rewrites", NOBODY,
      "Use VACUUM, or pg_repack beside the migrations."},
     ON(VACUUM_STMT),
     .applies = sp_site_is_vacuum_full},
    {{"cluster", ACCESS_EXCLUSIVE, REWRITES_AND_SCANS, "CLUSTER rewrites", NOBODY,
      "Use pg_repack beside the migrations, or run it while nobody needs the table."},
     ON(CLUSTER_STMT)},
    {{"create-trigger", SHARE_ROW_EXCLUSIVE, NOTHING, "CREATE TRIGGER keeps writers out of",
      "Nobody writes to the table until the transaction ends.",
      "Keep it in a migration of its own, so that the transaction is short."},
     ON(CREATE_TRIG_STMT)},
    {{"refresh-materialized-view", ACCESS_EXCLUSIVE, REWRITES, "REFRESH rewrites",
      "Nobody reads the view until its query has run.",
      "Use REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it."},
     ON(REFRESH_MAT_VIEW_STMT),
     .applies = sp_site_is_not_concurrent},
    {{"lock-table", NULL, NOTHING, "LOCK TABLE locks", "It is held until the transaction ends.",
      "Lock rows with SELECT ... FOR UPDATE, or keep the transaction short."},
     ON(LOCK_STMT),
     .applies = sp_site_keeps_writers_out},
};

guint
sp_hazard_rules_get_n(void)
{
    return G_N_ELEMENTS(rows);
}

const SpHazardRule *
sp_hazard_rules_get(guint index)
{
    g_return_val_if_fail(index < G_N_ELEMENTS(rows), NULL);
    return &rows[index].rule;
}

/* IF [NOT] EXISTS that finds what it asks for does nothing. */
static gboolean
does_nothing(const SpSite *site)
{
    const PgQuery__AlterTableCmd *command = site->command;
    if (site->table == NULL || site->table->bytes < 0 || command == NULL || !command->missing_ok)
        return FALSE;
    if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn)
        return sp_table_facts_find_column(site->table, site->column->colname) != NULL;
    return command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn &&
           sp_table_facts_find_column(site->table, command->name) == NULL;
}

gboolean
sp_hazard_rule_applies(guint index, const SpSite *site)
{
    g_return_val_if_fail(index < G_N_ELEMENTS(rows), FALSE);

    const Row *row = &rows[index];
    PgQuery__AlterTableType command = site->command ? site->command->subtype : 0;
    PgQuery__ConstrType constraint = site->constraint ? site->constraint->contype : 0;
    return row->on == site->statement->node->node_case && row->command == command &&
           row->constraint == constraint && row->is_other == site->is_other &&
           !does_nothing(site) && (row->applies == NULL || row->applies(site));
}

const char *
sp_hazard_rule_lock(const SpHazardRule *rule, const SpSite *site)
{
    /* by number, as LOCK TABLE has it */
    static const char *const modes[] = {
        "",      "ACCESS SHARE",      "ROW SHARE", ROW_EXCLUSIVE,    SHARE_UPDATE_EXCLUSIVE,
        "SHARE", SHARE_ROW_EXCLUSIVE, "EXCLUSIVE", ACCESS_EXCLUSIVE,
    };
    if (rule->lock != NULL)
        return rule->lock;
    return modes[site->statement->node->lock_stmt->mode];
}
