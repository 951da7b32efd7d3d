-- Adds in place what is not zero. The statement that took both lists apart and put one together again was most of what
-- the ingest cost the database: 17 µs a list against 3, and each row of the rollups has two.
CREATE OR REPLACE FUNCTION pointsman.add_buckets(one bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
  longer bigint[] := one;
  shorter bigint[] := other;
BEGIN
  IF cardinality(one) < cardinality(other) THEN
    longer := other;
    shorter := one;
  END IF;
  FOR place IN 1..cardinality(shorter) LOOP
    IF shorter[place] <> 0 THEN
      longer[place] := longer[place] + shorter[place];
    END IF;
  END LOOP;
  RETURN longer;
END
$$;

-- The rows of the present hour change with every batch: room for the new version of one beside the old one.
ALTER TABLE pointsman.usage_rollups SET (fillfactor = 70);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260305100000'))
WHERE key = 'schema-version';
