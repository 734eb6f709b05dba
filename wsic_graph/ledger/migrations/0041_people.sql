-- A confirmed address, and a lock that an administrator sets.
ALTER TABLE account ADD COLUMN email TEXT COLLATE NOCASE;
ALTER TABLE account ADD COLUMN locked INTEGER;
CREATE UNIQUE INDEX account_of_email ON account (email) WHERE email IS NOT NULL;
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';

-- Who signs in at another provider.
CREATE TABLE identity (
  issuer TEXT NOT NULL, subject TEXT NOT NULL, account INTEGER NOT NULL REFERENCES account, made INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
-- Sign-ins that are under way there, each of one browser.
CREATE TABLE elsewhere (
  hash BLOB PRIMARY KEY, visitor BLOB NOT NULL, verifier TEXT NOT NULL, nonce TEXT NOT NULL,
  account INTEGER REFERENCES account, next TEXT NOT NULL, expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was sent to an address to be used once. Only hashes; the secret is made when the message is.
CREATE TABLE link (
  hash BLOB PRIMARY KEY, purpose TEXT NOT NULL CHECK (purpose IN ('register', 'reset', 'address', 'contribution')),
  email TEXT NOT NULL COLLATE NOCASE, account INTEGER REFERENCES account,
  submission TEXT REFERENCES submission ON DELETE CASCADE, expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Messages that wait to be sent; one that has gone is not kept.
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, email TEXT NOT NULL COLLATE NOCASE, said TEXT NOT NULL,
  made INTEGER NOT NULL, tries INTEGER NOT NULL, next INTEGER NOT NULL, problem TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (next);

-- Who is told what becomes of a submission. An address is forgotten when the submission is decided.
CREATE TABLE contributor (
  submission TEXT PRIMARY KEY REFERENCES submission ON DELETE CASCADE, email TEXT NOT NULL COLLATE NOCASE,
  confirmed INTEGER NOT NULL, tell INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
