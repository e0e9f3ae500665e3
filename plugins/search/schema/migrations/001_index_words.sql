-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT
--
-- @no-transaction

-- CONCURRENTLY lets the application go on writing, and cannot run in a transaction. When it fails
-- it leaves an invalid index, which IF NOT EXISTS would take for the real one: so the first
-- statement clears the ground for another try.
DROP INDEX CONCURRENTLY IF EXISTS search_documents_words_idx;

CREATE INDEX CONCURRENTLY IF NOT EXISTS search_documents_words_idx
    ON search_documents USING gin (words);
