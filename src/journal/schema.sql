-- The journal of reel, version 1. The rules about money are constraints and triggers, so that no
-- mistake in C or Lua can break them: an attempt begins as an intent, changes its state only as
-- trigger attempt_moves allows, keeps its task id, and is never deleted once it may have been paid;
-- a call has at most one live attempt.

CREATE TABLE run(
  run TEXT PRIMARY KEY, script TEXT, project TEXT NOT NULL, started_ms INTEGER NOT NULL,
  holder TEXT NOT NULL) STRICT;

CREATE TABLE call(
  call_id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  origin TEXT NOT NULL, -- scheme://host:port, or 'local' for the local service
  key_kind TEXT NOT NULL CHECK(key_kind IN ('explicit', 'content')),
  key TEXT NOT NULL,
  take INTEGER NOT NULL CHECK(take >= 1),
  model TEXT NOT NULL,
  input_sha256 TEXT NOT NULL,
  input_json TEXT,
  first_run TEXT NOT NULL,
  last_run TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE(project, origin, key, take)) STRICT;

CREATE TABLE attempt(
  attempt_id INTEGER PRIMARY KEY,
  call_id INTEGER NOT NULL REFERENCES call,
  n INTEGER NOT NULL CHECK(n >= 1),
  run TEXT NOT NULL REFERENCES run,
  nonce TEXT NOT NULL UNIQUE,
  body_sha256 TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('intent', 'latched', 'ambiguous', 'created', 'succeeded',
    'failed', 'missing', 'refused', 'withdrawn', 'absent', 'abandoned', 'surplus')),
  latched_ms INTEGER, latched_by TEXT,
  resolved_ms INTEGER, resolved_by TEXT,
  answer BLOB, http_status INTEGER, code INTEGER, msg TEXT, curl_code INTEGER,
  estimate REAL,
  task_id TEXT, remote_state TEXT, fail_code TEXT, fail_msg TEXT, result_json TEXT, credits REAL,
  UNIQUE(call_id, n), UNIQUE(origin, task_id),
  CHECK(state NOT IN ('created', 'succeeded', 'surplus') OR task_id IS NOT NULL),
  CHECK(state IN ('intent', 'withdrawn') OR latched_ms IS NOT NULL)) STRICT;

CREATE UNIQUE INDEX one_live_attempt ON attempt(call_id)
  WHERE state IN ('intent', 'latched', 'ambiguous', 'created', 'succeeded', 'missing');

-- For the rate limit and the budget.
CREATE INDEX attempt_sent ON attempt(latched_ms) WHERE latched_ms IS NOT NULL;

-- Every call that is asked for looks for a surplus task, and there are few.
CREATE INDEX attempt_surplus ON attempt(attempt_id) WHERE state = 'surplus';

CREATE TRIGGER attempt_born BEFORE INSERT ON attempt WHEN NEW.state <> 'intent'
BEGIN SELECT RAISE(ABORT, 'an attempt must begin as an intent'); END;

CREATE TRIGGER attempt_moves BEFORE UPDATE OF state ON attempt
WHEN NOT (OLD.state || '>' || NEW.state IN (
  'intent>latched', 'intent>withdrawn',
  'latched>created', 'latched>refused', 'latched>ambiguous',
  'ambiguous>created', 'ambiguous>absent', 'ambiguous>abandoned',
  'abandoned>created', 'absent>created', 'abandoned>surplus', 'absent>surplus',
  'created>succeeded', 'created>failed', 'created>missing',
  'missing>succeeded', 'missing>failed', 'missing>created', 'missing>abandoned'))
BEGIN SELECT RAISE(ABORT, 'illegal attempt transition'); END;

CREATE TRIGGER attempt_task_id BEFORE UPDATE OF task_id ON attempt
WHEN OLD.task_id IS NOT NULL AND NEW.task_id IS NOT OLD.task_id
BEGIN SELECT RAISE(ABORT, 'task_id is write-once'); END;

CREATE TRIGGER attempt_keep BEFORE DELETE ON attempt
WHEN OLD.state <> 'refused' AND OLD.latched_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'attempts that may have been paid are never deleted'); END;

-- Result files in the media folder.
CREATE TABLE artifact(
  attempt_id INTEGER NOT NULL REFERENCES attempt,
  place INTEGER NOT NULL CHECK(place >= 1), -- which of the results
  url TEXT NOT NULL,
  file TEXT NOT NULL,                       -- in the media folder
  sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, stored_ms INTEGER NOT NULL,
  PRIMARY KEY(attempt_id, place)) STRICT;

-- Files that task:save wrote outside of the media folder. A rerun may replace these and no others.
CREATE TABLE saved(
  path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, attempt_id INTEGER REFERENCES attempt,
  saved_ms INTEGER NOT NULL) STRICT;

CREATE TABLE upload(
  origin TEXT NOT NULL, sha256 TEXT NOT NULL, url TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  PRIMARY KEY(origin, sha256)) STRICT;

-- Callbacks: an attempt's nonce, and the task id that the callback claims for this attempt.
CREATE TABLE inbox(
  inbox_id INTEGER PRIMARY KEY, nonce TEXT NOT NULL, task_id TEXT, received_ms INTEGER NOT NULL,
  applied_ms INTEGER) STRICT;

CREATE INDEX inbox_nonce ON inbox(nonce);
CREATE INDEX inbox_unapplied ON inbox(inbox_id) WHERE applied_ms IS NULL;

-- Which surplus task serves a call, so that the call makes no attempt of its own.
CREATE TABLE substitute(
  call_id INTEGER PRIMARY KEY REFERENCES call,
  attempt_id INTEGER NOT NULL UNIQUE REFERENCES attempt, taken_ms INTEGER NOT NULL) STRICT;

CREATE TRIGGER substitute_fits BEFORE INSERT ON substitute
WHEN NOT EXISTS(SELECT 1 FROM attempt WHERE attempt_id = NEW.attempt_id AND state = 'surplus')
  OR EXISTS(SELECT 1 FROM attempt WHERE call_id = NEW.call_id
    AND state IN ('intent', 'latched', 'ambiguous', 'created', 'succeeded', 'missing'))
BEGIN SELECT RAISE(ABORT,
  'only a surplus task may serve a call, and only if the call has no live attempt'); END;

CREATE TRIGGER attempt_is_needed BEFORE INSERT ON attempt
WHEN EXISTS(SELECT 1 FROM substitute WHERE call_id = NEW.call_id)
BEGIN SELECT RAISE(ABORT, 'the call has a surplus task'); END;

-- What a person decided about an attempt, and why.
CREATE TABLE decision(
  decision_id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempt,
  kind TEXT NOT NULL CHECK(kind IN ('adopt', 'absent', 'resend', 'abandon')),
  why TEXT NOT NULL, decided_ms INTEGER NOT NULL) STRICT;
