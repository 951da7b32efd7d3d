-- Who had the most requests of a month is read from the index of days alone, as long as its rows are known to be seen by all:
-- so that is noted after each day that is added up, and not once a fifth of the table is new. 150,000 rows: 45 ms, not 250.
ALTER TABLE pointsman.usage_daily
  SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260319110000'))
WHERE key = 'schema-version';
