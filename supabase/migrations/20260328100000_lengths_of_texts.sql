-- What SQL writes is as long as what the API takes, and no shorter: a model of no maker shows as nothing everywhere, and a
-- text of megabytes goes through every record, snapshot and message of what is done with it, for which the embedded
-- database has no time. Rows of before that go against it stay as they are, and are held to it by the next edit of theirs.

-- Lengths in characters; NULL: there is none.
CREATE FUNCTION pointsman.check_lengths(place text, columns text[], lengths integer[], most integer[]) RETURNS boolean
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
  RETURN true;
END
$$;

-- Of lists and objects their whole text is measured: hundreds of regions or models fit.
ALTER TABLE public.bedrock_models ADD CONSTRAINT model_texts_are_of_length CHECK (pointsman.check_lengths(
  'model ' || left(model_id, 100) || ' in bedrock_models',
  ARRAY['model_id', 'model_name', 'provider', 'use_case', 'format', 'served_by', 'upstream_id', 'base_model_id', 'family',
    'tier', 'replacement_model_id', 'abilities', 'source_regions', 'destination_regions', 'destinations_from'],
  ARRAY[length(model_id), length(model_name), length(provider), length(use_case), length(format), length(served_by),
    length(upstream_id), length(base_model_id), length(family), length(tier), length(replacement_model_id),
    length(abilities::text), length(source_regions::text), length(destination_regions::text), length(destinations_from::text)],
  ARRAY[512, 512, 512, 200, 512, 512, 2048, 2048, 512, 512, 512, 65536, 65536, 65536, 65536])) NOT VALID;
ALTER TABLE pointsman.routes ADD CONSTRAINT route_texts_are_of_length CHECK (pointsman.check_lengths(
  left(pointsman.route_key(kind, name), 100) || ' in pointsman.routes',
  ARRAY['name', 'target_model_id', 'fallbacks', 'residency', 'switch_id'],
  ARRAY[length(name), length(target_model_id), length(fallbacks::text), length(residency::text), length(switch_id)],
  ARRAY[200, 512, 65536, 65536, 512])) NOT VALID;
ALTER TABLE pointsman.route_candidates ADD CONSTRAINT candidate_texts_are_of_length CHECK (pointsman.check_lengths(
  'a candidate of ' || left(pointsman.route_key(kind, name), 100) || ' in pointsman.route_candidates',
  ARRAY['name', 'model_id'], ARRAY[length(name), length(model_id)], ARRAY[200, 512])) NOT VALID;
ALTER TABLE pointsman.roles ADD CONSTRAINT role_texts_are_of_length CHECK (pointsman.check_lengths(
  'role ' || left(name, 100) || ' in pointsman.roles',
  ARRAY['name', 'use_case'], ARRAY[length(name), length(use_case)], ARRAY[200, 200])) NOT VALID;
ALTER TABLE pointsman.aliases ADD CONSTRAINT alias_texts_are_of_length CHECK (pointsman.check_lengths(
  'alias ' || left(name, 100) || ' in pointsman.aliases',
  ARRAY['name', 'target'], ARRAY[length(name), length(target)], ARRAY[512, 512])) NOT VALID;
ALTER TABLE pointsman.fallback_rules ADD CONSTRAINT rule_texts_are_of_length CHECK (pointsman.check_lengths(
  'a rule of pointsman.fallback_rules', ARRAY['family', 'tier', 'to_family', 'to_tier'],
  ARRAY[length(family), length(tier), length(to_family), length(to_tier)], ARRAY[512, 512, 512, 512])) NOT VALID;
ALTER TABLE pointsman.prices ADD CONSTRAINT price_texts_are_of_length CHECK (pointsman.check_lengths(
  'price ' || left(id, 100) || ' in pointsman.prices',
  ARRAY['id', 'model_id', 'region', 'source', 'tiers', 'service_tiers'],
  ARRAY[length(id), length(model_id), length(region), length(source), length(tiers::text), length(service_tiers::text)],
  ARRAY[1024, 512, 512, 2000, 65536, 65536])) NOT VALID;

-- What stands beneath this view is written by ingest, too, whose lengths its own door holds.
CREATE FUNCTION pointsman.check_conversation_lengths() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.check_lengths('a conversation in ai_conversations',
    ARRAY['id', 'workspace_id', 'user_id', 'use_case', 'model_id'],
    ARRAY[length(NEW.id), length(NEW.workspace_id), length(NEW.user_id), length(NEW.use_case), length(NEW.model_id)],
    ARRAY[256, 512, 256, 200, 512]);
  RETURN NEW;
END
$$;
-- Before the triggers that write: these go by their names.
CREATE TRIGGER a_check_lengths INSTEAD OF INSERT OR UPDATE ON public.ai_conversations
  FOR EACH ROW EXECUTE FUNCTION pointsman.check_conversation_lengths();

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
CREATE FUNCTION pointsman.check_least_costs(id text, input_usd numeric, output_usd numeric) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
BEGIN
  IF (input_usd > 0 AND round(input_usd * 1000000) = 0) OR (output_usd > 0 AND round(output_usd * 1000000) = 0) THEN
    RAISE EXCEPTION 'the costs of model % in bedrock_models cannot be % and %: less than half a pico-dollar a token would be kept as 0',
      left(id, 100), input_usd, output_usd
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'Write US-$ per million tokens, 0.000001 or more; 0 where a model costs nothing, NULL where a cost is not known.';
  END IF;
  RETURN true;
END
$$;
ALTER TABLE public.bedrock_models ADD CONSTRAINT model_costs_are_kept
  CHECK (pointsman.check_least_costs(model_id, input_cost_per_mtok, output_cost_per_mtok)) NOT VALID;

DO $$
DECLARE
  held record;
BEGIN
  FOR held IN
    SELECT conrelid::regclass::text AS held_table, conname FROM pg_constraint
    WHERE NOT convalidated AND (conname LIKE '%\_texts\_are\_of\_length' OR conname = 'model_costs_are_kept')
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

-- A CHECK runs with the rights of who writes.
REVOKE EXECUTE ON FUNCTION pointsman.check_lengths(text, text[], integer[], integer[]),
  pointsman.check_conversation_lengths(), pointsman.check_least_costs(text, numeric, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pointsman.check_lengths(text, text[], integer[], integer[]),
  pointsman.check_least_costs(text, numeric, numeric) TO service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260328100000'))
WHERE key = 'schema-version';
