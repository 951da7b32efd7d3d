-- A price may have rates of service tiers other than the standard one: [{"serviceTier": "priority", five rates, "tiers": […]}].
-- What a vendor lists differs by model and by kind of token, so that no factor would say it.

-- Of a price's own tiers, as before, and of those of its service tiers.
CREATE FUNCTION pointsman.require_tiers(place text, tiers jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  tier jsonb;
  seen jsonb[] := '{}';
BEGIN
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
END
$$;

CREATE OR REPLACE FUNCTION pointsman.check_price(id text, model_id text, effective_from timestamptz, rates bigint[], tiers jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  place text := 'price ' || id || ' of ' || model_id || ' in pointsman.prices';
BEGIN
  PERFORM pointsman.require_instant(place, 'effective_from', effective_from);
  PERFORM pointsman.require_rates(place, jsonb_build_object('inputPicoUsd', rates[1], 'outputPicoUsd', rates[2],
    'cacheReadPicoUsd', rates[3], 'cacheWrite5mPicoUsd', rates[4], 'cacheWrite1hPicoUsd', rates[5]));
  PERFORM pointsman.require_tiers(place, tiers);
  RETURN true;
END
$$;

-- By what vendors call their standard tier, or a choice of their own, nothing is ever billed: such rates would be looked for in vain.
CREATE FUNCTION pointsman.check_service_tiers(id text, model_id text, service_tiers jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = ''
AS $$
DECLARE
  place text := 'price ' || id || ' of ' || model_id || ' in pointsman.prices';
  priced jsonb;
  name text;
  seen text[] := '{}';
BEGIN
  FOR priced IN SELECT value FROM jsonb_array_elements(service_tiers) LOOP
    name := CASE WHEN jsonb_typeof(priced -> 'serviceTier') = 'string' THEN priced ->> 'serviceTier' END;
    IF jsonb_typeof(priced) <> 'object' OR jsonb_typeof(priced -> 'tiers') IS DISTINCT FROM 'array'
      OR NOT coalesce(name ~ '^[a-z][a-z0-9_.-]{0,63}$', false)
      OR name IN ('standard', 'default', 'auto', 'on_demand') OR name = ANY (seen) THEN
      RAISE EXCEPTION 'a service tier of % is %', place, priced
        USING ERRCODE = 'check_violation', CONSTRAINT = 'service_tier_is_one',
              HINT = 'A service tier is an object with serviceTier ("flex", "priority" or a vendor''s own word in small letters for another than its standard one, once in a price), the five rates, and tiers, a list.';
    END IF;
    seen := seen || name;
    PERFORM pointsman.require_rates('the service tier ' || name || ' of ' || place, priced);
    PERFORM pointsman.require_tiers('the service tier ' || name || ' of ' || place, priced -> 'tiers');
  END LOOP;
  RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION pointsman.require_tiers(text, jsonb), pointsman.check_service_tiers(text, text, jsonb) FROM PUBLIC;
-- A CHECK runs with the rights of who writes.
GRANT EXECUTE ON FUNCTION pointsman.require_tiers(text, jsonb), pointsman.check_service_tiers(text, text, jsonb)
  TO service_role;

-- The default is for servers of the release before, which know no such rates.
ALTER TABLE pointsman.prices
  ADD COLUMN service_tiers jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(service_tiers) = 'array'),
  ADD CONSTRAINT service_tiers_are_readable CHECK (pointsman.check_service_tiers(id, model_id, service_tiers));

CREATE OR REPLACE VIEW pointsman.current_prices AS
SELECT DISTINCT ON (price.model_id) price.*
FROM pointsman.prices AS price
WHERE price.region IN (pointsman.server_region(), '*') AND price.effective_from <= clock_timestamp()
ORDER BY price.model_id, price.region = '*', price.effective_from DESC;

-- As before; what the seeds' two columns cannot say of service tiers stays as it was, too.
CREATE OR REPLACE FUNCTION pointsman.add_price(id text, input_usd numeric, output_usd numeric) RETURNS void
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
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, service_tiers, source, source_date)
  VALUES (id || '@' || price_region || '@' || pointsman.epoch_ms(starts), id, price_region, starts, false,
    round(input_usd * 1000000), round(output_usd * 1000000), present.cache_read_pico_usd,
    present.cache_write_5m_pico_usd, present.cache_write_1h_pico_usd, coalesce(present.tiers, '[]'),
    coalesce(present.service_tiers, '[]'),
    'SQL: ' || (pointsman.current_actor() ->> 'id'), (starts AT TIME ZONE 'UTC')::date);
  SELECT max(effective_from) + interval '1 ms' INTO ahead FROM pointsman.prices
  WHERE model_id = add_price.id AND region = price_region AND NOT by_plan AND effective_from > starts;
  INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, output_pico_usd,
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, service_tiers, source, source_date)
  SELECT add_price.id || '@' || price_region || '@' || pointsman.epoch_ms(ahead), holds.model_id, holds.region, ahead,
    false, holds.input_pico_usd, holds.output_pico_usd, holds.cache_read_pico_usd, holds.cache_write_5m_pico_usd,
    holds.cache_write_1h_pico_usd, holds.tiers, holds.service_tiers, holds.source, holds.source_date
  FROM pointsman.prices AS holds
  WHERE holds.model_id = add_price.id AND holds.region = price_region AND holds.effective_from <= ahead
    AND (holds.effective_from = starts OR (holds.by_plan AND holds.effective_from > starts))
  ORDER BY holds.effective_from DESC LIMIT 1
  -- A row that is planned for that very millisecond holds as it is.
  ON CONFLICT (model_id, region, effective_from) DO NOTHING;
END
$$;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260323100000'))
WHERE key = 'schema-version';
