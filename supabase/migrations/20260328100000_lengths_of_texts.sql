-- What SQL writes is as long as what the API takes, and no shorter: a model of no maker shows as nothing everywhere, and a
-- text of megabytes goes through every record, snapshot and message of what is done with it, for which the embedded
-- database has no time. Rows of before that go against it stay as they are, and are judged only in what an edit changes:
-- a CHECK would judge the whole row at each, and a model could neither be switched away from nor be disabled for a text
-- that nobody touches. Nor could a backup of such a database be restored.

-- Lengths in characters; NULL: there is none.
CREATE FUNCTION pointsman.check_lengths(place text, columns text[], lengths integer[], most integer[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  FOR at IN 1 .. cardinality(columns) LOOP
    IF lengths[at] = 0 THEN
      RAISE EXCEPTION '% of % is empty', columns[at], place
        USING ERRCODE = 'check_violation', CONSTRAINT = 'text_of_length',
              HINT = 'Say what it is; where there is none and the column may be without, write NULL.';
    ELSIF lengths[at] > most[at] THEN
      RAISE EXCEPTION '% of % has % characters', columns[at], place, lengths[at]
        USING ERRCODE = 'check_violation', CONSTRAINT = 'text_of_length',
              HINT = format('The most are %s.', most[at]);
    END IF;
  END LOOP;
END
$$;

-- Arguments: the row's place, the column that names it in there, and the most of each column as JSON. Of lists and objects
-- the whole is measured, of lists without what writing one adds, so that the API's hundred models or two hundred regions
-- fit, whatever they are called.
CREATE FUNCTION pointsman.check_changed_lengths() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  before jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END;
  after jsonb := to_jsonb(NEW);
  columns text[];
  lengths integer[];
  most integer[];
BEGIN
  SELECT array_agg(entry.key),
    array_agg(CASE jsonb_typeof(after -> entry.key)
      WHEN 'array' THEN
        (SELECT sum(length(item) + 1)::integer FROM jsonb_array_elements_text(after -> entry.key) AS item)
      ELSE length(after ->> entry.key) END),
    array_agg(entry.value::integer)
  INTO columns, lengths, most
  FROM json_each_text(TG_ARGV[2]::json) AS entry
  WHERE before -> entry.key IS DISTINCT FROM after -> entry.key;
  -- What is kept in bedrock_models was judged where it comes from.
  IF columns IS NOT NULL AND NOT pointsman.is_keeping() THEN
    PERFORM pointsman.check_lengths(
      format(TG_ARGV[0], left(CASE TG_ARGV[1]
        WHEN 'route' THEN pointsman.route_key(after ->> 'kind', after ->> 'name') ELSE after ->> TG_ARGV[1] END, 100)),
      columns, lengths, most);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('model %s in bedrock_models', 'model_id',
    '{"model_id": 512, "model_name": 200, "provider": 100, "use_case": 200, "format": 100, "served_by": 512,
      "upstream_id": 2048, "base_model_id": 2048, "family": 100, "tier": 100, "replacement_model_id": 512,
      "abilities": 65536, "source_regions": 65536, "destination_regions": 65536, "destinations_from": 65536}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.routes
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('%s in pointsman.routes', 'route',
    '{"name": 200, "target_model_id": 512, "fallbacks": 65536, "residency": 65536, "switch_id": 512}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.route_candidates
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('a candidate of %s in pointsman.route_candidates', 'route',
    '{"name": 200, "model_id": 512}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.roles
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('role %s in pointsman.roles', 'name',
    '{"name": 200, "use_case": 200}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.aliases
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('alias %s in pointsman.aliases', 'name',
    '{"name": 512, "target": 512}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.fallback_rules
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('the rule of %s in pointsman.fallback_rules', 'family',
    '{"family": 100, "tier": 100, "to_family": 100, "to_tier": 100}');
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.prices
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('price %s in pointsman.prices', 'id',
    '{"id": 1024, "model_id": 512, "region": 100, "source": 2000, "tiers": 65536, "service_tiers": 65536}');
-- What stands beneath this view is written by ingest, too, whose lengths its own door holds. Before the triggers that
-- write: these go by their names.
CREATE TRIGGER a_check_lengths INSTEAD OF INSERT OR UPDATE ON public.ai_conversations
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('a conversation in ai_conversations', '',
    '{"id": 256, "workspace_id": 512, "user_id": 256, "use_case": 200, "model_id": 512}');

-- As before, and the reason is no longer than the API's.
CREATE OR REPLACE FUNCTION pointsman.record_direct_switch(scope jsonb, from_id text, to_id text, saving numeric)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  actor jsonb := pointsman.current_actor();
  subject text := coalesce(
    (SELECT sent_by FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id()), pointsman.jwt_subject());
  why text := coalesce(nullif(current_setting('pointsman.reason', true), ''), 'Changed in SQL');
BEGIN
  PERFORM pointsman.check_lengths('this transaction', ARRAY['pointsman.reason'], ARRAY[length(why)], ARRAY[2000]);
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

-- A cost that rounds to nothing would be kept as nothing: what is served would be free, and nobody told.
CREATE FUNCTION pointsman.check_least_costs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
BEGIN
  IF ((is_new OR NEW.input_cost_per_mtok IS DISTINCT FROM OLD.input_cost_per_mtok)
      AND NEW.input_cost_per_mtok > 0 AND round(NEW.input_cost_per_mtok * 1000000) = 0)
    OR ((is_new OR NEW.output_cost_per_mtok IS DISTINCT FROM OLD.output_cost_per_mtok)
      AND NEW.output_cost_per_mtok > 0 AND round(NEW.output_cost_per_mtok * 1000000) = 0) THEN
    RAISE EXCEPTION 'the costs of model % in bedrock_models cannot be % and %: less than half a pico-dollar a token would be kept as 0',
      left(NEW.model_id, 100), NEW.input_cost_per_mtok, NEW.output_cost_per_mtok
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'Write US-$ per million tokens, 0.000001 or more; 0 where a model costs nothing, NULL where a cost is not known.';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER c_check_least_costs BEFORE INSERT OR UPDATE ON public.bedrock_models
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_least_costs();

-- The same for what a single row may say by itself (20260301110000): it was a CHECK, which rows of before failed at each edit.
-- Always: owners who pass the other triggers by are held to it, too.
ALTER TABLE public.bedrock_models
  DROP CONSTRAINT model_is_readable, DROP CONSTRAINT model_regions_are_lists, DROP CONSTRAINT model_costs_are_countable;
ALTER TABLE pointsman.routes DROP CONSTRAINT route_is_readable;
ALTER TABLE pointsman.prices DROP CONSTRAINT price_is_readable;
ALTER TABLE pointsman.keys DROP CONSTRAINT key_lists_are_lists, DROP CONSTRAINT key_days_are_days;
ALTER TABLE pointsman.settings DROP CONSTRAINT setting_is_readable;
CREATE FUNCTION pointsman.check_readable() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'bedrock_models' THEN
      IF is_new OR (NEW.generation, NEW.ends_on, NEW.abilities)
        IS DISTINCT FROM (OLD.generation, OLD.ends_on, OLD.abilities) THEN
        PERFORM pointsman.check_model(NEW.model_id, NEW.generation, NEW.ends_on, NEW.abilities);
      END IF;
      IF is_new OR (NEW.source_regions, NEW.destination_regions)
        IS DISTINCT FROM (OLD.source_regions, OLD.destination_regions) THEN
        PERFORM pointsman.check_model_regions(NEW.model_id, NEW.source_regions, NEW.destination_regions);
      END IF;
      IF is_new OR (NEW.input_cost_per_mtok, NEW.output_cost_per_mtok)
        IS DISTINCT FROM (OLD.input_cost_per_mtok, OLD.output_cost_per_mtok) THEN
        PERFORM pointsman.check_model_costs(NEW.model_id, NEW.input_cost_per_mtok, NEW.output_cost_per_mtok);
      END IF;
    WHEN 'routes' THEN
      IF is_new OR (NEW.kind, NEW.name, NEW.fallbacks, NEW.residency)
        IS DISTINCT FROM (OLD.kind, OLD.name, OLD.fallbacks, OLD.residency) THEN
        PERFORM pointsman.check_route(NEW.kind, NEW.name, NEW.fallbacks, NEW.residency);
      END IF;
    WHEN 'prices' THEN
      PERFORM pointsman.check_price(NEW.id, NEW.model_id, NEW.effective_from, ARRAY[NEW.input_pico_usd, NEW.output_pico_usd,
        NEW.cache_read_pico_usd, NEW.cache_write_5m_pico_usd, NEW.cache_write_1h_pico_usd], NEW.tiers);
    WHEN 'keys' THEN
      IF is_new OR (NEW.scopes, NEW.routes, NEW.models) IS DISTINCT FROM (OLD.scopes, OLD.routes, OLD.models) THEN
        PERFORM pointsman.check_key_lists(NEW.id, NEW.scopes, NEW.routes, NEW.models);
      END IF;
      IF is_new OR (NEW.created_at, NEW.expires_at, NEW.revoked_at)
        IS DISTINCT FROM (OLD.created_at, OLD.expires_at, OLD.revoked_at) THEN
        PERFORM pointsman.check_key_days(NEW.id, NEW.created_at, NEW.expires_at, NEW.revoked_at);
      END IF;
    WHEN 'settings' THEN
      PERFORM pointsman.check_setting(NEW.key, NEW.value);
  END CASE;
  RETURN NEW;
END
$$;
-- Last by its name: what it judges is what is written.
DO $$
DECLARE
  judged regclass;
BEGIN
  FOREACH judged IN ARRAY ARRAY['public.bedrock_models', 'pointsman.routes', 'pointsman.prices', 'pointsman.keys',
    'pointsman.settings']::regclass[]
  LOOP
    EXECUTE format('CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable()', judged);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER z_check_readable', judged);
  END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION pointsman.check_lengths(text, text[], integer[], integer[]),
  pointsman.check_changed_lengths(), pointsman.check_least_costs(), pointsman.check_readable() FROM PUBLIC;
-- These were run by CHECKs, with the rights of who writes.
REVOKE EXECUTE ON FUNCTION pointsman.check_model(text, double precision, date, jsonb),
  pointsman.check_model_regions(text, text[], text[]), pointsman.check_model_costs(text, numeric, numeric),
  pointsman.check_route(text, text, text[], text[]),
  pointsman.check_price(text, text, timestamptz, bigint[], jsonb) FROM service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260328100000'))
WHERE key = 'schema-version';
