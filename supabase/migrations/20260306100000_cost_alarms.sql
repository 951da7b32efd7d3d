-- Cost alarms: what spending an operator wants to hear of. One row a rule; the alarms that it raises stand in pointsman.alarms
-- (kind cost). What is to be told of them waits in a table of its own, so that a host that dies has told nothing twice and
-- forgotten nothing.

CREATE TABLE pointsman.cost_alarms (
  name text PRIMARY KEY CHECK (name <> ''),
  dimension text NOT NULL CHECK (dimension IN ('all', 'route', 'agent', 'key', 'model')),
  -- Of the dimension: `use-case/clinical`, an agent, a key's id, a model's id; empty for `all`.
  subject text NOT NULL,
  period text NOT NULL CHECK (period IN ('hour', 'day', 'month')),
  above_nano_usd bigint CHECK (above_nano_usd >= 0),
  above_mean_percent double precision CHECK (above_mean_percent > 100),
  least_nano_usd bigint NOT NULL DEFAULT 0 CHECK (least_nano_usd >= 0),
  webhook_url text,
  created_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  changed_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  -- The window in which it was raised last: at most once in each.
  raised_window timestamptz,
  CONSTRAINT cost_alarm_has_one_limit CHECK ((above_nano_usd IS NULL) <> (above_mean_percent IS NULL)),
  CONSTRAINT cost_alarm_of_a_month_has_no_mean CHECK (above_mean_percent IS NULL OR period <> 'month'),
  CONSTRAINT cost_alarm_has_a_subject CHECK ((dimension = 'all') = (subject = ''))
);
COMMENT ON TABLE pointsman.cost_alarms IS 'What spending an operator wants to hear of.';
COMMENT ON COLUMN pointsman.cost_alarms.above_nano_usd IS 'Raised above this in the present hour, day or month (UTC).';
COMMENT ON COLUMN pointsman.cost_alarms.above_mean_percent IS 'Raised above this share of the mean hour or day of the seven days before.';
COMMENT ON COLUMN pointsman.cost_alarms.least_nano_usd IS 'What is unusual but below this is not raised.';

CREATE TABLE pointsman.webhook_deliveries (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  -- No foreign key: what was raised is told, also where its rule is gone.
  cost_alarm text NOT NULL,
  url text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  next_attempt_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  attempts integer NOT NULL DEFAULT 0,
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_error text
);
COMMENT ON TABLE pointsman.webhook_deliveries IS 'What is to be told by webhook, and what became of it.';
CREATE INDEX webhook_deliveries_due ON pointsman.webhook_deliveries (next_attempt_at)
  WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX webhook_deliveries_of ON pointsman.webhook_deliveries (cost_alarm, created_at DESC);

GRANT SELECT ON pointsman.cost_alarms, pointsman.webhook_deliveries TO service_role;
ALTER TABLE pointsman.cost_alarms ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.cost_alarms TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON pointsman.webhook_deliveries TO service_role USING (true) WITH CHECK (true);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260306100000'))
WHERE key = 'schema-version';
