-- Statements of earlier builds of version 1 that schema.sql has otherwise today. A journal may have
-- either: they say the same about money (journal/rules.h).

-- With two columns that nothing reads any more.
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
  state TEXT NOT NULL DEFAULT 'open' CHECK(state IN ('open', 'settled', 'gave_up')),
  created_ms INTEGER NOT NULL,
  settled_ms INTEGER,
  UNIQUE(project, origin, key, take)) STRICT;

-- With other words in their messages.
CREATE TRIGGER attempt_born BEFORE INSERT ON attempt WHEN NEW.state <> 'intent'
BEGIN SELECT RAISE(ABORT, 'an attempt starts as intent'); END;

CREATE TRIGGER substitute_fits BEFORE INSERT ON substitute
WHEN NOT EXISTS(SELECT 1 FROM attempt WHERE attempt_id = NEW.attempt_id AND state = 'surplus')
  OR EXISTS(SELECT 1 FROM attempt WHERE call_id = NEW.call_id
    AND state IN ('intent', 'latched', 'ambiguous', 'created', 'succeeded', 'missing'))
BEGIN SELECT RAISE(ABORT, 'a substitute is a surplus task for a call that has none'); END;
