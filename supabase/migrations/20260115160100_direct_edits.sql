-- A direct edit is a switch like any other: translated into the truth, held to the invariants at the transaction's
-- end, recorded with the role that made it.

-- ---------------------------------------------------------------------------------------------------------------
-- Which model can serve

CREATE FUNCTION pointsman.server_region() RETURNS text
LANGUAGE sql STABLE
RETURN coalesce((SELECT value #>> '{}' FROM pointsman.settings WHERE key = 'region'), 'eu-central-1');

-- Past its end of life: by its status, or because its date has come.
CREATE FUNCTION pointsman.is_past_end(status text, ends_on date) RETURNS boolean
LANGUAGE sql STABLE
RETURN status = 'eol' OR coalesce(ends_on <= (now() AT TIME ZONE 'UTC')::date, false);

-- May a route use this model? The catalogue's side of the gates "available" and "resident". It follows from the tables
-- alone, not from the date or the server's region: what a transaction left valid stays valid, and no edit is refused
-- for what time did to another route. A foundation model runs where it is called.
CREATE FUNCTION pointsman.can_serve(id text, route pointsman.routes) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM public.bedrock_models AS model
  WHERE model.model_id = id
    AND model.is_available
    AND NOT (route.lifecycle_rule = 'block' AND model.lifecycle_status = 'eol')
    AND CASE
      WHEN route.residency IS NULL THEN true
      WHEN model.kind = 'global-profile' THEN false
      WHEN model.destination_regions IS NOT NULL
        THEN cardinality(model.destination_regions) > 0 AND model.destination_regions <@ route.residency
      ELSE model.kind = 'foundation-model' AND coalesce(model.source_regions && route.residency, false)
    END);

-- The newest live model that the family rules name for a model; null where no rule or no such model exists.
CREATE FUNCTION pointsman.family_fallback(id text, route pointsman.routes) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT substitute.model_id
  FROM public.bedrock_models AS model
  JOIN pointsman.fallback_rules AS rule
    ON rule.family = model.family AND (rule.tier IS NULL OR rule.tier = model.tier)
  JOIN public.bedrock_models AS substitute
    ON substitute.family = rule.to_family AND substitute.tier = rule.to_tier AND substitute.purpose = 'chat'
  WHERE model.model_id = id
    AND substitute.model_id <> id
    AND substitute.lifecycle_status IN ('active', 'preview')
    AND pointsman.can_serve(substitute.model_id, route)
  ORDER BY pointsman.is_past_end(substitute.lifecycle_status, substitute.ends_on), rule.tier IS NULL,
    substitute.generation DESC, substitute.priority, substitute.model_id
  LIMIT 1);

-- Where a route goes when its target goes: its list, its own fallbacks, then the family rules; models past their end
-- last. Null where it has nothing that can serve. The default goes to the next enabled model by priority.
CREATE FUNCTION pointsman.next_target(route pointsman.routes, leaving text) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN route.kind = 'default' THEN (
  SELECT model.model_id FROM public.bedrock_models AS model
  WHERE model.model_id <> leaving AND model.purpose = 'chat'
    AND NOT pointsman.is_past_end(model.lifecycle_status, model.ends_on)
    AND pointsman.can_serve(model.model_id, route)
  ORDER BY model.priority, model.model_id
  LIMIT 1)
ELSE (
  SELECT choice.model_id
  FROM (
    SELECT candidate.model_id, 1 AS source, candidate.rank AS place
    FROM pointsman.route_candidates AS candidate
    WHERE candidate.kind = route.kind AND candidate.name = route.name
    UNION ALL
    SELECT own.model_id, 2, own.place::integer
    FROM unnest(route.fallbacks) WITH ORDINALITY AS own (model_id, place)
    UNION ALL
    SELECT pointsman.family_fallback(leaving, route), 3, 1 WHERE route.fallbacks IS NULL
  ) AS choice
  JOIN public.bedrock_models AS model ON model.model_id = choice.model_id
  WHERE choice.model_id <> leaving AND pointsman.can_serve(choice.model_id, route)
  ORDER BY pointsman.is_past_end(model.lifecycle_status, model.ends_on), choice.source, choice.place
  LIMIT 1)
END;

