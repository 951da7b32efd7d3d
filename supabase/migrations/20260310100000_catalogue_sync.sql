-- Where a profile may lead hangs on the region that it is called from, and AWS says so for each. Beside it why a revision was
-- made, where somebody said so: of what a sync or an import took over.

CREATE FUNCTION pointsman.check_destinations(id text, destinations jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF destinations IS NOT NULL AND (jsonb_typeof(destinations) <> 'object' OR EXISTS (
      SELECT FROM jsonb_each(CASE jsonb_typeof(destinations) WHEN 'object' THEN destinations ELSE '{}' END) AS member
      WHERE jsonb_typeof(member.value) <> 'array'
        OR jsonb_path_exists(member.value, '$[*] ? (@.type() != "string")'))) THEN
    RAISE EXCEPTION 'destinations_from of model % in bedrock_models is %', id, left(destinations::text, 200)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_destinations_are_lists',
            HINT = 'Write a list of regions for each calling region, such as ''{"eu-central-1": ["eu-central-1", "eu-west-1"]}'', or NULL.';
  END IF;
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION pointsman.check_destinations(text, jsonb) FROM PUBLIC;
-- Who writes the table has its checks run.
GRANT EXECUTE ON FUNCTION pointsman.check_destinations(text, jsonb) TO service_role;

ALTER TABLE public.bedrock_models
  ADD COLUMN destinations_from jsonb,
  ADD CONSTRAINT model_destinations_are_lists CHECK (pointsman.check_destinations(model_id, destinations_from));
COMMENT ON COLUMN public.bedrock_models.destinations_from IS 'Regions in which a call may run, by the region that is called. Null, or a region left out: as destination_regions says.';

ALTER TABLE pointsman.revisions ADD COLUMN reason text;
COMMENT ON COLUMN pointsman.revisions.reason IS 'What was taken over from where, of a sync or an import. Null: the change speaks for itself, or its switch says why.';

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260310100000'))
WHERE key = 'schema-version';
