-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- The configuration is named, not taken from the session: a generated column has to give the same
-- value for ever.
CREATE TABLE IF NOT EXISTS search_documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english'::regconfig, title), 'A') ||
        setweight(to_tsvector('english'::regconfig, body), 'B')
    ) STORED
);

CREATE OR REPLACE FUNCTION search_find(query text, how_many integer DEFAULT 20)
RETURNS TABLE (id bigint, kind text, title text, rank real)
LANGUAGE sql STABLE AS $$
    SELECT d.id, d.kind, d.title, ts_rank(d.words, q) AS rank
    FROM search_documents AS d, websearch_to_tsquery('english'::regconfig, query) AS q
    WHERE d.words @@ q
    ORDER BY rank DESC, d.id
    LIMIT how_many;
$$;