-- ---------------------------------------------------------------------------------------------------------------
-- The columns that are kept

-- Per model the price row that holds now in the server's region.
CREATE VIEW pointsman.current_prices AS
SELECT DISTINCT ON (price.model_id) price.*
FROM pointsman.prices AS price
WHERE price.region IN (pointsman.server_region(), '*') AND price.effective_from <= clock_timestamp()
ORDER BY price.model_id, price.region = '*', price.effective_from DESC;

CREATE VIEW pointsman.kept_model_columns AS
WITH place AS (
  SELECT candidate.model_id, candidate.name, candidate.placed_revision,
         row_number() OVER (PARTITION BY candidate.name ORDER BY candidate.rank) AS place
  FROM pointsman.route_candidates AS candidate
  WHERE candidate.kind = 'use-case'
), best AS (
  SELECT DISTINCT ON (place.model_id) place.model_id, place.name
  FROM place
  ORDER BY place.model_id, place.place, place.placed_revision DESC, place.name
)
SELECT
  model.model_id,
  best.name AS use_case,
  fallback.target_model_id IS NOT NULL AS is_default,
  trim_scale(price.input_pico_usd / 1000000.0) AS input_cost_per_mtok,
  trim_scale(price.output_pico_usd / 1000000.0) AS output_cost_per_mtok
FROM public.bedrock_models AS model
LEFT JOIN best ON best.model_id = model.model_id
LEFT JOIN pointsman.current_prices AS price ON price.model_id = model.model_id
LEFT JOIN pointsman.routes AS fallback ON fallback.kind = 'default' AND fallback.target_model_id = model.model_id;

-- Our own writes to the catalogue must not be translated again.
CREATE FUNCTION pointsman.is_keeping() RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id() AND keeping);

-- Writes the kept columns where they differ from the truth; returns how many rows it changed.
CREATE FUNCTION pointsman.keep_model_columns() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  changed bigint;
BEGIN
  INSERT INTO pointsman.unsettled_edits (transaction_id, keeping) VALUES (pg_current_xact_id(), true)
  ON CONFLICT (transaction_id) DO UPDATE SET keeping = true;
  UPDATE public.bedrock_models AS model
  SET use_case = kept.use_case, is_default = kept.is_default,
      input_cost_per_mtok = kept.input_cost_per_mtok, output_cost_per_mtok = kept.output_cost_per_mtok
  FROM pointsman.kept_model_columns AS kept
  WHERE kept.model_id = model.model_id
    AND (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
      IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok);
  GET DIAGNOSTICS changed = ROW_COUNT;
  UPDATE pointsman.unsettled_edits SET keeping = false WHERE transaction_id = pg_current_xact_id();
  RETURN changed;
END
$$;

CREATE FUNCTION pointsman.keep_after_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.keep_model_columns();
  RETURN NULL;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Translation of direct edits of the catalogue

CREATE FUNCTION pointsman.stamp_model() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  plain public.bedrock_models;
BEGIN
  NEW.upstream_id := coalesce(NEW.upstream_id, NEW.model_id);
  IF TG_OP = 'UPDATE' THEN
    IF NEW.model_id <> OLD.model_id THEN
      RAISE EXCEPTION 'model % cannot be renamed: switches and usage name it', OLD.model_id
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Add a model with the new id, or an alias.';
    END IF;
    -- The kept columns follow from tables that carry revisions of their own.
    plain := NEW;
    plain.revision := OLD.revision;
    plain.use_case := OLD.use_case;
    plain.is_default := OLD.is_default;
    plain.input_cost_per_mtok := OLD.input_cost_per_mtok;
    plain.output_cost_per_mtok := OLD.output_cost_per_mtok;
    NEW.revision := OLD.revision;
    IF plain IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
  END IF;
  NEW.revision := pointsman.next_revision();
  RETURN NEW;
END
$$;

