-- Routes and conversations are served by chat models: an embedding model that a direct edit named, or that stands in a
-- route's list, would answer none of their requests. Requests for embeddings name their model, and no route.
CREATE OR REPLACE FUNCTION pointsman.can_serve(id text, route pointsman.routes) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM public.bedrock_models AS model
  WHERE model.model_id = id
    AND model.is_available
    AND model.purpose = 'chat'
    AND NOT (route.lifecycle_rule = 'block' AND model.lifecycle_status = 'eol')
    AND CASE
      WHEN route.residency IS NULL THEN true
      WHEN model.kind = 'global-profile' THEN false
      WHEN model.destination_regions IS NOT NULL
        THEN cardinality(model.destination_regions) > 0 AND model.destination_regions <@ route.residency
      ELSE model.kind = 'foundation-model' AND coalesce(model.source_regions && route.residency, false)
    END);

-- As before, and where the target makes embeddings.
CREATE OR REPLACE FUNCTION pointsman.touched_routes(present_revision bigint, fallback pointsman.routes) RETURNS SETOF pointsman.routes
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  models text[] := ARRAY(
    SELECT DISTINCT model_id FROM pointsman.fitness_edits WHERE transaction_id = pg_current_xact_id());
  families text[] := ARRAY(
    SELECT DISTINCT rule.family FROM pointsman.fallback_rules AS rule JOIN (
      SELECT family, tier FROM pointsman.fitness_edits WHERE transaction_id = pg_current_xact_id()
      UNION SELECT family, tier FROM public.bedrock_models WHERE model_id = ANY (models)
    ) AS touched ON touched.family = rule.to_family AND touched.tier = rule.to_tier);
BEGIN
  RETURN QUERY SELECT * FROM pointsman.routes WHERE revision = present_revision;
  IF fallback.revision = present_revision OR fallback.target_model_id = ANY (models) OR cardinality(families) > 0 THEN
    RETURN QUERY SELECT * FROM pointsman.routes
    WHERE target_model_id IS NULL AND (residency IS NOT NULL OR lifecycle_rule = 'block');
  END IF;
  IF cardinality(models) > 0 THEN
    RETURN QUERY SELECT * FROM pointsman.routes WHERE target_model_id = ANY (models)
    UNION ALL SELECT * FROM pointsman.routes WHERE fallbacks && models
    UNION ALL SELECT route.* FROM pointsman.route_candidates AS candidate JOIN pointsman.routes AS route USING (kind, name)
      WHERE candidate.model_id = ANY (models);
  END IF;
  -- A route leans on its target's family only where the target itself cannot serve.
  IF cardinality(families) > 0 THEN
    RETURN QUERY SELECT route.* FROM public.bedrock_models AS model
    JOIN pointsman.routes AS route ON route.target_model_id = model.model_id
    WHERE model.family = ANY (families) AND route.fallbacks IS NULL
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR model.purpose <> 'chat' OR route.residency IS NOT NULL);
  END IF;
END
$$;

-- As before; an agent stands in no view of the seeds, so that its way out is another.
CREATE OR REPLACE FUNCTION pointsman.check_routes(routes_to_check pointsman.routes[], fallback pointsman.routes) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  broken text[];
BEGIN
  broken := ARRAY(
    SELECT DISTINCT pointsman.route_key(kind, name) FROM unnest(routes_to_check) AS route
    WHERE target_model_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = route.target_model_id)
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'the target of % is no model of the catalogue', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_exists', DETAIL = to_json(broken)::text,
            HINT = 'Choose a model of the list of models; in SQL: SELECT model_id FROM bedrock_models. A route without a target inherits the default.';
  END IF;
  IF NOT pointsman.can_serve(fallback.target_model_id, fallback) THEN
    RAISE EXCEPTION 'the default model % would not be usable', fallback.target_model_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_enabled', DETAIL = '["default"]',
            HINT = 'Switch the default to another model first; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  broken := ARRAY(
    SELECT DISTINCT pointsman.route_key(route.kind, route.name)
    FROM unnest(routes_to_check) AS route
    JOIN public.bedrock_models AS model ON model.model_id = coalesce(route.target_model_id, fallback.target_model_id)
    WHERE route.kind <> 'default'
      -- Cheap, and true of all that `can_serve` may refuse.
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR model.purpose <> 'chat' OR route.residency IS NOT NULL)
      AND NOT pointsman.can_serve(model.model_id, route)
      AND pointsman.next_target(route, model.model_id) IS NULL
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no usable model would be left for %', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = concat('Switch each of them to another model first, or give it another candidate',
              CASE WHEN EXISTS (SELECT FROM unnest(broken) AS key WHERE key LIKE 'use-case/%')
                THEN '; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = …' END,
              CASE WHEN EXISTS (SELECT FROM unnest(broken) AS key WHERE key LIKE 'agent/%')
                THEN '; an agent: pointsman agents set NAME --model …' END, '.');
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION pointsman.switch_conversation(conversation pointsman.conversations, from_id text, to_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  new_switch_id text;
  pinned_use_case text := coalesce(conversation.use_case, '*');
BEGIN
  IF to_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = to_id) THEN
    RAISE EXCEPTION 'Model not found: %', to_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_exists',
            HINT = 'SELECT model_id FROM bedrock_models lists the ids.';
  END IF;
  IF EXISTS (SELECT FROM public.bedrock_models WHERE model_id = to_id AND purpose <> 'chat') THEN
    RAISE EXCEPTION '% is an embedding model', to_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_chats',
            HINT = 'SELECT model_id FROM bedrock_models WHERE purpose = ''chat'' lists those that a conversation may have.';
  END IF;
  new_switch_id := pointsman.record_direct_switch(
    jsonb_build_object('kind', 'conversation', 'workspace', conversation.workspace_id, 'id', conversation.id,
      'userId', conversation.user_id, 'useCase', conversation.use_case),
    from_id, to_id, NULL);
  IF to_id IS NULL THEN
    DELETE FROM pointsman.conversation_pins
    WHERE workspace_id = conversation.workspace_id AND conversation_id = conversation.id
      AND use_case IN (pinned_use_case, '*');
  ELSE
    INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
    VALUES (conversation.workspace_id, conversation.id, pinned_use_case, to_id, new_switch_id)
    ON CONFLICT (workspace_id, conversation_id, use_case) DO UPDATE
    SET model_id = excluded.model_id, switch_id = excluded.switch_id, request_id = NULL, pinned_at = excluded.pinned_at;
  END IF;
  RETURN new_switch_id;
END
$$;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322140000'))
WHERE key = 'schema-version';
