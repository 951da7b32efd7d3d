-- Alarms: what an operator should know for as long as it lasts. One row from its raising to its clearing.

CREATE TABLE pointsman.alarms (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  kind text NOT NULL CHECK (kind <> ''),
  subject text NOT NULL,
  message text NOT NULL,
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz,
  -- When this row was written: an alarm of a time when the database was away begins before that.
  changed_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  CHECK (cleared_at IS NULL OR cleared_at >= raised_at)
);
COMMENT ON COLUMN pointsman.alarms.subject IS 'Whom it is about: a replica, a host, a revision; `registry` where it is about the whole.';
-- Several hosts see the same thing: it stands once.
CREATE UNIQUE INDEX alarms_standing ON pointsman.alarms (kind, subject) WHERE cleared_at IS NULL;
CREATE INDEX alarms_raised ON pointsman.alarms (raised_at DESC, id);
CREATE INDEX alarms_changed ON pointsman.alarms (changed_at);

-- Who follows the changes asks for those since an instant; housekeeping for those before one.
CREATE INDEX acknowledgements_time ON pointsman.acknowledgements (acknowledged_at);

GRANT SELECT ON pointsman.alarms TO service_role;
ALTER TABLE pointsman.alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.alarms TO service_role USING (true) WITH CHECK (true);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260201120000'))
WHERE key = 'schema-version';