-- A named default serves: naming a disabled model enables it, as set-default does. A model that the same statement
-- switched off stays off, and the transaction's end refuses it.
CREATE FUNCTION pointsman.name_default(id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE pointsman.unsettled_edits SET default_left = NULL WHERE default_left = id;
  UPDATE public.bedrock_models SET is_available = true WHERE model_id = id AND NOT is_available;
  UPDATE pointsman.routes SET target_model_id = id, switch_id = NULL
  WHERE kind = 'default' AND target_model_id <> id;
  INSERT INTO pointsman.routes (kind, name, target_model_id)
  SELECT 'default', 'default', id WHERE NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default');
END
$$;

-- Moves every route off models that cannot be its target any more. A route that has no other keeps its target; the
-- transaction's end decides about it.
CREATE FUNCTION pointsman.leave_models(leaving text[], kinds text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = ''
AS $$
  UPDATE pointsman.routes AS route
  SET target_model_id = pointsman.next_target(route, route.target_model_id), switch_id = NULL
  WHERE route.target_model_id = ANY (leaving) AND route.kind = ANY (kinds)
    AND pointsman.next_target(route, route.target_model_id) IS NOT NULL
$$;

CREATE FUNCTION pointsman.place_first(id text, wanted_use_case text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'use-case' AND name = wanted_use_case) THEN
    RAISE EXCEPTION 'use case "%" does not exist', wanted_use_case
      USING ERRCODE = 'check_violation', CONSTRAINT = 'use_case_exists', HINT = 'Use cases: ' || coalesce(
        (SELECT string_agg(name, ', ' ORDER BY name) FROM pointsman.routes WHERE kind = 'use-case'), 'none yet');
  END IF;
  -- It stands first already and reads so: nothing to change.
  IF EXISTS (SELECT FROM pointsman.kept_model_columns WHERE model_id = id AND use_case = wanted_use_case)
    AND id = (SELECT model_id FROM pointsman.route_candidates
              WHERE kind = 'use-case' AND name = wanted_use_case ORDER BY rank LIMIT 1) THEN
    RETURN;
  END IF;
  UPDATE pointsman.route_candidates SET rank = rank + 1
  WHERE kind = 'use-case' AND name = wanted_use_case AND model_id <> id
    AND rank < coalesce((SELECT rank FROM pointsman.route_candidates
                         WHERE kind = 'use-case' AND name = wanted_use_case AND model_id = id), 2147483647);
  UPDATE pointsman.route_candidates SET rank = 1, placed_revision = pointsman.next_revision()
  WHERE kind = 'use-case' AND name = wanted_use_case AND model_id = id;
  IF NOT FOUND THEN
    INSERT INTO pointsman.route_candidates (kind, name, model_id, rank, placed_revision)
    VALUES ('use-case', wanted_use_case, id, 1, pointsman.next_revision());
  END IF;
END
$$;

-- Costs that were written become a dated price row: of the server's region, or of all regions where the vendor has
-- one price. What the seeds' two columns cannot say (cache prices, tiers) stays as it was.
--
-- The newest word holds, also where the clock was set back since the last one: rows that were to hold at once and whose
-- date now lies ahead are followed, a millisecond after the last of them, by a row that says again what holds then: these
-- costs, or those of a row that was planned for a day between. Planned rows keep their day. Dating the new row itself
-- after them would leave today with the old costs.
CREATE FUNCTION pointsman.add_price(id text, input_usd numeric, output_usd numeric) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  present pointsman.prices;
  price_region text;
  starts timestamptz := pointsman.now_ms();
  ahead timestamptz;
BEGIN
  IF input_usd < 0 OR output_usd < 0 OR 'NaN' IN (input_usd, output_usd) THEN
    RAISE EXCEPTION 'the costs of % cannot be % and %: a price is zero or more, or NULL where it is not known',
      id, input_usd, output_usd USING ERRCODE = 'check_violation', CONSTRAINT = 'price_not_negative';
  END IF;
  SELECT * INTO present FROM pointsman.prices
  WHERE model_id = add_price.id AND region IN (pointsman.server_region(), '*')
    AND effective_from <= starts + interval '1 ms'
  ORDER BY region = '*', effective_from DESC LIMIT 1;
  price_region := coalesce((
    SELECT region FROM pointsman.prices
    WHERE model_id = add_price.id AND region IN (pointsman.server_region(), '*')
      AND (effective_from <= starts + interval '1 ms' OR NOT by_plan)
    ORDER BY region = '*' LIMIT 1), pointsman.server_region());
  -- Two edits within a millisecond: the second one is dated a millisecond later, and waited for.
  starts := greatest(starts, present.effective_from + interval '1 ms');
  PERFORM pg_sleep(greatest(0, extract(epoch FROM starts - clock_timestamp())));
  INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, output_pico_usd,
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, source, source_date)
  VALUES (id || '@' || price_region || '@' || pointsman.epoch_ms(starts), id, price_region, starts, false,
    round(input_usd * 1000000), round(output_usd * 1000000), present.cache_read_pico_usd,
    present.cache_write_5m_pico_usd, present.cache_write_1h_pico_usd, coalesce(present.tiers, '[]'),
    'SQL: ' || (pointsman.current_actor() ->> 'id'), (starts AT TIME ZONE 'UTC')::date);
  SELECT max(effective_from) + interval '1 ms' INTO ahead FROM pointsman.prices
  WHERE model_id = add_price.id AND region = price_region AND NOT by_plan AND effective_from > starts;
  INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, output_pico_usd,
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, source, source_date)
  SELECT add_price.id || '@' || price_region || '@' || pointsman.epoch_ms(ahead), holds.model_id, holds.region, ahead,
    false, holds.input_pico_usd, holds.output_pico_usd, holds.cache_read_pico_usd, holds.cache_write_5m_pico_usd,
    holds.cache_write_1h_pico_usd, holds.tiers, holds.source, holds.source_date
  FROM pointsman.prices AS holds
  WHERE holds.model_id = add_price.id AND holds.region = price_region AND holds.effective_from <= ahead
    AND (holds.effective_from = starts OR (holds.by_plan AND holds.effective_from > starts))
  ORDER BY holds.effective_from DESC LIMIT 1
  -- A row that is planned for that very millisecond holds as it is.
  ON CONFLICT (model_id, region, effective_from) DO NOTHING;
