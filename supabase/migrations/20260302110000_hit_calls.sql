-- How many calls of a request its drill hit, counted as its record is taken in: who sums up a drill reads no record whole.

ALTER TABLE pointsman.usage_records ADD COLUMN drill_hits integer;
COMMENT ON COLUMN pointsman.usage_records.drill_hits IS 'Calls that the drill hit. Null: no drill drew the request.';

UPDATE pointsman.usage_records
SET drill_hits = jsonb_array_length(jsonb_path_query_array(record -> 'attempts', '$[*] ? (exists (@.drill))'))
WHERE drill_id IS NOT NULL;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260302110000'))
WHERE key = 'schema-version';
