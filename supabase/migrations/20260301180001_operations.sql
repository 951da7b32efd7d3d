-- What was asked for (a chat, embeddings, a count of tokens), so that embeddings are told apart from chats. Taken from the
-- record, so that records of before have it, too; null where the record does not tell.
ALTER TABLE pointsman.usage_records ADD COLUMN operation text GENERATED ALWAYS AS (
  CASE record ->> 'operation'
    WHEN 'chat-stream' THEN 'chat'
    WHEN 'embed' THEN 'embeddings'
    ELSE record ->> 'operation'
  END) STORED;
COMMENT ON COLUMN pointsman.usage_records.operation IS 'chat, embeddings, count-tokens; null where the record does not tell.';

-- Hours from before are not counted by it: latencies of theirs are known in buckets that SQL does not make.
ALTER TABLE pointsman.usage_rollups DROP CONSTRAINT usage_rollups_dimension_check;
ALTER TABLE pointsman.usage_rollups ADD CONSTRAINT usage_rollups_dimension_check CHECK (dimension IN
  ('all', 'model', 'provider', 'agent', 'use-case', 'user', 'key', 'route', 'model-route', 'operation'));

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301180001'))
WHERE key = 'schema-version';
