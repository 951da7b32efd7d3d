-- What a snapshot is made of, beside the catalogue itself (public.bedrock_models, 20260115160000).
-- No foreign key leads to the catalogue: its rules are checked at the transaction's end with messages that name the
-- route and the way out (20260115160100), and all writers hold one lock, so the check cannot be raced.

CREATE TABLE pointsman.routes (
  kind text NOT NULL CHECK (kind IN ('default', 'use-case', 'agent')),
  name text NOT NULL CHECK (name <> ''),
  target_model_id text,
  strategy text NOT NULL DEFAULT 'priority'
    CHECK (strategy IN ('priority', 'weighted', 'least-latency', 'lowest-cost')),
  objective text NOT NULL DEFAULT 'curated' CHECK (objective IN ('curated', 'quality', 'cost', 'latency')),
  fallbacks text[] CHECK (array_position(fallbacks, NULL) IS NULL),
  residency text[] CHECK (array_position(residency, NULL) IS NULL),
  lifecycle_rule text NOT NULL DEFAULT 'warn' CHECK (lifecycle_rule IN ('warn', 'block')),
  auto_switch text NOT NULL DEFAULT 'on' CHECK (auto_switch IN ('on', 'propose', 'off')),
  capture boolean NOT NULL DEFAULT false,
  switch_id text,
  revision bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, name),
  CONSTRAINT default_has_target CHECK (kind <> 'default' OR (name = 'default' AND target_model_id IS NOT NULL))
);
COMMENT ON COLUMN pointsman.routes.target_model_id IS 'Null: inherits the default''s target.';
COMMENT ON COLUMN pointsman.routes.fallbacks IS 'Null: the family rules decide. Empty: no fallback.';
COMMENT ON COLUMN pointsman.routes.residency IS 'Regions in which a call may run. Null: no rule.';

CREATE TABLE pointsman.route_candidates (
  kind text NOT NULL,
  name text NOT NULL,
  model_id text NOT NULL,
  rank integer NOT NULL CHECK (rank > 0),
  weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0 AND weight < 'infinity'),
  -- Revision of the edit of `bedrock_models.use_case` that put it first; breaks ties of that column.
  placed_revision bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, name, model_id),
  UNIQUE (kind, name, rank) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (kind, name) REFERENCES pointsman.routes ON DELETE CASCADE
);
CREATE INDEX route_candidates_model ON pointsman.route_candidates (model_id);

CREATE TABLE pointsman.roles (
  name text PRIMARY KEY CHECK (name <> ''),
  use_case text NOT NULL,
  revision bigint NOT NULL DEFAULT 0
);

CREATE TABLE pointsman.aliases (
  name text PRIMARY KEY CHECK (name <> ''),
  target text NOT NULL CHECK (target <> ''),
  revision bigint NOT NULL DEFAULT 0
);

CREATE TABLE pointsman.fallback_rules (
  position integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  family text NOT NULL,
  tier text,
  to_family text NOT NULL,
  to_tier text NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  UNIQUE NULLS NOT DISTINCT (family, tier)
);

CREATE TABLE pointsman.keys (
  id text PRIMARY KEY,
  name text NOT NULL,
  workspace_id text NOT NULL REFERENCES pointsman.workspaces,
  digest text NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
  last_four text NOT NULL CHECK (length(last_four) = 4),
  scopes text[] NOT NULL CHECK (scopes <@ ARRAY['invoke', 'read', 'switch', 'admin', 'self']),
  routes text[],
  models text[],
  requests_per_minute integer CHECK (requests_per_minute > 0),
  spend_per_day_nano_usd bigint CHECK (spend_per_day_nano_usd >= 0),
  created_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  expires_at timestamptz,
  revoked_at timestamptz,
  revision bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE pointsman.keys IS 'Gateway keys as digests; a key itself is never stored.';

-- Dated: a change of price is a new row.
CREATE TABLE pointsman.prices (
  id text PRIMARY KEY,
  model_id text NOT NULL,
  region text NOT NULL CHECK (region <> ''),
  effective_from timestamptz NOT NULL CHECK (effective_from = date_trunc('milliseconds', effective_from)),
  by_plan boolean NOT NULL,
  input_pico_usd bigint CHECK (input_pico_usd >= 0),
  output_pico_usd bigint CHECK (output_pico_usd >= 0),
  cache_read_pico_usd bigint CHECK (cache_read_pico_usd >= 0),
  cache_write_5m_pico_usd bigint CHECK (cache_write_5m_pico_usd >= 0),
  cache_write_1h_pico_usd bigint CHECK (cache_write_1h_pico_usd >= 0),
  tiers jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(tiers) = 'array'),
  source text NOT NULL,
  source_date date NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  UNIQUE (model_id, region, effective_from)
);
COMMENT ON COLUMN pointsman.prices.input_pico_usd IS 'Pico-dollars a token: US-$ 1 per million tokens is 1,000,000. Null: not known.';
COMMENT ON COLUMN pointsman.prices.by_plan IS 'It was written ahead of its day. False: it was to hold at once, so where its day lies ahead the clock was set back since.';
-- A minute, because the clocks of the program's host and of the database differ a little.
CREATE FUNCTION pointsman.mark_planned_price() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  NEW.by_plan := coalesce(NEW.by_plan, NEW.effective_from > clock_timestamp() + interval '1 minute');
  RETURN NEW;
END
$$;
CREATE TRIGGER c_mark_planned BEFORE INSERT ON pointsman.prices
  FOR EACH ROW EXECUTE FUNCTION pointsman.mark_planned_price();
CREATE TRIGGER c_refuse_change BEFORE UPDATE OR DELETE ON pointsman.prices
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();

CALL pointsman.keep_revisions_of('pointsman.routes');
CALL pointsman.keep_revisions_of('pointsman.roles');
CALL pointsman.keep_revisions_of('pointsman.aliases');
CALL pointsman.keep_revisions_of('pointsman.fallback_rules');
CALL pointsman.keep_revisions_of('pointsman.keys');
CALL pointsman.keep_revisions_of('pointsman.prices');

-- A list belongs to its route, and so does its revision.
CREATE FUNCTION pointsman.stamp_route_of_candidate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE pointsman.routes SET revision = pointsman.next_revision()
    WHERE kind = OLD.kind AND name = OLD.name AND revision <> pointsman.next_revision();
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE pointsman.routes SET revision = pointsman.next_revision()
    WHERE kind = NEW.kind AND name = NEW.name AND revision <> pointsman.next_revision();
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON pointsman.route_candidates
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.route_candidates
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER y_stamp_route AFTER INSERT OR UPDATE OR DELETE ON pointsman.route_candidates
  FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_route_of_candidate();
