-- What a transaction costs follows from what it changed, not from how large the registry is: the invariants are checked
-- of the routes that it touched or whose models it touched, the kept columns are written of the models that it moved,
-- and who publishes reads the rows that carry a newer revision, and the names of those that went.

CREATE INDEX routes_target ON pointsman.routes (target_model_id);
CREATE INDEX routes_fallbacks ON pointsman.routes USING gin (fallbacks) WITH (fastupdate = off);
-- Those that take the default's target under a rule that it may not pass.
CREATE INDEX routes_inheriting_under_rules ON pointsman.routes (kind, name)
  WHERE target_model_id IS NULL AND (residency IS NOT NULL OR lifecycle_rule = 'block');
CREATE INDEX aliases_target ON pointsman.aliases (target);
CREATE INDEX bedrock_models_family ON public.bedrock_models (family, tier);

CREATE INDEX bedrock_models_revision ON public.bedrock_models (revision);
CREATE INDEX prices_revision ON pointsman.prices (revision);
CREATE INDEX routes_revision ON pointsman.routes (revision);
CREATE INDEX roles_revision ON pointsman.roles (revision);
CREATE INDEX aliases_revision ON pointsman.aliases (revision);
CREATE INDEX keys_revision ON pointsman.keys (revision);
CREATE INDEX fallback_rules_revision ON pointsman.fallback_rules (revision);

-- ---------------------------------------------------------------------------------------------------------------
-- What went

CREATE TABLE pointsman.removed_entries (
  revision bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('models', 'prices', 'routes', 'roles', 'aliases', 'keys', 'fallback-rules')),
  -- The entry's name, of so many words as its table's key has columns.
  name text[] NOT NULL
);
CREATE INDEX removed_entries_revision ON pointsman.removed_entries (revision);
COMMENT ON TABLE pointsman.removed_entries IS 'Names that left the registry, for who publishes from an earlier revision. One that came again stands in its table.';

-- Arguments: the kind, then the columns that name an entry.
CREATE FUNCTION pointsman.note_removal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  gone jsonb := to_jsonb(OLD);
BEGIN
  INSERT INTO pointsman.removed_entries (revision, kind, name)
  SELECT pointsman.next_revision(), TG_ARGV[0], array_agg(gone ->> given.col ORDER BY given.place)
  FROM unnest(TG_ARGV[1:]) WITH ORDINALITY AS given (col, place);
  RETURN NULL;