END
$$;

-- What one statement wrote into one row's kept columns and its `is_available`.
CREATE TYPE pointsman.model_edit AS (
  model_id text,
  priority integer,
  switched_off boolean,
  default_named boolean,
  default_taken boolean,
  use_case_written boolean,
  use_case text,
  costs_written boolean,
  input_usd numeric,
  output_usd numeric
);

CREATE FUNCTION pointsman.translate_edits(edits pointsman.model_edit[]) RETURNS void
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
  PERFORM pointsman.keep_model_columns();
END
$$;

-- Writing `use_case` asks for the first place, also where the column said so before: a model may be anywhere in the
-- list that it marks. Only a trigger with a column list knows what was written, and it may not see the rows.
CREATE FUNCTION pointsman.mark_use_case_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM set_config('pointsman.use_case_written', pg_current_xact_id()::text, true);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION pointsman.translate_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  marked boolean := current_setting('pointsman.use_case_written', true) = pg_current_xact_id()::text;
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM set_config('pointsman.use_case_written', '', true);
    PERFORM pointsman.translate_edits(ARRAY(
      SELECT ROW(after.model_id, after.priority,
        before.is_available AND NOT after.is_available,
        after.is_default AND NOT before.is_default,
        before.is_default AND NOT after.is_default,
        coalesce(marked, false), after.use_case,
        (after.input_cost_per_mtok, after.output_cost_per_mtok)
          IS DISTINCT FROM (before.input_cost_per_mtok, before.output_cost_per_mtok),
        after.input_cost_per_mtok, after.output_cost_per_mtok)::pointsman.model_edit
      FROM rows_after AS after JOIN rows_before AS before ON before.model_id = after.model_id
      WHERE marked OR (after.is_available, after.is_default, after.use_case, after.input_cost_per_mtok, after.output_cost_per_mtok)
        IS DISTINCT FROM (before.is_available, before.is_default, before.use_case, before.input_cost_per_mtok,
                          before.output_cost_per_mtok)));
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION pointsman.translate_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.translate_edits(ARRAY(
    SELECT ROW(after.model_id, after.priority, false, after.is_default, false, after.use_case IS NOT NULL, after.use_case,
      after.input_cost_per_mtok IS NOT NULL OR after.output_cost_per_mtok IS NOT NULL,
      after.input_cost_per_mtok, after.output_cost_per_mtok)::pointsman.model_edit
    FROM rows_after AS after));
  RETURN NULL;
