-- The gateway's own time beside the latencies, of all requests together: in the rows of each name it would be a third list to
-- add to with every batch. Columns without a value: no row of before is written anew, and what it lacks is not known.
ALTER TABLE pointsman.usage_rollups ADD COLUMN overhead_buckets bigint[];
ALTER TABLE pointsman.usage_daily ADD COLUMN overhead_buckets bigint[];
COMMENT ON COLUMN pointsman.usage_rollups.overhead_buckets IS 'Counts per bucket as the latencies have them, of microseconds. Of the dimension all; null: not known.';

-- The last two days by the minute, of all requests together: a row a minute, however many requests there are. Older ones are
-- removed; the hours tell of them.
CREATE TABLE pointsman.usage_minutes (
  minute timestamptz NOT NULL CHECK (minute = date_trunc('minute', minute, 'UTC')),
  workspace_id text NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  refused bigint NOT NULL,
  fallbacks bigint NOT NULL,
  unpriced_requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_nano_usd bigint NOT NULL,
  duration_buckets bigint[] NOT NULL,
  first_content_buckets bigint[] NOT NULL,
  overhead_buckets bigint[] NOT NULL,
  PRIMARY KEY (minute, workspace_id)
) WITH (fillfactor = 70);
ALTER TABLE pointsman.usage_minutes ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_minutes FOR ALL TO service_role USING (true) WITH CHECK (true);
GRANT SELECT ON pointsman.usage_minutes TO service_role;

CREATE OR REPLACE FUNCTION pointsman.fold_usage_day(over_before timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET timezone = 'UTC'
AS $$
DECLARE
  chosen timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(70707074);
  SELECT each.day INTO chosen
  FROM (SELECT date_trunc('day', min(hour)) AS first FROM pointsman.usage_rollups) AS known,
    generate_series(known.first, over_before - interval '1 day', interval '1 day') AS each (day)
  WHERE NOT EXISTS (SELECT FROM pointsman.usage_folded_days AS done WHERE done.day = each.day)
  ORDER BY each.day DESC LIMIT 1;
  IF chosen IS NULL THEN
    RETURN NULL;
  END IF;
  DELETE FROM pointsman.usage_daily WHERE day = chosen;
  INSERT INTO pointsman.usage_daily (day, workspace_id, dimension, name, route, requests, errors, refused, fallbacks,
    unpriced_requests, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
    cost_nano_usd, duration_buckets, first_content_buckets, overhead_buckets)
  SELECT chosen, workspace_id, dimension, name, route, sum(requests), sum(errors),
    CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END, sum(fallbacks), sum(unpriced_requests),
    sum(input_tokens), sum(cache_read_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens),
    sum(output_tokens), sum(cost_nano_usd), pointsman.sum_buckets(duration_buckets),
    pointsman.sum_buckets(first_content_buckets), nullif(pointsman.sum_buckets(overhead_buckets), '{}')
  FROM pointsman.usage_rollups
  WHERE hour >= chosen AND hour < chosen + interval '1 day'
  GROUP BY workspace_id, dimension, name, route
  ORDER BY dimension, workspace_id, name, route;
  INSERT INTO pointsman.usage_folded_days (day) VALUES (chosen);
  RETURN chosen;
END
$$;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260319100000'))
WHERE key = 'schema-version';
