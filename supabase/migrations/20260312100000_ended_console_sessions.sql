-- A session of the web console is a sealed cookie; nothing is kept of it. What was signed out of before its time is kept until
-- that time, so that a copied cookie opens nothing afterwards, on no host.

CREATE TABLE pointsman.ended_console_sessions (
  session_id text PRIMARY KEY CHECK (session_id <> ''),
  until timestamptz NOT NULL
);
COMMENT ON TABLE pointsman.ended_console_sessions IS 'Sessions of the web console that were signed out of before their time.';
CREATE INDEX ended_console_sessions_until ON pointsman.ended_console_sessions (until);

ALTER TABLE pointsman.ended_console_sessions ENABLE ROW LEVEL SECURITY;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260312100000'))
WHERE key = 'schema-version';