END
$$;

CREATE FUNCTION pointsman.refuse_delete_of_used_model() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  users text;
BEGIN
  SELECT string_agg(name, ', ' ORDER BY name) INTO users FROM (
    SELECT pointsman.route_key(kind, name) AS name FROM pointsman.routes
    WHERE target_model_id = OLD.model_id OR OLD.model_id = ANY (fallbacks)
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.route_candidates WHERE model_id = OLD.model_id
    UNION SELECT 'alias ' || name FROM pointsman.aliases WHERE target = OLD.model_id
  ) AS place;
  IF users IS NOT NULL THEN
    RAISE EXCEPTION 'model % cannot be removed: it is used by %', OLD.model_id, users
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_in_use',
            HINT = 'Take it out of these first, or disable it; in SQL: UPDATE bedrock_models SET is_available = false WHERE model_id = ….';
  END IF;
  RETURN OLD;
END
$$;

CREATE FUNCTION pointsman.route_key(kind text, name text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE kind WHEN 'default' THEN 'default' ELSE kind || '/' || name END;

-- ---------------------------------------------------------------------------------------------------------------
-- The end of a transaction: invariants, then one record per route that really moved

-- What each route's target was before this transaction moved it by a direct edit.
CREATE TABLE pointsman.route_edits (
  transaction_id xid8 NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  target_before text,
  PRIMARY KEY (transaction_id, kind, name)
);

CREATE FUNCTION pointsman.note_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  -- The kept columns say nothing of what can serve.
  IF NOT pointsman.is_keeping() THEN
    INSERT INTO pointsman.unsettled_edits AS noted (transaction_id, edited) VALUES (pg_current_xact_id(), true)
    ON CONFLICT (transaction_id) DO UPDATE SET edited = true WHERE NOT noted.edited;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION pointsman.remember_target() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF NOT pointsman.through_api() THEN
    INSERT INTO pointsman.route_edits (transaction_id, kind, name, target_before)
    VALUES (pg_current_xact_id(), coalesce(OLD.kind, NEW.kind), coalesce(OLD.name, NEW.name), OLD.target_model_id)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- What every transaction that edits the registry must leave behind. Raises with the route and the way out.
CREATE FUNCTION pointsman.check_registry() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  broken text[];
  fallback pointsman.routes;
BEGIN
  IF NOT EXISTS (SELECT FROM pointsman.routes) THEN
    RETURN;
  END IF;
  SELECT * INTO fallback FROM pointsman.routes WHERE kind = 'default';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the registry would have no default route'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists',
            HINT = 'Set a default model; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  broken := ARRAY(
    SELECT pointsman.route_key(kind, name) FROM pointsman.routes AS route
    WHERE target_model_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = route.target_model_id)
    ORDER BY kind, name);
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
    SELECT pointsman.route_key(kind, name) FROM pointsman.routes AS route
    WHERE route.kind <> 'default'
      AND NOT pointsman.can_serve(coalesce(route.target_model_id, fallback.target_model_id), route)
      AND pointsman.next_target(route, coalesce(route.target_model_id, fallback.target_model_id)) IS NULL
    ORDER BY kind, name);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no usable model would be left for %', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = 'Switch each of them to another model first, or give it another candidate; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = ….';
  END IF;
END
$$;

-- US-$ saved a day at the route's mean daily usage of the last seven days; null where a price is not known.
CREATE FUNCTION pointsman.estimate_saving(route_key text, from_id text, to_id text) RETURNS numeric
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  used record;
  old_price pointsman.current_prices;
  new_price pointsman.current_prices;