END
$$;
CREATE TRIGGER y_note_removal AFTER DELETE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('models', 'model_id');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.routes
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('routes', 'kind', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.routes
  FOR EACH ROW WHEN ((OLD.kind, OLD.name) IS DISTINCT FROM (NEW.kind, NEW.name))
  EXECUTE FUNCTION pointsman.note_removal('routes', 'kind', 'name');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.roles
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('roles', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.roles
  FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION pointsman.note_removal('roles', 'name');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.aliases
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('aliases', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.aliases
  FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION pointsman.note_removal('aliases', 'name');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.keys
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('keys', 'id');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.keys
  FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION pointsman.note_removal('keys', 'id');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.fallback_rules
  FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('fallback-rules', 'family', 'tier');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.fallback_rules
  FOR EACH ROW WHEN ((OLD.family, OLD.tier) IS DISTINCT FROM (NEW.family, NEW.tier))
  EXECUTE FUNCTION pointsman.note_removal('fallback-rules', 'family', 'tier');

-- ---------------------------------------------------------------------------------------------------------------
-- The columns that are kept, of some models

-- As before, said so that a few models are looked up by their ids.
CREATE OR REPLACE VIEW pointsman.kept_model_columns AS
SELECT
  model.model_id,
  best.name AS use_case,
  fallback.target_model_id IS NOT NULL AS is_default,
  trim_scale(price.input_pico_usd / 1000000.0) AS input_cost_per_mtok,
  trim_scale(price.output_pico_usd / 1000000.0) AS output_cost_per_mtok
FROM public.bedrock_models AS model
LEFT JOIN LATERAL (
  SELECT candidate.name
  FROM pointsman.route_candidates AS candidate
  WHERE candidate.model_id = model.model_id AND candidate.kind = 'use-case'
  ORDER BY (
    SELECT count(*) FROM pointsman.route_candidates AS ahead
    WHERE ahead.kind = candidate.kind AND ahead.name = candidate.name AND ahead.rank < candidate.rank),
    candidate.placed_revision DESC, candidate.name
  LIMIT 1) AS best ON true
LEFT JOIN LATERAL (
  SELECT dated.input_pico_usd, dated.output_pico_usd
  FROM pointsman.prices AS dated
  WHERE dated.model_id = model.model_id AND dated.region IN (pointsman.server_region(), '*')
    AND dated.effective_from <= clock_timestamp()
  ORDER BY dated.region = '*', dated.effective_from DESC
  LIMIT 1) AS price ON true
LEFT JOIN pointsman.routes AS fallback ON fallback.kind = 'default' AND fallback.target_model_id = model.model_id;

CREATE FUNCTION pointsman.keep_columns_of(ids text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  changed bigint;
BEGIN
  IF coalesce(cardinality(ids), 0) = 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO pointsman.unsettled_edits (transaction_id, keeping) VALUES (pg_current_xact_id(), true)
  ON CONFLICT (transaction_id) DO UPDATE SET keeping = true;
  UPDATE public.bedrock_models AS model
  SET use_case = kept.use_case, is_default = kept.is_default,
      input_cost_per_mtok = kept.input_cost_per_mtok, output_cost_per_mtok = kept.output_cost_per_mtok
  FROM pointsman.kept_model_columns AS kept
  WHERE kept.model_id = ANY (ids) AND kept.model_id = model.model_id
    AND (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
      IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok);
  GET DIAGNOSTICS changed = ROW_COUNT;
  UPDATE pointsman.unsettled_edits SET keeping = false WHERE transaction_id = pg_current_xact_id();
  RETURN changed;
END
$$;

-- Of all models: where the server's region moved, and where the day of a price has come. Takes the registry's lock only
-- where there is something to write.
CREATE OR REPLACE FUNCTION pointsman.keep_model_columns() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  RETURN pointsman.keep_columns_of(ARRAY(
    SELECT kept.model_id FROM pointsman.kept_model_columns AS kept
    JOIN public.bedrock_models AS model ON model.model_id = kept.model_id
    WHERE (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
      IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok)));
END
$$;

-- The default's target: the one that had it and the one that has it now.
CREATE FUNCTION pointsman.keep_default() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.keep_columns_of(array_remove(ARRAY[OLD.target_model_id, NEW.target_model_id], NULL));
  RETURN NULL;
END
$$;
DROP TRIGGER e_keep ON pointsman.routes;
CREATE TRIGGER e_keep_new_default AFTER INSERT ON pointsman.routes
  FOR EACH ROW WHEN (NEW.kind = 'default') EXECUTE FUNCTION pointsman.keep_default();
CREATE TRIGGER e_keep_default AFTER UPDATE ON pointsman.routes
  FOR EACH ROW WHEN ((OLD.kind = 'default' OR NEW.kind = 'default')
    AND (OLD.kind, OLD.target_model_id) IS DISTINCT FROM (NEW.kind, NEW.target_model_id))
  EXECUTE FUNCTION pointsman.keep_default();
CREATE TRIGGER e_keep_old_default AFTER DELETE ON pointsman.routes
  FOR EACH ROW WHEN (OLD.kind = 'default') EXECUTE FUNCTION pointsman.keep_default();

-- A list: whoever stands in it may have moved up or down, and who left it.
CREATE FUNCTION pointsman.keep_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  lists text[];
  left_them text[] := '{}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    lists := ARRAY(SELECT DISTINCT name FROM rows_after WHERE kind = 'use-case');
  ELSIF TG_OP = 'DELETE' THEN
    lists := ARRAY(SELECT DISTINCT name FROM rows_before WHERE kind = 'use-case');
    left_them := ARRAY(SELECT DISTINCT model_id FROM rows_before WHERE kind = 'use-case');
  ELSE
    lists := ARRAY(SELECT name FROM rows_after WHERE kind = 'use-case'
      UNION SELECT name FROM rows_before WHERE kind = 'use-case');
    left_them := ARRAY(SELECT DISTINCT model_id FROM rows_before WHERE kind = 'use-case');
  END IF;
  PERFORM pointsman.keep_columns_of(left_them || ARRAY(
    SELECT DISTINCT model_id FROM pointsman.route_candidates WHERE kind = 'use-case' AND name = ANY (lists)));
  RETURN NULL;
END
$$;
DROP TRIGGER e_keep ON pointsman.route_candidates;
CREATE TRIGGER e_keep_inserted AFTER INSERT ON pointsman.route_candidates
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();
CREATE TRIGGER e_keep_updated AFTER UPDATE ON pointsman.route_candidates
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();
CREATE TRIGGER e_keep_deleted AFTER DELETE ON pointsman.route_candidates
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();

CREATE FUNCTION pointsman.keep_priced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.keep_columns_of(ARRAY(SELECT DISTINCT model_id FROM rows_after));
  RETURN NULL;
END
$$;
DROP TRIGGER e_keep ON pointsman.prices;
CREATE TRIGGER e_keep AFTER INSERT ON pointsman.prices
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_priced();

-- As before, up to its last words.
CREATE OR REPLACE FUNCTION pointsman.translate_edits(edits pointsman.model_edit[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  named text[] := ARRAY(SELECT model_id FROM unnest(edits) WHERE default_named ORDER BY model_id);
  switched_off text[] := ARRAY(SELECT model_id FROM unnest(edits) AS edit WHERE edit.switched_off);
  taken text[] := ARRAY(SELECT model_id FROM unnest(edits) WHERE default_taken);
  edit pointsman.model_edit;
BEGIN
  IF cardinality(named) > 1 THEN
    RAISE EXCEPTION 'one model can be the default, and this statement names %: %',
      cardinality(named), array_to_string(named, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_default', HINT = 'Name one with WHERE model_id = ….';
  END IF;
  IF named && switched_off THEN
    RAISE EXCEPTION '% cannot become the default and be switched off at once', named[1]
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_enabled',
            HINT = 'Set is_available = true, or name another default.';
  END IF;
  IF cardinality(named) = 1 THEN
    PERFORM pointsman.name_default(named[1]);
  END IF;
  PERFORM pointsman.leave_models(switched_off, ARRAY['default', 'use-case', 'agent']);
  PERFORM pointsman.leave_models(taken, ARRAY['default']);
  -- Nothing could take it over yet. A later statement of this transaction may still name another.
  UPDATE pointsman.unsettled_edits SET default_left = route.target_model_id
  FROM pointsman.routes AS route
  WHERE route.kind = 'default' AND route.target_model_id = ANY (taken) AND transaction_id = pg_current_xact_id();
  FOR edit IN SELECT * FROM unnest(edits) WHERE use_case_written ORDER BY priority DESC, model_id DESC LOOP
    IF edit.use_case IS NULL THEN
      DELETE FROM pointsman.route_candidates WHERE kind = 'use-case' AND model_id = edit.model_id;
    ELSE
      PERFORM pointsman.place_first(edit.model_id, edit.use_case);
    END IF;
  END LOOP;
  FOR edit IN SELECT * FROM unnest(edits) WHERE costs_written LOOP
    PERFORM pointsman.add_price(edit.model_id, edit.input_usd, edit.output_usd);
  END LOOP;
  -- Whatever was written into the kept columns, the truth stands in them again.
  PERFORM pointsman.keep_columns_of(ARRAY(SELECT model_id FROM unnest(edits)));
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The invariants, of what the transaction touched

-- Models whose fitness to serve this transaction changed, with the group in which the family rules found them before.
CREATE TABLE pointsman.fitness_edits (
  transaction_id xid8 NOT NULL,
  model_id text NOT NULL,
  family text NOT NULL,
  tier text
);
CREATE INDEX fitness_edits_transaction ON pointsman.fitness_edits (transaction_id);
ALTER TABLE pointsman.unsettled_edits ADD COLUMN rules_edited boolean NOT NULL DEFAULT false;

CREATE FUNCTION pointsman.note_fitness() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF pointsman.is_keeping() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' THEN
    INSERT INTO pointsman.fitness_edits (transaction_id, model_id, family, tier)
    SELECT pg_current_xact_id(), before.model_id, before.family, before.tier FROM rows_before AS before;
  ELSE
    INSERT INTO pointsman.fitness_edits (transaction_id, model_id, family, tier)
    SELECT pg_current_xact_id(), before.model_id, before.family, before.tier
    FROM rows_before AS before JOIN rows_after AS after ON after.model_id = before.model_id
    WHERE (before.is_available, before.lifecycle_status, before.purpose, before.kind, before.family, before.tier,
           before.source_regions, before.destination_regions)
      IS DISTINCT FROM (after.is_available, after.lifecycle_status, after.purpose, after.kind, after.family, after.tier,
           after.source_regions, after.destination_regions);
  END IF;
  RETURN NULL;
END
$$;
-- Before the translation, whose writes may end the statement.
CREATE TRIGGER d_note_fitness_before_delete AFTER DELETE ON public.bedrock_models
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_fitness();
CREATE TRIGGER d_note_fitness_before_update AFTER UPDATE ON public.bedrock_models
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_fitness();

CREATE FUNCTION pointsman.note_rules_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  INSERT INTO pointsman.unsettled_edits AS noted (transaction_id, edited, rules_edited)
  VALUES (pg_current_xact_id(), true, true)
  ON CONFLICT (transaction_id) DO UPDATE SET edited = true, rules_edited = true;
  RETURN NULL;
END
$$;
DROP TRIGGER d_note_edit ON pointsman.fallback_rules;
CREATE TRIGGER d_note_edit AFTER INSERT OR UPDATE OR DELETE ON pointsman.fallback_rules
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_rules_edit();

-- The routes that this transaction touched, or whose models, default or family it touched: all others are as they were.
CREATE FUNCTION pointsman.touched_routes(present_revision bigint, fallback pointsman.routes) RETURNS SETOF pointsman.routes
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
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR route.residency IS NOT NULL);
  END IF;
END
$$;

-- Raises what `routes_to_check` (and the default) go against, with the route and the way out.
CREATE FUNCTION pointsman.check_routes(routes_to_check pointsman.routes[], fallback pointsman.routes) RETURNS void
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
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR route.residency IS NOT NULL)
      AND NOT pointsman.can_serve(model.model_id, route)
      AND pointsman.next_target(route, model.model_id) IS NULL
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no usable model would be left for %', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = 'Switch each of them to another model first, or give it another candidate; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = ….';
  END IF;
END
$$;

CREATE FUNCTION pointsman.required_default() RETURNS pointsman.routes
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  fallback pointsman.routes;
BEGIN
  SELECT * INTO fallback FROM pointsman.routes WHERE kind = 'default';
  IF NOT FOUND AND EXISTS (SELECT FROM pointsman.routes) THEN
    RAISE EXCEPTION 'the registry would have no default route'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists',
            HINT = 'Set a default model; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  RETURN fallback;
END
$$;

-- Of every route: what a restore or a doctor asks, and an edit of the rules, which are few and may lean on anything.
CREATE OR REPLACE FUNCTION pointsman.check_registry() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  fallback pointsman.routes := pointsman.required_default();
BEGIN
  IF fallback.kind IS NOT NULL THEN
    PERFORM pointsman.check_routes(ARRAY(SELECT route FROM pointsman.routes AS route), fallback);
  END IF;
END
$$;

-- What every transaction that edits the registry must leave behind.
CREATE FUNCTION pointsman.check_edits() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  noted pointsman.unsettled_edits;
  fallback pointsman.routes;
BEGIN
  SELECT * INTO noted FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id();
  -- Without a revision no row was changed.
  IF NOT coalesce(noted.edited, false) OR noted.revision IS NULL THEN
    RETURN;
  END IF;
  fallback := pointsman.required_default();
  IF noted.rules_edited THEN
    PERFORM pointsman.check_registry();
  ELSIF fallback.kind IS NOT NULL THEN
    PERFORM pointsman.check_routes(
      ARRAY(SELECT route FROM pointsman.touched_routes(noted.revision, fallback) AS route), fallback);
  END IF;
END
$$;

-- As before, but for what it checks.
CREATE OR REPLACE FUNCTION pointsman.settle_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  noted pointsman.unsettled_edits;
  edit record;
  new_switch_id text;
BEGIN
  SELECT * INTO noted FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  PERFORM pointsman.check_edits();
  IF EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default' AND target_model_id = noted.default_left) THEN
    RAISE EXCEPTION 'the default was taken away from %, and no other enabled model can take it over', noted.default_left
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists', DETAIL = '["default"]',
            HINT = 'Enable another model and make it the default; in SQL, in the same transaction: UPDATE bedrock_models SET is_available = true, is_default = true WHERE model_id = ….';
  END IF;
  FOR edit IN
    WITH moved AS (
      DELETE FROM pointsman.route_edits WHERE transaction_id = NEW.transaction_id RETURNING *
    )
    SELECT moved.kind, moved.name,
      -- A route without a target had the default's of that time.
      CASE WHEN moved.target_before IS NOT NULL OR moved.kind = 'default' THEN moved.target_before
        WHEN moved_default.kind IS NOT NULL THEN moved_default.target_before
        ELSE fallback.target_model_id END AS from_id,
      coalesce(route.target_model_id, fallback.target_model_id) AS to_id
    FROM moved
    LEFT JOIN moved AS moved_default ON moved_default.kind = 'default'
    LEFT JOIN pointsman.routes AS route ON route.kind = moved.kind AND route.name = moved.name
    LEFT JOIN pointsman.routes AS fallback ON fallback.kind = 'default'
    WHERE moved.target_before IS DISTINCT FROM route.target_model_id
    ORDER BY moved.kind <> 'default', moved.kind, moved.name
  LOOP
    new_switch_id := pointsman.record_direct_switch(
      CASE edit.kind WHEN 'default' THEN '{"kind": "global"}' ELSE jsonb_build_object('kind', edit.kind, 'name', edit.name) END,
      edit.from_id, edit.to_id,
      pointsman.estimate_saving(pointsman.route_key(edit.kind, edit.name), edit.from_id, edit.to_id));
    UPDATE pointsman.routes SET switch_id = new_switch_id WHERE kind = edit.kind AND name = edit.name;
  END LOOP;
  DELETE FROM pointsman.fitness_edits WHERE transaction_id = NEW.transaction_id;
  -- Last: the switches above belong to the revision that stands in it.
  DELETE FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  RETURN NULL;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The record

-- As before, but of a route's long history only what came since the last record that was superseded is looked at: when
-- that one was, all before it were.
DROP INDEX pointsman.switches_route;
CREATE INDEX switches_route ON pointsman.switches (scope_kind, scope_name, revision_number)
  WHERE scope_kind NOT IN ('conversation', 'user');
CREATE INDEX switches_global ON pointsman.switches (revision_number) WHERE scope_kind = 'global';

CREATE OR REPLACE FUNCTION pointsman.supersede_switches(latest pointsman.switches) RETURNS void
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  earlier text[];
  since bigint;
BEGIN
  CASE latest.scope_kind
    WHEN 'conversation' THEN
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = 'conversation' AND workspace_id = latest.workspace_id
          AND conversation_id = latest.conversation_id
          AND (latest.use_case IS NULL OR use_case = latest.use_case));
    WHEN 'user' THEN
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = 'user' AND workspace_id = latest.workspace_id AND user_id = latest.user_id);
    WHEN 'global' THEN
      SELECT switch.revision_number INTO since FROM pointsman.switches AS switch
      JOIN pointsman.switch_states AS state ON state.switch_id = switch.id AND state.state = 'superseded'
      WHERE switch.scope_kind = 'global' AND switch.revision_number IS NOT NULL
      ORDER BY switch.revision_number DESC LIMIT 1;
      earlier := ARRAY(
        SELECT id FROM pointsman.switches WHERE scope_kind = 'global' AND revision_number >= coalesce(since, 0));
    ELSE
      SELECT switch.revision_number INTO since FROM pointsman.switches AS switch
      JOIN pointsman.switch_states AS state ON state.switch_id = switch.id AND state.state = 'superseded'
      WHERE switch.scope_kind = latest.scope_kind AND switch.scope_kind NOT IN ('conversation', 'user')
        AND switch.scope_name = latest.scope_name AND switch.revision_number IS NOT NULL
      ORDER BY switch.revision_number DESC LIMIT 1;
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = latest.scope_kind AND scope_kind NOT IN ('conversation', 'user')
          AND scope_name = latest.scope_name AND revision_number >= coalesce(since, 0));
  END CASE;
  UPDATE pointsman.switch_states SET state = 'superseded', changed_at = latest.recorded_at
  WHERE switch_id = ANY (earlier) AND switch_id <> latest.id
    AND state IN ('recorded', 'published', 'rejected', 'active');
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The program's own, as the others

ALTER TABLE pointsman.removed_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.removed_entries TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.fitness_edits ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.fitness_edits TO service_role USING (true) WITH CHECK (true);
REVOKE ALL ON pointsman.removed_entries, pointsman.fitness_edits FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON pointsman.removed_entries, pointsman.fitness_edits TO service_role;
REVOKE EXECUTE ON FUNCTION pointsman.note_removal(), pointsman.keep_columns_of(text[]), pointsman.keep_default(),
  pointsman.keep_listed(), pointsman.keep_priced(), pointsman.note_fitness(), pointsman.note_rules_edit(),
  pointsman.touched_routes(bigint, pointsman.routes), pointsman.check_routes(pointsman.routes[], pointsman.routes),
  pointsman.required_default(), pointsman.check_edits() FROM PUBLIC;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301140000'))
WHERE key = 'schema-version';
