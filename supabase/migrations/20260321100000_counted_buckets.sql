-- How often each place of a list of counts was met: the sums of a batch are made where its records are, and not in the process
-- that reads the journal. Place by place in one loop, as lists are added up.
CREATE FUNCTION pointsman.count_buckets(places integer[], last_place integer) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
  counts bigint[] := array_fill(0::bigint, ARRAY[last_place + 1]);
  place integer;
BEGIN
  FOREACH place IN ARRAY places LOOP
    counts[place + 1] := counts[place + 1] + 1;
  END LOOP;
  RETURN counts;
END
$$;
REVOKE EXECUTE ON FUNCTION pointsman.count_buckets(integer[], integer) FROM PUBLIC, service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260321100000'))
WHERE key = 'schema-version';
