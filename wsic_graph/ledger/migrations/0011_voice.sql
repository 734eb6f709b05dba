-- What people say about records. Words wait here until an editor decides; what is published is a change like any other.
CREATE TABLE remark (
  id TEXT PRIMARY KEY, link BLOB NOT NULL UNIQUE, record TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('comment', 'done-elsewhere', 'error')),
  area TEXT NOT NULL, named TEXT NOT NULL, text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'published', 'rejected', 'put-right', 'no-error')),
  reason TEXT NOT NULL, edits INTEGER NOT NULL, made TEXT NOT NULL, changed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX remark_in_queue ON remark (kind, state, changed);

-- Answers to "was this useful?", one for each visitor and record. A visitor is the hash of a cookie or of an account.
CREATE TABLE answer (
  record TEXT NOT NULL, who BLOB NOT NULL, answer TEXT NOT NULL CHECK (answer IN ('yes', 'partly', 'no')),
  at TEXT NOT NULL, PRIMARY KEY (record, who)
) STRICT, WITHOUT ROWID;