BEGIN
  SELECT * INTO old_price FROM pointsman.current_prices WHERE model_id = from_id;
  SELECT * INTO new_price FROM pointsman.current_prices WHERE model_id = to_id;
  SELECT coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
    coalesce(sum(cache_read_tokens), 0) AS cache_read, coalesce(sum(cache_write_5m_tokens), 0) AS cache_write_5m,
    coalesce(sum(cache_write_1h_tokens), 0) AS cache_write_1h
  INTO used
  FROM pointsman.usage_rollups
  WHERE dimension = 'route' AND name = estimate_saving.route_key AND hour > now() - interval '7 days';
  RETURN round((
    used.input * (old_price.input_pico_usd - new_price.input_pico_usd)
    + used.output * (old_price.output_pico_usd - new_price.output_pico_usd)
    -- A bucket that the route does not use needs no price.
    + CASE used.cache_read WHEN 0 THEN 0
        ELSE used.cache_read * (old_price.cache_read_pico_usd - new_price.cache_read_pico_usd) END
    + CASE used.cache_write_5m WHEN 0 THEN 0
        ELSE used.cache_write_5m * (old_price.cache_write_5m_pico_usd - new_price.cache_write_5m_pico_usd) END
    + CASE used.cache_write_1h WHEN 0 THEN 0
        ELSE used.cache_write_1h * (old_price.cache_write_1h_pico_usd - new_price.cache_write_1h_pico_usd) END
  ) / 7 / 1000000000000, 9);
END
$$;

-- The record of a direct edit, common to routes and conversations. An operator may say why:
-- SET LOCAL pointsman.reason = '…'.
CREATE FUNCTION pointsman.record_direct_switch(scope jsonb, from_id text, to_id text, saving numeric) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  actor jsonb := pointsman.current_actor();
  subject text := pointsman.jwt_subject();
  why text := coalesce(nullif(current_setting('pointsman.reason', true), ''), 'Changed in SQL');
BEGIN
  RETURN (pointsman.record_switch(jsonb_build_object(
    'actor', actor,
    'action', 'manual_switch',
    'type', 'manual',
    'scope', scope,
    'from', from_id,
    'to', to_id,
    'reason', why,
    'evidence', jsonb_build_object('door', 'sql')
      || CASE WHEN subject IS NULL THEN '{}' ELSE jsonb_build_object('subject', subject) END,
    'notificationTitle', 'Switching AI Model',
    'notificationMessage', format('Switched from %s to %s (%s)', coalesce(pointsman.name_of_model(from_id), from_id, 'no model'),
      coalesce(pointsman.name_of_model(to_id), to_id, 'the default'), why),
    'costImpactUsd', saving))).id;
END
$$;

CREATE FUNCTION pointsman.settle_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  noted pointsman.unsettled_edits;
  edit record;
  new_switch_id text;
BEGIN
  SELECT * INTO noted FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  IF noted.edited THEN
    PERFORM pointsman.check_registry();
  END IF;
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
  -- Last: the switches above belong to the revision that stands in it.
  DELETE FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER settle_edit AFTER INSERT ON pointsman.unsettled_edits
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.settle_edit();

-- ---------------------------------------------------------------------------------------------------------------
-- The triggers, in the order of their names: lock, then refuse, then stamp; after the statement note, translate, keep

CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON public.bedrock_models
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON public.bedrock_models
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_refuse_delete BEFORE DELETE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_delete_of_used_model();
CREATE TRIGGER y_stamp BEFORE INSERT OR UPDATE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_model();
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER d_note_edit AFTER INSERT OR UPDATE OR DELETE ON public.bedrock_models
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER d_mark_use_case BEFORE UPDATE OF use_case ON public.bedrock_models
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.mark_use_case_written();
CREATE TRIGGER e_translate_insert AFTER INSERT ON public.bedrock_models
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.translate_insert();
CREATE TRIGGER e_translate_update AFTER UPDATE ON public.bedrock_models
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.translate_update();

CREATE TRIGGER c_remember_new_target AFTER INSERT ON pointsman.routes
  FOR EACH ROW WHEN (NEW.target_model_id IS NOT NULL) EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER c_remember_target AFTER UPDATE ON pointsman.routes
  FOR EACH ROW WHEN (NEW.target_model_id IS DISTINCT FROM OLD.target_model_id)
  EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER c_remember_old_target AFTER DELETE ON pointsman.routes
  FOR EACH ROW WHEN (OLD.target_model_id IS NOT NULL) EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER d_note_edit AFTER INSERT OR UPDATE OR DELETE ON pointsman.routes
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER e_keep AFTER INSERT OR UPDATE OR DELETE ON pointsman.routes
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_after_edit();
CREATE TRIGGER d_note_edit AFTER INSERT OR UPDATE OR DELETE ON pointsman.route_candidates
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER e_keep AFTER INSERT OR UPDATE OR DELETE ON pointsman.route_candidates
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_after_edit();
CREATE TRIGGER d_note_edit AFTER INSERT OR UPDATE OR DELETE ON pointsman.fallback_rules
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER e_keep AFTER INSERT ON pointsman.prices
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_after_edit();
CREATE TRIGGER keep_costs AFTER INSERT OR UPDATE ON pointsman.settings
  FOR EACH ROW WHEN (NEW.key = 'region') EXECUTE FUNCTION pointsman.keep_after_edit();

