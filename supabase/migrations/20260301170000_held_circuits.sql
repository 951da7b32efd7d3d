-- Circuits: which models each data plane holds back after failures, told with the renewal of its lease.

ALTER TABLE pointsman.replicas
  ADD COLUMN circuits jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(circuits) = 'array');
COMMENT ON COLUMN pointsman.replicas.circuits IS
  'Models in regions whose calls it holds back now: [{modelId, region, sinceMs, untilMs, cause}], 100 at most.';

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301170000'))
WHERE key = 'schema-version';
