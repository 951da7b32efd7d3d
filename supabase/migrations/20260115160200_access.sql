-- Who may do what. A signed-in user reads the catalogue and their own conversations, switches and messages;
-- service_role reads all and edits the registry; anon has nothing. The views run with the caller's rights.

REVOKE ALL ON SCHEMA pointsman FROM PUBLIC;
GRANT USAGE ON SCHEMA pointsman TO authenticated, service_role;

-- Supabase gives new tables of `public` to these roles by default.
REVOKE ALL ON public.bedrock_models, public.bedrock_model_switches, public.ai_assistants, public.ai_conversations,
  public.ai_messages, public.bedrock_model_switch_analytics, public.user_model_preferences
  FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON public.bedrock_models, public.bedrock_model_switches, public.ai_assistants, public.ai_conversations,
  public.ai_messages, public.bedrock_model_switch_analytics, public.user_model_preferences
  TO authenticated, service_role;
GRANT INSERT, UPDATE, DELETE ON public.bedrock_models TO service_role;
GRANT UPDATE ON public.ai_assistants TO service_role;
GRANT INSERT, UPDATE ON public.ai_conversations TO service_role;

GRANT SELECT ON ALL TABLES IN SCHEMA pointsman TO service_role;
-- Not what a gateway key is recognised by.
REVOKE SELECT ON pointsman.keys FROM service_role;
GRANT SELECT (id, name, workspace_id, last_four, scopes, routes, models, requests_per_minute, spend_per_day_nano_usd,
  created_at, expires_at, revoked_at, revision) ON pointsman.keys TO service_role;
GRANT INSERT, UPDATE, DELETE ON pointsman.routes, pointsman.route_candidates, pointsman.roles, pointsman.aliases,
  pointsman.fallback_rules TO service_role;
GRANT INSERT ON pointsman.prices TO service_role;
-- What the views of a signed-in user stand on; their rows are held by the policies below.
GRANT SELECT ON pointsman.switches, pointsman.switch_states, pointsman.switch_notices, pointsman.conversations,
  pointsman.conversation_pins, pointsman.user_pins, pointsman.usage_records, pointsman.routes TO authenticated;

-- Functions run for their callers only where a view, a policy or a direct edit needs them.
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA pointsman FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pointsman.jwt_subject() TO authenticated, service_role;
GRANT EXECUTE ON FUNCTION pointsman.now_ms(), pointsman.epoch_ms(timestamptz), pointsman.server_region(),
  pointsman.canonical_json(jsonb), pointsman.route_key(text, text) TO service_role;

ALTER TABLE public.bedrock_models ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON public.bedrock_models TO service_role USING (true) WITH CHECK (true);
CREATE POLICY signed_in_read ON public.bedrock_models FOR SELECT TO authenticated USING (true);

DO $$
DECLARE
  name text;
BEGIN
  -- Every table of the schema is closed but for what a policy opens; partitions too, which their parent opens.
  FOR name IN
    SELECT relname FROM pg_class
    WHERE relnamespace = 'pointsman'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
  LOOP
    EXECUTE format('ALTER TABLE pointsman.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY service_all ON pointsman.%I TO service_role USING (true) WITH CHECK (true)', name);
  END LOOP;
END
$$;
-- The others are the program's own: the check of the master key, and what it may come to keep there.
ALTER POLICY service_all ON pointsman.settings USING (key IN ('epoch', 'region', 'schema-version'));
-- The published keys stand in it with their digests.
ALTER POLICY service_all ON pointsman.snapshot_parts USING (kind <> 'keys');

CREATE POLICY own_rows ON pointsman.switches FOR SELECT TO authenticated
  USING (user_id = (SELECT pointsman.jwt_subject()));
CREATE POLICY own_rows ON pointsman.switch_states FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM pointsman.switches WHERE id = switch_id));
CREATE POLICY own_rows ON pointsman.switch_notices FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM pointsman.switches WHERE id = switch_id));
CREATE POLICY own_rows ON pointsman.conversations FOR SELECT TO authenticated
  USING (user_id = (SELECT pointsman.jwt_subject()));
CREATE POLICY own_rows ON pointsman.conversation_pins FOR SELECT TO authenticated
  USING (EXISTS (SELECT FROM pointsman.conversations AS conversation
    WHERE conversation.workspace_id = conversation_pins.workspace_id AND conversation.id = conversation_id));
CREATE POLICY own_rows ON pointsman.user_pins FOR SELECT TO authenticated
  USING (user_id = (SELECT pointsman.jwt_subject()));
CREATE POLICY own_rows ON pointsman.usage_records FOR SELECT TO authenticated
  USING (user_id = (SELECT pointsman.jwt_subject()));
-- The use cases and their models are no secret to those who chat with them.
CREATE POLICY signed_in_read ON pointsman.routes FOR SELECT TO authenticated USING (true);

-- The newest migration says so, and a program that knows only older ones refuses to start.
INSERT INTO pointsman.settings (key, value) VALUES ('schema-version', '"20260115160200"');
