-- What keys may use beyond requests a minute and spend a day; rotation with an overlap; when a key was last used; and the
-- counts that hosts on one database share.

ALTER TABLE pointsman.keys
  ADD COLUMN tokens_per_minute bigint CHECK (tokens_per_minute > 0),
  ADD COLUMN concurrent_requests integer CHECK (concurrent_requests > 0),
  ADD COLUMN spend_per_month_nano_usd bigint CHECK (spend_per_month_nano_usd >= 0),
  ADD COLUMN budget_id text,
  ADD COLUMN replaced_by text;
COMMENT ON COLUMN pointsman.keys.budget_id IS 'The key whose limits this one shares since a rotation; null: its own.';
COMMENT ON COLUMN pointsman.keys.replaced_by IS 'The key that took its place; until it ends both are good.';

CREATE TABLE pointsman.key_uses (
  key_id text PRIMARY KEY,
  last_used_at timestamptz NOT NULL
);
COMMENT ON TABLE pointsman.key_uses IS 'Written with each batch of usage records, never with a request. Beside the keys, whose every change is a revision.';

CREATE TABLE pointsman.limit_counts (
  budget_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('requests', 'tokens', 'concurrent', 'spend-day', 'spend-month')),
  window_start timestamptz NOT NULL,
  -- For `concurrent`, whose slots end with the host that holds them; empty for all others.
  holder text NOT NULL DEFAULT '',
  used bigint NOT NULL CHECK (used >= 0),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (budget_id, kind, window_start, holder)
);
CREATE INDEX limit_counts_end ON pointsman.limit_counts (expires_at);
COMMENT ON TABLE pointsman.limit_counts IS 'What hosts have leased of the limits of keys, in the windows that run.';

ALTER TABLE pointsman.key_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.key_uses TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.limit_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.limit_counts TO service_role USING (true) WITH CHECK (true);
REVOKE ALL ON pointsman.key_uses, pointsman.limit_counts FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON pointsman.key_uses, pointsman.limit_counts TO service_role;
GRANT SELECT (tokens_per_minute, concurrent_requests, spend_per_month_nano_usd, budget_id, replaced_by)
  ON pointsman.keys TO service_role;

UPDATE pointsman.settings SET value = '"20260201110000"'
WHERE key = 'schema-version' AND value #>> '{}' < '20260201110000';
