-- Removal in pieces, each a transaction of its own: a month as a whole where it is over, else so many rows. `prune_usage_records`
-- stays for whoever wants it done at once.

-- Drops one month that is all before the instant; its name, or null where there is none. Without its lock within the caller's
-- `lock_timeout` it fails, and is tried again another time: whoever writes waits no longer than that.
CREATE FUNCTION pointsman.drop_usage_month(before timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET timezone = 'UTC'
AS $$
DECLARE
  chosen text;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  SELECT class.relname INTO chosen FROM pg_catalog.pg_inherits AS tree
  JOIN pg_catalog.pg_class AS class ON class.oid = tree.inhrelid
  WHERE tree.inhparent = 'pointsman.usage_records'::regclass AND class.relname ~ '_\d{4}_\d{2}$'
    AND to_timestamp(right(class.relname, 7), 'YYYY_MM') + interval '1 month' <= before
  ORDER BY class.relname LIMIT 1;
  IF chosen IS NOT NULL THEN
    EXECUTE format('DROP TABLE pointsman.%I', chosen);
  END IF;
  RETURN chosen;
END
$$;

-- Removes the oldest rows before the instant, at most so many; returns how many.
CREATE FUNCTION pointsman.prune_usage_rows(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  removed integer;
BEGIN
  DELETE FROM pointsman.usage_records AS record
  USING (SELECT id, received_at FROM pointsman.usage_records WHERE received_at < before
         ORDER BY received_at LIMIT most) AS old
  WHERE record.id = old.id AND record.received_at = old.received_at;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;
REVOKE EXECUTE ON FUNCTION pointsman.drop_usage_month(timestamptz), pointsman.prune_usage_rows(timestamptz, integer)
  FROM PUBLIC;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260305120000'))
WHERE key = 'schema-version';
