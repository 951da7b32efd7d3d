-- The seeds' names in `public`: the catalogue's base table, and views over the tables of schema `pointsman`.

CREATE TABLE public.bedrock_models (
  model_id text PRIMARY KEY CHECK (model_id <> ''),
  model_name text NOT NULL CHECK (model_name <> ''),
  provider text NOT NULL,
  -- Kept by trigger from lists, routes and prices; an edit of these four is translated (20260115160100).
  use_case text,
  is_default boolean NOT NULL DEFAULT false,
  input_cost_per_mtok numeric,
  output_cost_per_mtok numeric,
  is_available boolean NOT NULL DEFAULT true,
  max_tokens integer CHECK (max_tokens > 0),
  format text NOT NULL,
  priority integer NOT NULL DEFAULT 100,
  served_by text NOT NULL DEFAULT 'bedrock',
  upstream_id text NOT NULL,
  purpose text NOT NULL DEFAULT 'chat' CHECK (purpose IN ('chat', 'embedding')),
  kind text NOT NULL DEFAULT 'direct' CHECK (kind IN
    ('direct', 'foundation-model', 'geo-profile', 'global-profile', 'application-profile')),
  base_model_id text,
  family text NOT NULL DEFAULT 'other',
  tier text,
  generation double precision NOT NULL DEFAULT 0,
  context_tokens integer CHECK (context_tokens > 0),
  abilities jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(abilities) = 'object'),
  source_regions text[],
  destination_regions text[],
  lifecycle_status text NOT NULL DEFAULT 'active' CHECK (lifecycle_status IN
    ('active', 'preview', 'legacy', 'deprecated', 'eol')),
  ends_on date,
  replacement_model_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  revision bigint NOT NULL DEFAULT 0
);
CREATE INDEX bedrock_models_order ON public.bedrock_models (priority, model_id);
COMMENT ON TABLE public.bedrock_models IS 'The catalogue. use_case, is_default and the costs are kept from pointsman.routes, route_candidates and prices; editing them edits those.';
COMMENT ON COLUMN public.bedrock_models.provider IS 'The company that made the model (amazon, anthropic); served_by is the provider that is called.';
COMMENT ON COLUMN public.bedrock_models.input_cost_per_mtok IS 'US-$ per million tokens today, in the server''s region. Null: not known.';
COMMENT ON COLUMN public.bedrock_models.destination_regions IS 'Regions in which a call may run. Null: not known.';

CREATE FUNCTION pointsman.name_of_model(id text) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT model_name FROM public.bedrock_models WHERE model_id = id);

CREATE VIEW public.bedrock_model_switches WITH (security_invoker = true) AS
SELECT
  switch.id,
  switch.user_id,
  switch.conversation_id,
  switch.previous_model_id,
  switch.new_model_id,
  switch.switch_action,
  switch.reason,
  notice.switch_id IS NOT NULL AS notification_shown,
  switch.notification_title,
  switch.notification_message,
  switch.switch_type,
  switch.recorded_at AS "timestamp",
  switch.cost_impact_usd AS cost_impact_estimated,
  switch.recorded_at AS created_at,
  CASE switch.scope_kind
    WHEN 'global' THEN 'global'
    WHEN 'conversation' THEN 'conversation/' || switch.conversation_id
    WHEN 'user' THEN 'user/' || switch.user_id
    ELSE switch.scope_kind || '/' || switch.scope_name
  END AS scope,
  switch.actor_kind || ':' || switch.actor_id AS actor,
  switch.revision_number AS revision,
  state.state,
  switch.reverts,
  switch.workspace_id
FROM pointsman.switches AS switch
JOIN pointsman.switch_states AS state ON state.switch_id = switch.id
LEFT JOIN pointsman.switch_notices AS notice ON notice.switch_id = switch.id
WHERE switch.refusal_code IS NULL;

CREATE VIEW public.ai_assistants WITH (security_invoker = true) AS
SELECT
  route.name AS assistant_type,
  coalesce(route.target_model_id, fallback.target_model_id) AS model_version,
  model.model_name,
  route.target_model_id IS NULL AS inherits_default,
  route.objective,
  route.auto_switch,
  route.lifecycle_rule,
  route.switch_id,
  route.revision
FROM pointsman.routes AS route
LEFT JOIN pointsman.routes AS fallback ON fallback.kind = 'default'
LEFT JOIN public.bedrock_models AS model
  ON model.model_id = coalesce(route.target_model_id, fallback.target_model_id)
WHERE route.kind = 'use-case';

CREATE VIEW public.ai_conversations WITH (security_invoker = true) AS
SELECT
  conversation.id,
  conversation.workspace_id,
  conversation.user_id,
  conversation.use_case,
  coalesce(own.model_id, every.model_id) AS model_id,
  coalesce(own.switch_id, every.switch_id) AS switch_id,
  conversation.created_at,
  conversation.updated_at
FROM pointsman.conversations AS conversation
LEFT JOIN pointsman.conversation_pins AS own
  ON own.workspace_id = conversation.workspace_id AND own.conversation_id = conversation.id
  AND own.use_case = conversation.use_case
LEFT JOIN pointsman.conversation_pins AS every
  ON every.workspace_id = conversation.workspace_id AND every.conversation_id = conversation.id
  AND every.use_case = '*';

CREATE VIEW public.ai_messages WITH (security_invoker = true) AS
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
WHERE record.model_id IS NOT NULL;

CREATE VIEW public.bedrock_model_switch_analytics WITH (security_invoker = true) AS
SELECT
  new_model_id,
  date_trunc('hour', "timestamp", 'UTC') AS hour,
  switch_type,
  count(*) AS switches,
  count(*) FILTER (WHERE switch_action = 'auto_switch') AS auto_switches,
  count(*) FILTER (WHERE switch_action = 'manual_switch') AS manual_switches,
  count(*) FILTER (WHERE switch_action = 'fallback_switch') AS fallback_switches,
  count(DISTINCT user_id) AS users,
  count(DISTINCT conversation_id) AS conversations,
  array_agg(DISTINCT reason) FILTER (WHERE reason IS NOT NULL) AS reasons
FROM public.bedrock_model_switches
GROUP BY new_model_id, date_trunc('hour', "timestamp", 'UTC'), switch_type;

CREATE VIEW public.user_model_preferences WITH (security_invoker = true) AS
SELECT
  user_id,
  new_model_id AS preferred_model_id,
  count(*) AS selection_count,
  count(*) FILTER (WHERE switch_type = 'auto') AS auto_selections,
  count(*) FILTER (WHERE switch_type = 'manual') AS manual_selections,
  round(100.0 * count(*) FILTER (WHERE switch_type = 'auto') / count(*), 2) AS auto_adoption_percentage,
  max("timestamp") AS last_selected_at
FROM public.bedrock_model_switches
WHERE user_id IS NOT NULL AND "timestamp" > now() - interval '30 days'
GROUP BY user_id, new_model_id;
