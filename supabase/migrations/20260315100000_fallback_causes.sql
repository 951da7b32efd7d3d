-- Requests that fell back are counted by what for, too: a page that told it from single records would grow with history.
ALTER TABLE pointsman.usage_rollups
  DROP CONSTRAINT usage_rollups_dimension_check,
  ADD CONSTRAINT usage_rollups_dimension_check CHECK (dimension IN
    ('all', 'model', 'provider', 'agent', 'use-case', 'user', 'key', 'route', 'model-route', 'operation', 'fallback-cause'));

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260315100000'))
WHERE key = 'schema-version';
