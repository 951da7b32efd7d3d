-- Days beside hours: a month by key or by user is read from 30 rows each instead of 720. A day is added up once it is over,
-- and anew where a record of it comes in late (a host that was away hands its journal in days later).
CREATE TABLE pointsman.usage_daily (LIKE pointsman.usage_rollups);
ALTER TABLE pointsman.usage_daily RENAME COLUMN hour TO day;
-- Rows that are read together lie together.
ALTER TABLE pointsman.usage_daily ADD PRIMARY KEY (dimension, day, workspace_id, name, route);

CREATE TABLE pointsman.usage_folded_days (
  day timestamptz PRIMARY KEY CHECK (day = date_trunc('day', day, 'UTC')),
  folded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pointsman.usage_folded_days IS 'Days whose rows in usage_daily hold all that the hours hold; of others they are not to be read.';

-- Adds up the newest day that is over and not added up; null = there is none. Nobody adds to an hour of the past meanwhile.
CREATE FUNCTION pointsman.fold_usage_day(over_before timestamptz) RETURNS timestamptz
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
    cost_nano_usd, duration_buckets, first_content_buckets)
  SELECT chosen, workspace_id, dimension, name, route, sum(requests), sum(errors),
    CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END, sum(fallbacks), sum(unpriced_requests),
    sum(input_tokens), sum(cache_read_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens),
    sum(output_tokens), sum(cost_nano_usd), pointsman.sum_buckets(duration_buckets),
    pointsman.sum_buckets(first_content_buckets)
  FROM pointsman.usage_rollups
  WHERE hour >= chosen AND hour < chosen + interval '1 day'
  GROUP BY workspace_id, dimension, name, route
  ORDER BY dimension, workspace_id, name, route;
  INSERT INTO pointsman.usage_folded_days (day) VALUES (chosen);
  RETURN chosen;
END
$$;

-- Said by whoever is about to change hours of these days, in the same transaction.
CREATE FUNCTION pointsman.unfold_usage_days(days timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(70707074);
  DELETE FROM pointsman.usage_folded_days WHERE day = ANY (days);
END
$$;

-- An erasure gives the hours of a person another name: no day keeps the old one, and each is added up anew.
CREATE FUNCTION pointsman.forget_usage_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(70707074);
  DELETE FROM pointsman.usage_daily
  WHERE dimension = OLD.dimension AND workspace_id = OLD.workspace_id AND name = OLD.name
    AND day = date_trunc('day', OLD.hour, 'UTC');
  DELETE FROM pointsman.usage_folded_days WHERE day = date_trunc('day', OLD.hour, 'UTC');
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_day AFTER UPDATE OF name ON pointsman.usage_rollups
  FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION pointsman.forget_usage_day();
REVOKE EXECUTE ON FUNCTION pointsman.fold_usage_day(timestamptz), pointsman.unfold_usage_days(timestamptz[]),
  pointsman.forget_usage_day() FROM PUBLIC;

ALTER TABLE pointsman.usage_daily ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.usage_folded_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_daily FOR ALL TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON pointsman.usage_folded_days FOR ALL TO service_role USING (true) WITH CHECK (true);
GRANT SELECT ON pointsman.usage_daily, pointsman.usage_folded_days TO service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260305110000'))
WHERE key = 'schema-version';
