"""The statements that change a call in a journal, each one step of its life."""

from pathlib import Path

SCHEMA, BATCH_SCHEMA = (
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("journal_schema.sql", "journal_batches.sql")
)

INTEND = """
INSERT INTO calls (key, stage, model, subject, replicate, request, prefix, state, estimate_usd)
VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)
ON CONFLICT (key) DO UPDATE SET
  state = 'open', sends = sends + 1, estimate_usd = excluded.estimate_usd
WHERE state <> 'done'
"""
SETTLE = """
UPDATE calls SET state = ?, usd = usd + ?, at_risk_usd = at_risk_usd + ?, estimate_usd = 0,
  outcome = ?, text = ?, raw = ?, stop_reason = ?, refusal_category = ?,
  served_model = ?, rung = ?, error = ?, request_id = ?, input_tokens = ?, output_tokens = ?,
  cached_tokens = ?, cache_write_tokens = ?, latency_s = ?, settled_at = ?,
  parse = ?, parse_error = NULL
WHERE key = ? AND state = 'open'
"""
FAILED_ATTEMPT = """
UPDATE calls SET at_risk_usd = at_risk_usd + ?, estimate_usd = 0 WHERE key = ? AND state = 'open'
"""
RELEASE = "UPDATE calls SET state = 'waiting', estimate_usd = 0 WHERE key = ? AND state = 'open'"
PARSED = "UPDATE calls SET parse = ?, parse_error = ? WHERE key = ?"
# A batch goes on without its runner: its calls stay open, and are asked about again.
RECOVER = """
UPDATE calls SET state = 'unknown', at_risk_usd = at_risk_usd + estimate_usd, estimate_usd = 0
WHERE state = 'open' AND key NOT IN (
  SELECT key FROM batch_calls WHERE batch IN (SELECT id FROM batches WHERE state = 'open'))
"""
# The row of a batch is written last, and nothing is submitted before it is there.
NOT_SENT = """
UPDATE calls SET state = 'waiting', estimate_usd = 0 WHERE state = 'open' AND key IN (
  SELECT key FROM batch_calls WHERE batch NOT IN (SELECT id FROM batches))
"""
FORGET_NOT_SENT = "DELETE FROM batch_calls WHERE batch NOT IN (SELECT id FROM batches)"
