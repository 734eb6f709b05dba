-- Browsers in which somebody has signed in, each with the accounts that were: strangers' guesses do not shut these out.
-- Only a hash of what the browser is known by; seen is when somebody last signed in, in seconds of 1970.
CREATE TABLE browser (
  hash BLOB NOT NULL, account INTEGER NOT NULL REFERENCES account, seen INTEGER NOT NULL, PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;
