-- Usage: raw records in monthly partitions, rollups per hour, and how far each journal has been read.

CREATE TABLE pointsman.usage_records (
  id text NOT NULL,
  received_at timestamptz NOT NULL,
  workspace_id text NOT NULL,
  key_id text,
  principal text NOT NULL,
  user_id text,
  conversation_id text,
  session_id text,
  tags text[] NOT NULL,
  face text NOT NULL,
  streamed boolean NOT NULL,
  requested text NOT NULL,
  route text,
  use_case text,
  agent text,
  reason text,
  target_model_id text,
  model_id text,
  provider text,
  region text,
  outcome text NOT NULL CHECK (outcome IN ('ok', 'partial', 'refused', 'failed', 'client-closed', 'unknown')),
  status integer,
  error_code text,
  attempt_count integer NOT NULL,
  failed_attempt_count integer NOT NULL,
  input_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  output_tokens bigint,
  reasoning_tokens bigint,
  usage_estimated boolean NOT NULL,
  cost_nano_usd bigint,
  price_id text,
  duration_ms double precision NOT NULL,
  first_content_ms double precision,
  overhead_us double precision NOT NULL,
  revision_epoch integer NOT NULL,
  revision_number bigint NOT NULL,
  switch_id text,
  -- The record as the journal holds it.
  record jsonb NOT NULL,
  PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX usage_records_time ON pointsman.usage_records (received_at DESC, id);
CREATE INDEX usage_records_conversation ON pointsman.usage_records (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX usage_records_user ON pointsman.usage_records (user_id) WHERE user_id IS NOT NULL;
-- A record whose month has no partition goes here, so that no clock can lose one.
CREATE TABLE pointsman.usage_records_default PARTITION OF pointsman.usage_records DEFAULT;

-- Makes the partitions of this month and the next ones; returns how many it made. A month that already has rows in
-- the default partition keeps them there.
CREATE FUNCTION pointsman.ensure_usage_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET timezone = 'UTC'
AS $$
DECLARE
  first_day timestamptz;
  last_day timestamptz;
  partition_name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  FOR month_index IN 0..months_ahead LOOP
    first_day := date_trunc('month', now()) + make_interval(months => month_index);
    last_day := first_day + interval '1 month';
    partition_name := 'usage_records_' || to_char(first_day, 'YYYY_MM');
    CONTINUE WHEN to_regclass('pointsman.' || partition_name) IS NOT NULL;
    CONTINUE WHEN EXISTS (SELECT FROM pointsman.usage_records_default
                          WHERE received_at >= first_day AND received_at < last_day);
    EXECUTE format('CREATE TABLE pointsman.%I PARTITION OF pointsman.usage_records FOR VALUES FROM (%L) TO (%L)',
                   partition_name, first_day, last_day);
    EXECUTE format('ALTER TABLE pointsman.%I ENABLE ROW LEVEL SECURITY', partition_name);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

-- Removes raw records before an instant: whole partitions at once, the rest row by row. Rollups stay.
CREATE FUNCTION pointsman.prune_usage_records(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET timezone = 'UTC'
AS $$
DECLARE
  partition_name text;
  part_count bigint;
  removed bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  FOR partition_name IN
    SELECT class.relname FROM pg_catalog.pg_inherits AS tree
    JOIN pg_catalog.pg_class AS class ON class.oid = tree.inhrelid
    WHERE tree.inhparent = 'pointsman.usage_records'::regclass AND class.relname ~ '_\d{4}_\d{2}$'
      AND to_timestamp(right(class.relname, 7), 'YYYY_MM') + interval '1 month' <= before
  LOOP
    EXECUTE format('SELECT count(*) FROM pointsman.%I', partition_name) INTO part_count;
    EXECUTE format('DROP TABLE pointsman.%I', partition_name);
    removed := removed + part_count;
  END LOOP;
  DELETE FROM pointsman.usage_records WHERE received_at < before;
  GET DIAGNOSTICS part_count = ROW_COUNT;
  RETURN removed + part_count;
END
$$;

CREATE TABLE pointsman.usage_rollups (
  hour timestamptz NOT NULL CHECK (hour = date_trunc('hour', hour, 'UTC')),
  workspace_id text NOT NULL,
  dimension text NOT NULL CHECK (dimension IN
    ('all', 'model', 'provider', 'agent', 'use-case', 'user', 'key', 'route', 'model-route')),
  -- Empty where the request had none. For `model-route` the model, with the route beside it.
  name text NOT NULL,
  route text NOT NULL DEFAULT '',
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  fallbacks bigint NOT NULL,
  unpriced_requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_nano_usd bigint NOT NULL,
  -- Counts per fixed log-scale bucket: bucket 1 holds up to 1 ms, each next one up to 2^(1/4) times more.
  duration_buckets bigint[] NOT NULL,
  first_content_buckets bigint[] NOT NULL,
  PRIMARY KEY (hour, workspace_id, dimension, name, route)
);
CREATE INDEX usage_rollups_dimension ON pointsman.usage_rollups (dimension, hour);

-- Adds two lists of counts place by place; the shorter one counts as filled with zeros.
CREATE FUNCTION pointsman.add_buckets(one bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT
RETURN (SELECT coalesce(array_agg(coalesce(pair.a, 0) + coalesce(pair.b, 0) ORDER BY pair.place), '{}')
        FROM ROWS FROM (unnest(one), unnest(other)) WITH ORDINALITY AS pair (a, b, place));

CREATE AGGREGATE pointsman.sum_buckets(bigint[]) (SFUNC = pointsman.add_buckets, STYPE = bigint[], INITCOND = '{}');

CREATE TABLE pointsman.ingest_checkpoints (
  journal_id text PRIMARY KEY,
  segment bigint NOT NULL CHECK (segment >= 0),
  byte_offset bigint NOT NULL CHECK (byte_offset >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
