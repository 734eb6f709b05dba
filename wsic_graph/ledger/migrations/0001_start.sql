-- People. A password is an argon2id hash; a session, a token and a private link are kept as hashes only.
CREATE TABLE account (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE, shown TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('reader', 'contributor', 'editor', 'administrator')),
  password TEXT NOT NULL, made INTEGER NOT NULL, closed INTEGER
) STRICT;
CREATE TABLE session (
  hash BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, made INTEGER NOT NULL, seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token (
  hash BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, label TEXT NOT NULL, scopes TEXT NOT NULL,
  made INTEGER NOT NULL, expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What was tried and by whom (a hash): failed sign-ins and new submissions, forgotten after their window.
CREATE TABLE attempt (what TEXT NOT NULL, who BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX attempt_of ON attempt (what, who, at);

CREATE TABLE submission (
  id TEXT PRIMARY KEY, link BLOB NOT NULL UNIQUE, record TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'changes-asked', 'accepted', 'rejected')),
  edits INTEGER NOT NULL, fields TEXT NOT NULL, body BLOB NOT NULL, base BLOB NOT NULL, named TEXT NOT NULL,
  account INTEGER REFERENCES account, why TEXT NOT NULL, reason TEXT NOT NULL, made TEXT NOT NULL, changed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_in_queue ON submission (state, changed);

-- What was accepted, in order. One change is all that one decision published.
CREATE TABLE change (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, named TEXT NOT NULL, why TEXT NOT NULL,
  submission TEXT UNIQUE REFERENCES submission, editor INTEGER REFERENCES account, digest BLOB NOT NULL
) STRICT;
CREATE TABLE revision (
  record TEXT NOT NULL, number INTEGER NOT NULL, change INTEGER NOT NULL REFERENCES change,
  body BLOB NOT NULL, digest BLOB NOT NULL, previous BLOB NOT NULL, PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_of_change ON revision (change, record);

CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER change_is_kept BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'accepted changes are kept'); END;
CREATE TRIGGER change_stays BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'accepted changes are kept'); END;
CREATE TRIGGER revision_is_kept BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'accepted revisions are kept'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'accepted revisions are kept'); END;
