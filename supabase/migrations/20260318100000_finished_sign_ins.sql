-- A sign-in at an issuer of OpenID Connect is a sealed cookie until it is finished, and can be finished once.
COMMENT ON TABLE pointsman.ended_console_sessions IS 'Ids of the web console that open nothing any more: of sessions that were signed out of before their time, and of finished sign-ins.';

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260318100000'))
WHERE key = 'schema-version';
