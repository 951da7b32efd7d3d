-- A count of tokens is recorded with the model that counted, but nothing was answered: it is no message.
CREATE OR REPLACE VIEW public.ai_messages WITH (security_invoker = true) AS
SELECT
  record.id AS request_id,
  record.conversation_id,
  record.user_id,
  record.model_id AS model_used,
  record.use_case,
  record.route,
  record.outcome,
  record.duration_ms AS response_time_ms,
  record.first_content_ms,
  record.input_tokens,
  record.cache_read_tokens,
  coalesce(record.cache_write_5m_tokens, record.cache_write_1h_tokens)
    + CASE WHEN record.cache_write_5m_tokens IS NULL THEN 0 ELSE coalesce(record.cache_write_1h_tokens, 0) END
    AS cache_write_tokens,
  record.output_tokens,
  record.cost_nano_usd / 1000000000.0 AS cost_usd,
  record.revision_number AS revision,
  record.switch_id,
  record.workspace_id,
  record.received_at AS created_at
FROM pointsman.usage_records AS record
WHERE record.model_id IS NOT NULL
  AND record.record ->> 'operation' IS DISTINCT FROM 'count-tokens';

-- The newest migration says so, and a program that knows only older ones refuses to start.
UPDATE pointsman.settings SET value = '"20260115160300"' WHERE key = 'schema-version';
