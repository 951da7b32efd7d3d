-- Drills: failures that an operator rehearses on one route for a bounded time. One row a drill, from its start to its end and
-- as its record afterwards. One that has not ended stands in its route's entry of the snapshot.

CREATE TABLE pointsman.drills (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  -- The route. No foreign key: the record outlives it.
  kind text NOT NULL,
  name text NOT NULL,
  fault jsonb NOT NULL,
  aim jsonb NOT NULL,
  percent double precision NOT NULL CHECK (percent > 0 AND percent <= 100),
  reason text NOT NULL CHECK (reason <> ''),
  stop_above_percent double precision CHECK (stop_above_percent >= 0 AND stop_above_percent < 100),
  started_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  started_by jsonb NOT NULL,
  ended_at timestamptz,
  end_cause text CHECK (end_cause IN ('time', 'stopped', 'failures', 'route-removed')),
  ended_by jsonb,
  end_reason text,
  -- When this row was written.
  changed_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  -- What it did, from the time when its requests' records are pruned.
  summary jsonb,
  CONSTRAINT drill_is_bounded CHECK (ends_at > started_at AND ends_at <= started_at + interval '1 hour'),
  CONSTRAINT drill_ends_for_a_cause CHECK ((ended_at IS NULL) = (end_cause IS NULL))
);
COMMENT ON TABLE pointsman.drills IS 'Rehearsed failures of routes, with who started and ended them and why.';
COMMENT ON COLUMN pointsman.drills.stop_above_percent IS 'Ends by itself once more of the route''s answers than this have failed. Null: only at its time.';
COMMENT ON COLUMN pointsman.drills.ended_at IS 'Null: it was not ended yet; data planes hold themselves to ends_at.';
CREATE UNIQUE INDEX drills_under_way ON pointsman.drills (kind, name) WHERE ended_at IS NULL;
CREATE INDEX drills_started ON pointsman.drills (started_at DESC, id);
CREATE INDEX drills_changed ON pointsman.drills (changed_at);

-- The route's entry of the snapshot holds the drill: it is another one from this revision on.
CREATE FUNCTION pointsman.stamp_route_of_drill() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE pointsman.routes SET revision = pointsman.next_revision()
  WHERE kind = NEW.kind AND name = NEW.name AND revision <> pointsman.next_revision();
  RETURN NULL;
END
$$;
CREATE TRIGGER stamp_route_of_new_drill AFTER INSERT ON pointsman.drills
  FOR EACH ROW WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION pointsman.stamp_route_of_drill();
CREATE TRIGGER stamp_route_of_drill AFTER UPDATE ON pointsman.drills
  FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at) EXECUTE FUNCTION pointsman.stamp_route_of_drill();

-- A route that comes again under the same name is another one.
CREATE FUNCTION pointsman.end_drill_of_route() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  UPDATE pointsman.drills SET end_cause = 'route-removed', changed_at = pointsman.now_ms(),
    ended_at = greatest(started_at, least(ends_at, pointsman.now_ms()))
  WHERE kind = OLD.kind AND name = OLD.name AND ended_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER z_end_drill AFTER DELETE ON pointsman.routes
  FOR EACH ROW EXECUTE FUNCTION pointsman.end_drill_of_route();
CREATE TRIGGER z_end_drill_of_old_name AFTER UPDATE ON pointsman.routes
  FOR EACH ROW WHEN ((OLD.kind, OLD.name) IS DISTINCT FROM (NEW.kind, NEW.name))
  EXECUTE FUNCTION pointsman.end_drill_of_route();
CREATE TRIGGER refuse_removal BEFORE DELETE ON pointsman.drills
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.drills
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();

ALTER TABLE pointsman.usage_records ADD COLUMN drill_id text;
COMMENT ON COLUMN pointsman.usage_records.drill_id IS 'The drill that drew the request. Null: none did.';
CREATE INDEX usage_records_drill ON pointsman.usage_records (drill_id, received_at) WHERE drill_id IS NOT NULL;

GRANT SELECT ON pointsman.drills TO service_role;
ALTER TABLE pointsman.drills ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.drills TO service_role USING (true) WITH CHECK (true);
REVOKE EXECUTE ON FUNCTION pointsman.stamp_route_of_drill(), pointsman.end_drill_of_route() FROM PUBLIC;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260302100000'))
WHERE key = 'schema-version';
