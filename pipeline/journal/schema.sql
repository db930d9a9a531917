-- One journal per run. Long texts that repeat (the spec) stand once in `texts`.
CREATE TABLE texts (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;

-- One row a call. `state`: open (intent written, maybe sent), done, failed (error stored, may be
-- retried on demand), unknown (its runner died: possibly sent and billed), waiting (given back
-- unsent or to be retried). `sends` counts attempts. Dollars add up over them: `usd` confirmed,
-- `at_risk_usd` possibly billed, `estimate_usd` in flight.
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  stage TEXT NOT NULL,
  model TEXT NOT NULL,
  subject TEXT NOT NULL,
  replicate INTEGER NOT NULL,
  request TEXT NOT NULL,
  prefix TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed', 'unknown', 'waiting')),
  sends INTEGER NOT NULL DEFAULT 1,
  estimate_usd REAL NOT NULL DEFAULT 0,
  usd REAL NOT NULL DEFAULT 0,
  at_risk_usd REAL NOT NULL DEFAULT 0,
  outcome TEXT, text TEXT, raw TEXT, stop_reason TEXT, refusal_category TEXT, served_model TEXT,
  rung TEXT, error TEXT, request_id TEXT,
  input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
  latency_s REAL, settled_at TEXT,
  parse TEXT CHECK (parse IN ('ok', 'unparsable')), parse_error TEXT
);

-- Sums per stage and model, kept by triggers, so that watching a run never scans it.
CREATE TABLE tally (
  stage TEXT NOT NULL, model TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0,
  api_refusal INTEGER NOT NULL DEFAULT 0, truncated INTEGER NOT NULL DEFAULT 0,
  unparsable INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0,
  sends INTEGER NOT NULL DEFAULT 0,
  usd REAL NOT NULL DEFAULT 0, at_risk_usd REAL NOT NULL DEFAULT 0,
  estimate_usd REAL NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0, cached_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (stage, model)
) WITHOUT ROWID;

CREATE TRIGGER calls_added AFTER INSERT ON calls BEGIN
  INSERT OR IGNORE INTO tally (stage, model) VALUES (NEW.stage, NEW.model);
  UPDATE tally SET
    open = open + (NEW.state = 'open'), sends = sends + NEW.sends,
    estimate_usd = estimate_usd + NEW.estimate_usd
  WHERE stage = NEW.stage AND model = NEW.model;
END;

CREATE TRIGGER calls_changed AFTER UPDATE ON calls BEGIN
  UPDATE tally SET
    done = done + (NEW.state = 'done') - (OLD.state = 'done'),
    failed = failed + (NEW.state = 'failed') - (OLD.state = 'failed'),
    open = open + (NEW.state = 'open') - (OLD.state = 'open'),
    unknown = unknown + (NEW.state = 'unknown') - (OLD.state = 'unknown'),
    api_refusal = api_refusal
      + (NEW.outcome IS 'api_refusal') - (OLD.outcome IS 'api_refusal'),
    truncated = truncated + (NEW.outcome IS 'truncated') - (OLD.outcome IS 'truncated'),
    unparsable = unparsable + (NEW.parse IS 'unparsable') - (OLD.parse IS 'unparsable'),
    unread = unread + (NEW.outcome IS 'answered' AND NEW.parse IS NULL)
      - (OLD.outcome IS 'answered' AND OLD.parse IS NULL),
    sends = sends + NEW.sends - OLD.sends,
    usd = usd + NEW.usd - OLD.usd,
    at_risk_usd = at_risk_usd + NEW.at_risk_usd - OLD.at_risk_usd,
    -- Sums of floats leave dust: nothing in flight must not read as less than nothing.
    estimate_usd = max(0.0, estimate_usd + NEW.estimate_usd - OLD.estimate_usd),
    input_tokens = input_tokens + ifnull(NEW.input_tokens, 0) - ifnull(OLD.input_tokens, 0),
    cached_tokens = cached_tokens + ifnull(NEW.cached_tokens, 0) - ifnull(OLD.cached_tokens, 0),
    output_tokens = output_tokens + ifnull(NEW.output_tokens, 0) - ifnull(OLD.output_tokens, 0)
  WHERE stage = NEW.stage AND model = NEW.model;
END;

-- Who answered, as replies name themselves; kept by a trigger, for the same reason.
CREATE TABLE served (
  model TEXT NOT NULL, name TEXT NOT NULL, calls INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (model, name)
) WITHOUT ROWID;

CREATE TRIGGER calls_served AFTER UPDATE OF served_model ON calls
WHEN NEW.state = 'done' AND NEW.served_model <> '' BEGIN
  INSERT OR IGNORE INTO served (model, name) VALUES (NEW.model, NEW.served_model);
  UPDATE served SET calls = calls + 1 WHERE model = NEW.model AND name = NEW.served_model;
END;

-- One row a stage, in order: how many calls it needs, and how far it is.
CREATE TABLE progress (
  stage TEXT PRIMARY KEY, position INTEGER NOT NULL, total INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting', sentence TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- What a stage did without calls (values drawn, queries kept): one JSON document each.
CREATE TABLE documents (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- Live readings of the runner per model, written with its heartbeat.
CREATE TABLE gauges (model TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- Facts of the run itself: state, sentence, heartbeat, runner.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What people ask of the runner: pause, resume, cancel, retry; taken in order.
CREATE TABLE control (
  id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, argument TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0
);