-- ---------------------------------------------------------------------------------------------------------------
-- Direct edits of the views

CREATE FUNCTION pointsman.edit_assistant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  asked public.ai_assistants := NEW;
BEGIN
  asked.model_version := OLD.model_version;
  IF asked IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'only model_version of ai_assistants can be changed'
      USING ERRCODE = 'feature_not_supported', HINT = 'The other columns are pointsman.routes'', or follow from the model.';
  END IF;
  UPDATE pointsman.routes SET target_model_id = NEW.model_version, switch_id = NULL
  WHERE kind = 'use-case' AND name = OLD.assistant_type AND target_model_id IS DISTINCT FROM NEW.model_version;
  RETURN NEW;
END
$$;
CREATE TRIGGER edit_assistant INSTEAD OF UPDATE ON public.ai_assistants
  FOR EACH ROW EXECUTE FUNCTION pointsman.edit_assistant();

-- Sets or clears (null) a conversation's model for its use case, and records the switch.
CREATE FUNCTION pointsman.switch_conversation(conversation pointsman.conversations, from_id text, to_id text) RETURNS text
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

CREATE FUNCTION pointsman.add_conversation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  made pointsman.conversations;
BEGIN
  -- Before any row: the one lock order of all registry writes. A conversation that only begins records no switch, and
  -- does not wait for other people's edits.
  IF NEW.model_id IS NOT NULL THEN
    PERFORM pointsman.lock_registry();
  END IF;
  INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case)
  VALUES (coalesce(NEW.workspace_id, 'default'), coalesce(NEW.id, gen_random_uuid()::text), NEW.user_id, NEW.use_case)
  RETURNING * INTO made;
  NEW.id := made.id;
  NEW.workspace_id := made.workspace_id;
  NEW.created_at := made.created_at;
  NEW.updated_at := made.updated_at;
  IF NEW.model_id IS NOT NULL THEN
    NEW.switch_id := pointsman.switch_conversation(made, NULL, NEW.model_id);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER add_conversation INSTEAD OF INSERT ON public.ai_conversations
  FOR EACH ROW EXECUTE FUNCTION pointsman.add_conversation();

CREATE FUNCTION pointsman.edit_conversation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  asked public.ai_conversations := NEW;
  made pointsman.conversations;
BEGIN
  asked.user_id := OLD.user_id;
  asked.use_case := OLD.use_case;
  asked.model_id := OLD.model_id;
  asked.updated_at := OLD.updated_at;
  IF asked IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'only user_id, use_case and model_id of ai_conversations can be changed'
      USING ERRCODE = 'feature_not_supported';
  END IF;
  UPDATE pointsman.conversations
  SET user_id = NEW.user_id, use_case = NEW.use_case, updated_at = pointsman.now_ms()
  WHERE workspace_id = OLD.workspace_id AND id = OLD.id
  RETURNING * INTO made;
  NEW.updated_at := made.updated_at;
  IF NEW.model_id IS DISTINCT FROM OLD.model_id THEN
    NEW.switch_id := pointsman.switch_conversation(made, OLD.model_id, NEW.model_id);
  END IF;
  RETURN NEW;
END
$$;
-- Of the statement, because its first row may be one whose model stays, and would be written before a later one locks.
CREATE TRIGGER a_lock BEFORE UPDATE OF model_id ON public.ai_conversations
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER edit_conversation INSTEAD OF UPDATE ON public.ai_conversations
  FOR EACH ROW EXECUTE FUNCTION pointsman.edit_conversation();
