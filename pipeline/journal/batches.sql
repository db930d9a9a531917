-- One row a batch, written after its calls and before it is submitted. `batch_id` is the
-- provider's, '' until it is noted. `state`: open (maybe submitted, maybe running), over (every
-- result stored), dropped (the provider did not take it), lost (the provider knows it no more)
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY, stage TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL,
  rung TEXT NOT NULL, created_at REAL NOT NULL, calls INTEGER NOT NULL,
  batch_id TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'over', 'dropped', 'lost'))
) WITHOUT ROWID;

-- Which calls went out in which batch: a call that expired goes out again in another
CREATE TABLE IF NOT EXISTS batch_calls (
  batch TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (key, batch)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS batch_calls_of ON batch_calls (batch);

-- Which models answered, without a walk over the replies
CREATE INDEX IF NOT EXISTS calls_served ON calls (model, served_model) WHERE state = 'done'
