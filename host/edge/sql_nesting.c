/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sql_nesting.h"

/* What a token can do to the depth of the tree. Names of columns and the like do nothing. */
typedef enum {
    ROLE_NONE,
    ROLE_OPEN,
    ROLE_CASE, /* opens too, but END may be a name, and the rest of the text must not wait for it */
    ROLE_CLOSE,
    ROLE_END,
    ROLE_OPERATE,  /* a chain of operators leans to one side: one level each, until something
                      separates them */
    ROLE_BETWEEN,  /* its AND separates nothing */
    ROLE_COMBINE,  /* UNION and JOIN lean to one side too, and no comma separates them */
    ROLE_SEPARATE, /* AND and OR are lists in the tree, like what commas separate */
    ROLE_AND,
    ROLE_FINISH,
} Role;

static const guint8 roles[] = {
    [PG_QUERY__TOKEN__ASCII_40] = ROLE_OPEN,
    [PG_QUERY__TOKEN__ASCII_91] = ROLE_OPEN,
    [PG_QUERY__TOKEN__CASE] = ROLE_CASE,
    [PG_QUERY__TOKEN__END_P] = ROLE_END,
    [PG_QUERY__TOKEN__ASCII_41] = ROLE_CLOSE,
    [PG_QUERY__TOKEN__ASCII_93] = ROLE_CLOSE,
    [PG_QUERY__TOKEN__ASCII_59] = ROLE_FINISH,
    [PG_QUERY__TOKEN__ASCII_44] = ROLE_SEPARATE,
    [PG_QUERY__TOKEN__AND] = ROLE_AND,
    [PG_QUERY__TOKEN__OR] = ROLE_SEPARATE,
    [PG_QUERY__TOKEN__WHEN] = ROLE_SEPARATE,
    [PG_QUERY__TOKEN__THEN] = ROLE_SEPARATE,
    [PG_QUERY__TOKEN__ELSE] = ROLE_SEPARATE,
    [PG_QUERY__TOKEN__BETWEEN] = ROLE_BETWEEN,
    [PG_QUERY__TOKEN__UNION] = ROLE_COMBINE,
    [PG_QUERY__TOKEN__EXCEPT] = ROLE_COMBINE,
    [PG_QUERY__TOKEN__INTERSECT] = ROLE_COMBINE,
    [PG_QUERY__TOKEN__JOIN] = ROLE_COMBINE,
    [PG_QUERY__TOKEN__ASCII_37] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_42] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_43] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_45] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_47] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_60] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_61] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_62] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_63] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ASCII_94] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__Op] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__OPERATOR] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__TYPECAST] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__LESS_EQUALS] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__GREATER_EQUALS] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__NOT_EQUALS] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__NOT] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__NOT_LA] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__IS] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ISNULL] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__NOTNULL] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__COLLATE] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__AT] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__IN_P] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__LIKE] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ILIKE] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__SIMILAR] = ROLE_OPERATE,
    [PG_QUERY__TOKEN__ESCAPE] = ROLE_OPERATE,
};

typedef struct {
    Role role;      /* what opened it */
    guint chain;    /* units that the next separator gives back */
    guint combined; /* units that only its end gives back */
    guint betweens; /* that still wait for their AND */
} Level;

typedef struct {
    GArray *levels; /* (element-type Level): the first is the statement itself, and stays */
    guint units;
} Nesting;

static Level *
innermost(const Nesting *nesting)
{
    return &g_array_index(nesting->levels, Level, nesting->levels->len - 1);
}

static void
open_level(Nesting *nesting, Role role)
{
    Level level = {.role = role, .combined = role == ROLE_NONE ? 0 : SP_SQL_NESTING_BRACKET};
    nesting->units += level.combined;
    g_array_append_val(nesting->levels, level);
}

static void
close_level(Nesting *nesting)
{
    nesting->units -= innermost(nesting)->chain + innermost(nesting)->combined;
    g_array_set_size(nesting->levels, nesting->levels->len - 1);
}

static void
close_cases(Nesting *nesting)
{
    while (innermost(nesting)->role == ROLE_CASE)
        close_level(nesting);
}

static void
separate(Nesting *nesting)
{
    Level *level = innermost(nesting);
    nesting->units -= level->chain;
    level->chain = 0;
}

static void
finish(Nesting *nesting)
{
    close_cases(nesting);
    separate(nesting);
    if (nesting->levels->len == 1) {
        nesting->units -= innermost(nesting)->combined;
        innermost(nesting)->combined = 0;
    }
}

static void
close_bracket(Nesting *nesting)
{
    close_cases(nesting);
    if (innermost(nesting)->role == ROLE_OPEN)
        close_level(nesting);
}

static void
operate(Nesting *nesting, guint units)
{
    innermost(nesting)->chain += units;
    nesting->units += units;
}

static void
follow_and(Nesting *nesting)
{
    if (innermost(nesting)->betweens > 0)
        innermost(nesting)->betweens--;
    else
        separate(nesting);
}

static void
follow(Nesting *nesting, Role role)
{
    switch (role) {
    case ROLE_NONE:
        break;
    case ROLE_OPEN:
    case ROLE_CASE:
        open_level(nesting, role);
        break;
    case ROLE_CLOSE:
        close_bracket(nesting);
        break;
    case ROLE_END:
        if (innermost(nesting)->role == ROLE_CASE)
            close_level(nesting);
        break;
    case ROLE_OPERATE:
        operate(nesting, 1);
        break;
    case ROLE_BETWEEN:
        operate(nesting, SP_SQL_NESTING_BRACKET);
        innermost(nesting)->betweens++;
        break;
    case ROLE_COMBINE:
        innermost(nesting)->combined++;
        nesting->units++;
        break;
    case ROLE_SEPARATE:
        separate(nesting);
        break;
    case ROLE_AND:
        follow_and(nesting);
        break;
    case ROLE_FINISH:
        finish(nesting);
        break;
    default:
        g_assert_not_reached();
    }
}

int
sp_sql_nesting_find_excess(const PgQuery__ScanResult *tokens)
{
    g_return_val_if_fail(tokens != NULL, -1);

    g_autoptr(GArray) levels = g_array_new(FALSE, FALSE, sizeof(Level));
    Nesting nesting = {.levels = levels};
    gboolean is_name = FALSE;

    open_level(&nesting, ROLE_NONE);
    for (gsize i = 0; i < tokens->n_tokens; i++) {
        const PgQuery__ScanToken *token = tokens->tokens[i];
        if (token->token == PG_QUERY__TOKEN__SQL_COMMENT ||
            token->token == PG_QUERY__TOKEN__C_COMMENT)
            continue;
        /* after a dot every word is a name, "x.end" and "x.and" too */
        if (!is_name && (guint)token->token < G_N_ELEMENTS(roles))
            follow(&nesting, roles[token->token]);
        is_name = token->token == PG_QUERY__TOKEN__ASCII_46;
        if (nesting.units > SP_SQL_NESTING_UNITS)
            return token->start;
    }
    return -1;
}
