-- A request that was refused as its caller asked for it is no use of a model and no failure: it has a count of its own,
-- and is left out of the rate of errors, which a client that is refused all day would otherwise make look good. A refusal
-- of ours (no usable candidate, not ready) is an error; it was counted as none.

ALTER TABLE pointsman.usage_rollups ADD COLUMN refused bigint;
COMMENT ON COLUMN pointsman.usage_rollups.refused IS 'Refused as asked for (4xx). Null: of hours before this was counted whose records are gone.';

-- Hours whose records are all there: records are pruned from their old end.
WITH recorded AS (
  SELECT * FROM pointsman.usage_records
  WHERE received_at >= (SELECT date_trunc('hour', min(received_at), 'UTC') + interval '1 hour' FROM pointsman.usage_records)
    OR NOT EXISTS (SELECT FROM pointsman.usage_rollups AS earlier
      WHERE earlier.hour + interval '1 hour' <= (SELECT min(received_at) FROM pointsman.usage_records))
), counted AS (
  SELECT date_trunc('hour', record.received_at, 'UTC') AS hour, record.workspace_id, place.dimension, place.name, place.route,
    count(*) FILTER (WHERE record.outcome = 'refused' AND coalesce(record.status, 400) < 500) AS refused,
    count(*) FILTER (WHERE record.outcome = 'refused' AND record.status >= 500) AS failed
  FROM recorded AS record
  CROSS JOIN LATERAL (VALUES ('all', '', ''), ('model', coalesce(record.model_id, ''), ''),
    ('provider', coalesce(record.provider, ''), ''), ('agent', coalesce(record.agent, ''), ''),
    ('use-case', coalesce(record.use_case, ''), ''), ('user', coalesce(record.user_id, ''), ''),
    ('key', coalesce(record.key_id, ''), ''), ('route', coalesce(record.route, ''), ''),
    ('model-route', coalesce(record.model_id, ''), coalesce(record.route, ''))) AS place (dimension, name, route)
  WHERE record.record ->> 'operation' IS DISTINCT FROM 'count-tokens'
  GROUP BY 1, 2, 3, 4, 5
)
UPDATE pointsman.usage_rollups AS rollup
SET refused = counted.refused, errors = rollup.errors + counted.failed
FROM counted
WHERE (rollup.hour, rollup.workspace_id, rollup.dimension, rollup.name, rollup.route)
  = (counted.hour, counted.workspace_id, counted.dimension, counted.name, counted.route);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301170001'))
WHERE key = 'schema-version';
