-- What the constraints let through compiles: a direct edit that a data plane could not load is refused while its author
-- still looks at it, with the table, the row and the way out. Rows of before that go against a rule stay as they are
-- (their revision was rejected, and its alarm says why); they are held to it by the next edit of theirs.

-- ---------------------------------------------------------------------------------------------------------------
-- What a single row may say. A CHECK holds where triggers are switched off, too, and by raising itself it can say more
-- than its own name. Such a function is never false.

-- One dimension, counted from 1, without gaps: what a program reads as a list.
CREATE FUNCTION pointsman.is_plain_list(list text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN list IS NULL OR cardinality(list) = 0 THEN true
  WHEN array_ndims(list) > 1 OR array_lower(list, 1) <> 1 THEN false
  ELSE array_position(list, NULL) IS NULL
END;

CREATE FUNCTION pointsman.require_list(place text, col text, list text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF NOT pointsman.is_plain_list(list) THEN
    RAISE EXCEPTION '% of % is no plain list: %', col, place, list
      USING ERRCODE = 'check_violation', CONSTRAINT = 'plain_list',
            HINT = 'Write it as ARRAY[''one'', ''two''], without NULL and without lists within.';
  END IF;
END
$$;

-- `inside`: it is of the years that an ISO date can name. A program reads neither 'infinity' nor a year before Christ.
CREATE FUNCTION pointsman.require_day(place text, col text, shown text, inside boolean) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF NOT inside THEN
    RAISE EXCEPTION '% of % is %, and a day is one of the years 1 to 9999', col, place, shown
      USING ERRCODE = 'check_violation', CONSTRAINT = 'day_of_the_calendar',
            HINT = 'Write a day such as ''2026-07-30'', or NULL where there is none.';
  END IF;
END
$$;

CREATE FUNCTION pointsman.require_instant(place text, col text, instant timestamptz) RETURNS void
LANGUAGE sql IMMUTABLE
RETURN pointsman.require_day(place, col, instant::text,
  instant >= '0001-01-01 00:00:00+00' AND instant < '10000-01-01 00:00:00+00');

CREATE FUNCTION pointsman.check_model(id text, generation double precision, ends_on date, abilities jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  ability text;
BEGIN
  IF NOT (generation > '-infinity' AND generation < 'infinity') THEN
    RAISE EXCEPTION 'generation of model % in bedrock_models is %, and it orders models by a number', id, generation
      USING ERRCODE = 'check_violation', CONSTRAINT = 'generation_is_a_number',
            HINT = 'Write a number such as 4.5, or 0 where it is not known.';
  END IF;
  PERFORM pointsman.require_day('model ' || id || ' in bedrock_models', 'ends_on', ends_on::text,
    ends_on BETWEEN '0001-01-01' AND '9999-12-31');
  SELECT member.key INTO ability FROM jsonb_each(abilities) AS member
  WHERE jsonb_typeof(member.value) NOT IN ('boolean', 'null') ORDER BY 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ability "%" of model % in bedrock_models is %', ability, id, abilities -> ability
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ability_is_known_or_null',
            HINT = 'An ability is true, false, or null where it is not known.';
  END IF;
  RETURN true;
END
$$;

CREATE FUNCTION pointsman.check_model_regions(id text, source_regions text[], destination_regions text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.require_list('model ' || id || ' in bedrock_models', 'source_regions', source_regions);
  PERFORM pointsman.require_list('model ' || id || ' in bedrock_models', 'destination_regions', destination_regions);
  RETURN true;
END
$$;

-- Costs in US-$ per million tokens: as pico-dollars a token they are whole numbers that every program counts exactly.
CREATE FUNCTION pointsman.check_model_costs(id text, input_usd numeric, output_usd numeric) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF 'NaN' NOT IN (coalesce(input_usd, 0), coalesce(output_usd, 0))
    AND greatest(input_usd, output_usd) > 9007199254.740991 THEN
    RAISE EXCEPTION 'the costs of model % in bedrock_models cannot be % and %: US-$ 9007199254 per million tokens is the most',
      id, input_usd, output_usd
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'Write US-$ per million tokens, or NULL where a cost is not known.';
  END IF;
  RETURN true;
END
$$;

CREATE FUNCTION pointsman.check_route(kind text, name text, fallbacks text[], residency text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  place text := pointsman.route_key(kind, name) || ' in pointsman.routes';
BEGIN
  IF kind <> 'default' AND name = 'default' THEN
    RAISE EXCEPTION 'a route of kind % in pointsman.routes cannot be called "default"', kind
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_is_taken',
            HINT = 'That name is the default route''s. Give it another one.';
  END IF;
  PERFORM pointsman.require_list(place, 'fallbacks', fallbacks);
  PERFORM pointsman.require_list(place, 'residency', residency);
  IF cardinality(residency) = 0 THEN
    RAISE EXCEPTION 'the residency rule of % allows no region', place
      USING ERRCODE = 'check_violation', CONSTRAINT = 'residency_names_a_region',
            DETAIL = to_json(ARRAY[pointsman.route_key(kind, name)])::text,
            HINT = 'Name the regions in which a call may run, or write residency = NULL for no rule.';
  END IF;
  RETURN true;
END
$$;

CREATE FUNCTION pointsman.is_rate(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE jsonb_typeof(value)
  WHEN 'null' THEN true
  WHEN 'number' THEN (value #>> '{}')::numeric BETWEEN 0 AND 9007199254740991
    AND (value #>> '{}')::numeric = trunc((value #>> '{}')::numeric)
  ELSE false
END;

-- `rates`: the five rates, as the columns or a tier's members have them.
CREATE FUNCTION pointsman.require_rates(place text, rates jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  bad text;
BEGIN
  SELECT rate INTO bad
  FROM unnest(ARRAY['inputPicoUsd', 'outputPicoUsd', 'cacheReadPicoUsd', 'cacheWrite5mPicoUsd', 'cacheWrite1hPicoUsd'])
    WITH ORDINALITY AS named (rate, place)
  WHERE NOT coalesce(pointsman.is_rate(rates -> rate), false) ORDER BY named.place LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% of % is %', bad, place, coalesce(rates ->> bad, CASE WHEN rates ? bad THEN 'null' ELSE 'absent' END)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'A rate is a whole number of pico-dollars a token from 0 to 9007199254740991 (US-$ 1 per million tokens is 1000000), or null where it is not known.';
  END IF;
END
$$;

CREATE FUNCTION pointsman.check_price(id text, model_id text, effective_from timestamptz, rates bigint[], tiers jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  place text := 'price ' || id || ' of ' || model_id || ' in pointsman.prices';
  tier jsonb;
  seen jsonb[] := '{}';
BEGIN
  PERFORM pointsman.require_instant(place, 'effective_from', effective_from);
  PERFORM pointsman.require_rates(place, jsonb_build_object('inputPicoUsd', rates[1], 'outputPicoUsd', rates[2],
    'cacheReadPicoUsd', rates[3], 'cacheWrite5mPicoUsd', rates[4], 'cacheWrite1hPicoUsd', rates[5]));
  FOR tier IN SELECT value FROM jsonb_array_elements(tiers) LOOP
    IF jsonb_typeof(tier) <> 'object' OR jsonb_typeof(tier -> 'inputTokensAbove') IS DISTINCT FROM 'number'
      OR NOT pointsman.is_rate(tier -> 'inputTokensAbove') OR tier -> 'inputTokensAbove' = '0'
      OR tier -> 'inputTokensAbove' = ANY (seen) THEN
      RAISE EXCEPTION 'a tier of % is %', place, tier
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tier_is_one',
              HINT = 'A tier is an object with inputTokensAbove, a whole number above 0 that no other tier of the price has, and the five rates from there on.';
    END IF;
    seen := seen || (tier -> 'inputTokensAbove');
    PERFORM pointsman.require_rates('the tier above ' || (tier ->> 'inputTokensAbove') || ' of ' || place, tier);
  END LOOP;
  RETURN true;
END
$$;

CREATE FUNCTION pointsman.check_key_lists(id text, scopes text[], routes text[], models text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'scopes', scopes);
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'routes', routes);
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'models', models);
  RETURN true;
END
$$;

CREATE FUNCTION pointsman.check_key_days(id text, created_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'created_at', created_at);
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'expires_at', expires_at);
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'revoked_at', revoked_at);
  RETURN true;
END
$$;

-- Those settings that the functions of this schema read.
CREATE FUNCTION pointsman.check_setting(key text, value jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF key = 'epoch' AND (jsonb_typeof(value) <> 'number' OR value #>> '{}' !~ '^[1-9]\d{0,8}$') THEN
    RAISE EXCEPTION 'setting epoch in pointsman.settings is %', value
      USING ERRCODE = 'check_violation', CONSTRAINT = 'setting_is_readable', HINT = 'An epoch is a whole number from 1.';
  ELSIF key = 'region' AND (jsonb_typeof(value) <> 'string' OR value = '""') THEN
    RAISE EXCEPTION 'setting region in pointsman.settings is %', value
      USING ERRCODE = 'check_violation', CONSTRAINT = 'setting_is_readable',
            HINT = 'A region is a JSON string such as ''"eu-central-1"''.';
  END IF;
  RETURN true;
END
$$;

ALTER TABLE public.bedrock_models
  ADD CONSTRAINT model_is_readable CHECK (pointsman.check_model(model_id, generation, ends_on, abilities)) NOT VALID,
  ADD CONSTRAINT model_regions_are_lists
    CHECK (pointsman.check_model_regions(model_id, source_regions, destination_regions)) NOT VALID,
  ADD CONSTRAINT model_costs_are_countable
    CHECK (pointsman.check_model_costs(model_id, input_cost_per_mtok, output_cost_per_mtok)) NOT VALID;
-- Their test of the lists raised something unreadable at a list of lists.
ALTER TABLE pointsman.routes
  DROP CONSTRAINT routes_fallbacks_check,
  DROP CONSTRAINT routes_residency_check,
  ADD CONSTRAINT route_is_readable CHECK (pointsman.check_route(kind, name, fallbacks, residency)) NOT VALID;
ALTER TABLE pointsman.prices ADD CONSTRAINT price_is_readable CHECK (pointsman.check_price(id, model_id, effective_from,
  ARRAY[input_pico_usd, output_pico_usd, cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd], tiers))
  NOT VALID;
ALTER TABLE pointsman.keys
  ADD CONSTRAINT key_lists_are_lists CHECK (pointsman.check_key_lists(id, scopes, routes, models)) NOT VALID,
  ADD CONSTRAINT key_days_are_days CHECK (pointsman.check_key_days(id, created_at, expires_at, revoked_at)) NOT VALID;
ALTER TABLE pointsman.settings ADD CONSTRAINT setting_is_readable CHECK (pointsman.check_setting(key, value)) NOT VALID;

-- ---------------------------------------------------------------------------------------------------------------
-- What rows say of each other: judged at the transaction's end, of the names that it touched

-- Names that a statement touched, until they are judged. A table and not settings, because a session may set any
-- setting for itself; judged when the constraints are, so that SET CONSTRAINTS … IMMEDIATE passes nothing by.
CREATE TABLE pointsman.unchecked_names (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- `lists`: keys of routes whose lists or target were written. `gone`: keys of routes and roles, and names of aliases,
  -- that are no more. `off`: models that were switched off.
  kind text NOT NULL CHECK (kind IN ('lists', 'roles', 'aliases', 'prices', 'gone', 'off')),
  names text[] NOT NULL
);

-- Routes by their keys. A text, read when it is called: the table may get more columns.
CREATE FUNCTION pointsman.routes_named(keys text[]) RETURNS SETOF pointsman.routes
LANGUAGE sql STABLE
AS $$
  SELECT route.*
  FROM (SELECT DISTINCT key FROM unnest(keys) AS key) AS named
  JOIN pointsman.routes AS route
    ON route.kind = split_part(named.key, '/', 1)
    AND route.name = substr(named.key, strpos(named.key, '/') + 1)
    AND (route.kind = 'default') = (named.key = 'default')
$$;

-- Every model of a route's lists exists, and one of those that it could serve with without the family rules is enabled.
CREATE FUNCTION pointsman.check_lists(keys text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  unknown record;
  broken text[];
BEGIN
  SELECT listed.* INTO unknown FROM (
    SELECT route.kind, route.name, candidate.model_id, 'candidate' AS what
    FROM pointsman.routes_named(keys) AS route JOIN pointsman.route_candidates AS candidate USING (kind, name)
    UNION ALL
    SELECT route.kind, route.name, fallback, 'fallback'
    FROM pointsman.routes_named(keys) AS route CROSS JOIN unnest(route.fallbacks) AS fallback
  ) AS listed
  WHERE NOT EXISTS (SELECT FROM public.bedrock_models AS model WHERE model.model_id = listed.model_id)
  ORDER BY 1, 2, 3 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the % "%" of % in % is no model of the catalogue', unknown.what, unknown.model_id,
      pointsman.route_key(unknown.kind, unknown.name),
      CASE unknown.what WHEN 'candidate' THEN 'pointsman.route_candidates' ELSE 'pointsman.routes' END
      USING ERRCODE = 'check_violation', CONSTRAINT = 'listed_model_exists',
            DETAIL = to_json(ARRAY[pointsman.route_key(unknown.kind, unknown.name)])::text,
            HINT = 'Add the model first, or take it off the list; in SQL: ' || CASE unknown.what
              WHEN 'candidate' THEN format('DELETE FROM pointsman.route_candidates WHERE kind = %L AND name = %L AND model_id = %L.',
                unknown.kind, unknown.name, unknown.model_id)
              ELSE format('UPDATE pointsman.routes SET fallbacks = array_remove(fallbacks, %L) WHERE kind = %L AND name = %L.',
                unknown.model_id, unknown.kind, unknown.name) END;
  END IF;
  broken := ARRAY(
    SELECT pointsman.route_key(route.kind, route.name)
    FROM pointsman.routes_named(keys) AS route
    CROSS JOIN LATERAL (
      SELECT ARRAY(SELECT candidate.model_id FROM pointsman.route_candidates AS candidate
                   WHERE candidate.kind = route.kind AND candidate.name = route.name) AS candidates
    ) AS own
    WHERE NOT EXISTS (
      SELECT FROM public.bedrock_models AS model
      WHERE model.is_available AND (
        model.model_id = route.target_model_id
        OR model.model_id = ANY (own.candidates)
        OR model.model_id = ANY (route.fallbacks)
        -- Without a target it has the default's, except where its strategy picks from its list.
        OR (route.target_model_id IS NULL AND (route.strategy = 'priority' OR cardinality(own.candidates) = 0)
          AND model.model_id = (SELECT target_model_id FROM pointsman.routes WHERE kind = 'default'))))
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no enabled model would be left among the target, the candidates and the fallbacks of %',
      array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = 'Switch each of them to another model first, or give it another candidate; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = ….';
  END IF;
END
$$;

-- The routes that name models which were switched off.
CREATE FUNCTION pointsman.check_models_off(ids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.check_lists(ARRAY(
    SELECT pointsman.route_key(kind, name) FROM pointsman.routes WHERE target_model_id = ANY (ids)
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.routes WHERE fallbacks && ids
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.route_candidates WHERE model_id = ANY (ids)));
END
$$;

CREATE FUNCTION pointsman.check_roles(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  lost pointsman.roles;
BEGIN
  SELECT role.* INTO lost FROM pointsman.roles AS role
  WHERE role.name = ANY (names)
    AND NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'use-case' AND name = role.use_case)
  ORDER BY role.name LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'role "%" in pointsman.roles maps to "%", which is no use case', lost.name, lost.use_case
      USING ERRCODE = 'check_violation', CONSTRAINT = 'role_maps_to_a_use_case',
            HINT = format('Map it to one of %s, or remove it; in SQL: UPDATE pointsman.roles SET use_case = … WHERE name = %L.',
              coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM (
                SELECT name FROM pointsman.routes WHERE kind = 'use-case' ORDER BY name LIMIT 10) AS first), 'those that you add'),
              lost.name);
  END IF;
END
$$;

-- May an alias end here? In the words of a request: a route's key, a role, a model, the bare name of a route.
CREATE FUNCTION pointsman.is_own_name(wanted text) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM public.bedrock_models WHERE model_id = wanted)
  OR EXISTS (SELECT FROM pointsman.routes_named(ARRAY[wanted]))
  OR EXISTS (SELECT FROM pointsman.routes WHERE kind IN ('use-case', 'agent') AND name = wanted)
  OR (wanted LIKE 'role/%' AND EXISTS (SELECT FROM pointsman.roles WHERE name = substr(wanted, 6)));

-- Each alias leads to a name that is none, over as many others as it likes and never in a circle.
CREATE FUNCTION pointsman.check_aliases(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  lost text;
  next_name text;
  walked text[] := '{}';
BEGIN
  -- All that are reached, then from their ends backwards: each is looked at once, however long the chain.
  WITH RECURSIVE reached AS (
    SELECT alias.name, alias.target FROM pointsman.aliases AS alias WHERE alias.name = ANY (names)
    UNION
    SELECT further.name, further.target FROM reached JOIN pointsman.aliases AS further ON further.name = reached.target
  ), sound AS (
    SELECT reached.name FROM reached
    WHERE NOT EXISTS (SELECT FROM pointsman.aliases WHERE name = reached.target) AND pointsman.is_own_name(reached.target)
    UNION
    SELECT reached.name FROM sound JOIN reached ON reached.target = sound.name
  )
  SELECT reached.name INTO lost FROM reached WHERE NOT EXISTS (SELECT FROM sound WHERE sound.name = reached.name)
  ORDER BY reached.name = ANY (names) DESC, reached.name LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  next_name := lost;
  WHILE next_name <> ALL (walked) LOOP
    walked := walked || next_name;
    next_name := coalesce((SELECT target FROM pointsman.aliases WHERE name = next_name), next_name);
  END LOOP;
  IF EXISTS (SELECT FROM pointsman.aliases WHERE name = next_name) THEN
    RAISE EXCEPTION 'alias "%" in pointsman.aliases leads in a circle: %', lost, array_to_string(walked || next_name, ' → ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'alias_leads_somewhere',
            HINT = format('Point it at a model or a route; in SQL: UPDATE pointsman.aliases SET target = … WHERE name = %L.', lost);
  END IF;
  RAISE EXCEPTION 'alias "%" in pointsman.aliases leads to "%", which is no model and no route', lost, next_name
    USING ERRCODE = 'check_violation', CONSTRAINT = 'alias_leads_somewhere',
          HINT = format('Point it at a model or a route, or remove it; in SQL: UPDATE pointsman.aliases SET target = … WHERE name = %L.', lost);
END
$$;

CREATE FUNCTION pointsman.check_prices(ids text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  unknown text;
BEGIN
  SELECT id INTO unknown FROM unnest(ids) AS id
  WHERE NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = id) ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'a price in pointsman.prices is of "%", which is no model of the catalogue', unknown
      USING ERRCODE = 'check_violation', CONSTRAINT = 'priced_model_exists',
            HINT = 'Add the model first, in the same transaction; in SQL: SELECT model_id FROM bedrock_models lists the ids.';
  END IF;
END
$$;

-- What led to names that are no more.
CREATE FUNCTION pointsman.check_gone(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  bare_use_cases text[] := ARRAY(SELECT substr(name, 10) FROM unnest(names) AS name WHERE name LIKE 'use-case/%');
BEGIN
  IF 'default' = ANY (names) AND NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default') THEN
    RAISE EXCEPTION 'the registry would have no default route in pointsman.routes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists', DETAIL = '["default"]',
            HINT = 'Set a default model; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  PERFORM pointsman.check_roles(ARRAY(SELECT name FROM pointsman.roles WHERE use_case = ANY (bare_use_cases)));
  PERFORM pointsman.check_aliases(ARRAY(
    SELECT name FROM pointsman.aliases
    WHERE target = ANY (names || bare_use_cases
      || ARRAY(SELECT substr(name, 7) FROM unnest(names) AS name WHERE name LIKE 'agent/%'))));
END
$$;

CREATE FUNCTION pointsman.check_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  DELETE FROM pointsman.unchecked_names WHERE id = NEW.id;
  CASE NEW.kind
    WHEN 'lists' THEN PERFORM pointsman.check_lists(NEW.names);
    WHEN 'roles' THEN PERFORM pointsman.check_roles(NEW.names);
    WHEN 'aliases' THEN PERFORM pointsman.check_aliases(NEW.names);
    WHEN 'prices' THEN PERFORM pointsman.check_prices(NEW.names);
    WHEN 'gone' THEN PERFORM pointsman.check_gone(NEW.names);
    WHEN 'off' THEN PERFORM pointsman.check_models_off(NEW.names);
  END CASE;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_names AFTER INSERT ON pointsman.unchecked_names
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.check_names();

CREATE FUNCTION pointsman.note_names(kind text, names text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = ''
AS $$
  INSERT INTO pointsman.unchecked_names (kind, names) SELECT kind, names WHERE cardinality(names) > 0
$$;

-- Transition tables are asked by TG_OP, because a trigger of one event has only its own.
CREATE FUNCTION pointsman.note_route_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(
      SELECT pointsman.route_key(kind, name) FROM rows_before EXCEPT SELECT pointsman.route_key(kind, name) FROM rows_after));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(SELECT pointsman.route_key(kind, name) FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT pointsman.route_key(kind, name) FROM rows_after));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.routes
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.routes
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.routes
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();

CREATE FUNCTION pointsman.note_listed_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT DISTINCT pointsman.route_key(kind, name) FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT DISTINCT pointsman.route_key(kind, name) FROM rows_after));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.route_candidates
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.route_candidates
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.route_candidates
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();

-- Of a table whose key is `name`. Arguments: the kind, and what stands before a name that is gone.
CREATE FUNCTION pointsman.note_own_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(
      SELECT TG_ARGV[1] || name FROM rows_before EXCEPT SELECT TG_ARGV[1] || name FROM rows_after));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(SELECT TG_ARGV[1] || name FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names(TG_ARGV[0], ARRAY(SELECT name FROM rows_after));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.roles
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.roles
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.roles
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.aliases
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.aliases
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.aliases
  REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');

CREATE FUNCTION pointsman.note_priced_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.note_names('prices', ARRAY(SELECT DISTINCT model_id FROM rows_after));
  RETURN NULL;
END
$$;
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.prices
  REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_priced_names();

CREATE FUNCTION pointsman.note_models_off() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM pointsman.note_names('off', ARRAY(
      SELECT after.model_id FROM rows_after AS after JOIN rows_before AS before ON before.model_id = after.model_id
      WHERE before.is_available AND NOT after.is_available));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER f_note_models_off AFTER UPDATE ON public.bedrock_models
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_models_off();

-- As before, and a model keeps what it has cost: prices are never removed, and one of no model compiles nowhere.
CREATE OR REPLACE FUNCTION pointsman.refuse_delete_of_used_model() RETURNS trigger
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
  IF EXISTS (SELECT FROM pointsman.prices WHERE model_id = OLD.model_id) THEN
    RAISE EXCEPTION 'model % cannot be removed from bedrock_models: usage was charged by its prices, which stay', OLD.model_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_in_use',
            HINT = 'Disable it; in SQL: UPDATE bedrock_models SET is_available = false WHERE model_id = ….';
  END IF;
  RETURN OLD;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- When it is judged

-- SET CONSTRAINTS … IMMEDIATE would settle an edit in the middle of the statement that makes it: what the transaction
-- had noted of itself would be gone when its next trigger asks, and the triggers would call each other for ever. At the
-- commit, or at a SET CONSTRAINTS after the edit, `settle_edit` is the outermost trigger, and this one within it.
CREATE FUNCTION pointsman.refuse_early_judgement() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  IF pg_trigger_depth() > 2 THEN
    RAISE EXCEPTION 'the registry cannot be edited under SET CONSTRAINTS … IMMEDIATE: an edit is judged whole, at the end'
      USING ERRCODE = 'feature_not_supported', HINT = 'Leave that statement out, or say SET CONSTRAINTS ALL DEFERRED before the edit.';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER refuse_early_judgement BEFORE DELETE ON pointsman.unsettled_edits
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_early_judgement();

-- ---------------------------------------------------------------------------------------------------------------
-- Rows of before

DO $$
DECLARE
  held record;
BEGIN
  FOR held IN
    SELECT conrelid::regclass::text AS held_table, conname FROM pg_constraint
    WHERE NOT convalidated AND contype = 'c'
      AND conrelid IN ('public.bedrock_models'::regclass, 'pointsman.routes'::regclass, 'pointsman.prices'::regclass,
                       'pointsman.keys'::regclass, 'pointsman.settings'::regclass)
    ORDER BY 1, 2
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', held.held_table, held.conname);
    EXCEPTION
      WHEN check_violation THEN
        RAISE WARNING '%: % stays to be mended', held.held_table, SQLERRM;
    END;
  END LOOP;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The program's own, as the others; a CHECK runs with the rights of who writes

ALTER TABLE pointsman.unchecked_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.unchecked_names TO service_role USING (true) WITH CHECK (true);
REVOKE ALL ON pointsman.unchecked_names FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON pointsman.unchecked_names TO service_role;
REVOKE EXECUTE ON FUNCTION pointsman.is_plain_list(text[]), pointsman.require_list(text, text, text[]),
  pointsman.require_day(text, text, text, boolean), pointsman.require_instant(text, text, timestamptz),
  pointsman.check_model(text, double precision, date, jsonb),
  pointsman.check_model_regions(text, text[], text[]), pointsman.check_model_costs(text, numeric, numeric),
  pointsman.check_route(text, text, text[], text[]), pointsman.is_rate(jsonb), pointsman.require_rates(text, jsonb),
  pointsman.check_price(text, text, timestamptz, bigint[], jsonb), pointsman.check_key_lists(text, text[], text[], text[]),
  pointsman.check_key_days(text, timestamptz, timestamptz, timestamptz), pointsman.check_setting(text, jsonb),
  pointsman.routes_named(text[]), pointsman.check_lists(text[]), pointsman.check_models_off(text[]),
  pointsman.check_roles(text[]), pointsman.is_own_name(text), pointsman.check_aliases(text[]),
  pointsman.check_prices(text[]), pointsman.check_gone(text[]), pointsman.check_names(),
  pointsman.note_names(text, text[]), pointsman.note_route_names(), pointsman.note_listed_names(),
  pointsman.note_own_names(), pointsman.note_priced_names(), pointsman.note_models_off(),
  pointsman.refuse_early_judgement() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pointsman.is_plain_list(text[]), pointsman.require_list(text, text, text[]),
  pointsman.require_day(text, text, text, boolean), pointsman.require_instant(text, text, timestamptz),
  pointsman.check_model(text, double precision, date, jsonb),
  pointsman.check_model_regions(text, text[], text[]), pointsman.check_model_costs(text, numeric, numeric),
  pointsman.check_route(text, text, text[], text[]), pointsman.is_rate(jsonb), pointsman.require_rates(text, jsonb),
  pointsman.check_price(text, text, timestamptz, bigint[], jsonb) TO service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301110000'))
WHERE key = 'schema-version';
