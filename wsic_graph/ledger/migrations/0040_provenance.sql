-- The organisation under whose name a change was proposed, by its IRI, where an account vouches for it; else empty.
ALTER TABLE change ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
-- The digest of what the release said of the record when the revision was decided on: by this a later release that
-- says something else is known. Null in rows of older programs: then it is what the record's first revision replaced.
ALTER TABLE revision ADD COLUMN base BLOB;
-- What a release said of a record when a revision was decided on, by its digest: to compare three ways later.
CREATE TABLE base (digest BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
