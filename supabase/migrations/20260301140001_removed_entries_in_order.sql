-- A backup holds the rows of a table in the order of its key: names that left had none.
ALTER TABLE pointsman.removed_entries ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301140001'))
WHERE key = 'schema-version';
