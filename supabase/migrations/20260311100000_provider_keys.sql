-- Keys of providers, sealed: each under a data key of its own, which is wrapped by a key that the hosts derive from their
-- master key. Nothing here can be read without it. One row a version; of the versions before the present one the record stays
-- (who, when, last four characters) and what was sealed goes.

CREATE TABLE pointsman.provider_keys (
  provider text NOT NULL CHECK (provider ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  version integer NOT NULL CHECK (version > 0),
  -- Bound into what is sealed, together with provider and version: a row put in another's place cannot be opened.
  id text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('bearer', 'aws')),
  last_four text CHECK (length(last_four) = 4),
  expires_at timestamptz,
  set_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  set_revision bigint NOT NULL,
  ended_at timestamptz,
  wrapping_key text,
  wrapped_key bytea,
  sealed bytea,
  revision bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, version),
  CONSTRAINT provider_key_that_ended_is_gone CHECK (
    (ended_at IS NULL) = (wrapping_key IS NOT NULL)
    AND (ended_at IS NULL) = (wrapped_key IS NOT NULL)
    AND (ended_at IS NULL) = (sealed IS NOT NULL))
);
COMMENT ON TABLE pointsman.provider_keys IS 'Keys of providers, sealed under the master key, and the record of those before them.';
COMMENT ON COLUMN pointsman.provider_keys.kind IS '`bearer`: a key or token; `aws`: an access-key pair.';
COMMENT ON COLUMN pointsman.provider_keys.last_four IS 'Of the key, or of the access key''s id: the only characters that are told. Null = too short to tell any.';
COMMENT ON COLUMN pointsman.provider_keys.set_revision IS 'Whose actor set it. The actor of `revision` ended it, where it has ended.';
CREATE UNIQUE INDEX provider_keys_in_force ON pointsman.provider_keys (provider) WHERE ended_at IS NULL;
CALL pointsman.keep_revisions_of('pointsman.provider_keys');

-- What the last call that was made to try a provider's key came to.
CREATE TABLE pointsman.provider_tests (
  provider text PRIMARY KEY,
  tested_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  ok boolean NOT NULL,
  model_id text NOT NULL,
  latency_ms integer NOT NULL CHECK (latency_ms >= 0),
  key_source text,
  error_code text,
  problem text,
  CONSTRAINT provider_test_that_failed_says_why CHECK (ok = (problem IS NULL))
);
COMMENT ON TABLE pointsman.provider_tests IS 'What the last trial of a provider''s key came to.';

-- Of the sealed columns nothing, to nobody but the program.
GRANT SELECT (provider, version, id, kind, last_four, expires_at, set_at, set_revision, ended_at, revision)
  ON pointsman.provider_keys TO service_role;
GRANT SELECT ON pointsman.provider_tests TO service_role;
ALTER TABLE pointsman.provider_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.provider_tests ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.provider_keys TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON pointsman.provider_tests TO service_role USING (true) WITH CHECK (true);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260311100000'))
WHERE key = 'schema-version';
