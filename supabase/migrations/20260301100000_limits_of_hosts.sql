-- Hosts on one database keep one limit: each leases slices of it and tells what it used.

-- Beside what a host has leased, what it has really used: all that counts once the host is gone.
ALTER TABLE pointsman.limit_counts ADD COLUMN settled bigint NOT NULL DEFAULT 0 CHECK (settled >= 0);
COMMENT ON COLUMN pointsman.limit_counts.holder IS 'The start of a host that leased it; empty: what was spent and nobody leased.';

CREATE TABLE pointsman.limit_holders (
  holder text PRIMARY KEY,
  alive_until timestamptz NOT NULL
);
COMMENT ON TABLE pointsman.limit_holders IS 'Hosts that hold slices of limits: one that is past its time counts with what it settled, and holds no slots.';

-- Leases for one host, in one round trip. `held` and `settled` are what the host has of a count now, absolute, so that an
-- answer that was lost corrects itself with the next one; `wanted` is asked for beyond it; `at_least` is what the records tell
-- of the whole count. `others` is what others have of it.
CREATE FUNCTION pointsman.lease_limits(who text, lives_ms integer, asks jsonb)
RETURNS TABLE (place integer, granted bigint, others bigint)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  ask record;
  elsewhere bigint;
  unknown_spend bigint;
  given bigint;
BEGIN
  INSERT INTO pointsman.limit_holders AS known (holder, alive_until)
  VALUES (who, clock_timestamp() + lives_ms * interval '1 millisecond')
  ON CONFLICT (holder) DO UPDATE SET alive_until = excluded.alive_until;
  -- One order for all, so that no two hosts wait for each other.
  FOR ask IN
    SELECT DISTINCT hashtext(one.budget) AS slot FROM jsonb_to_recordset(asks) AS one (budget text) ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtext('pointsman.limit_counts'), ask.slot);
  END LOOP;
  FOR ask IN
    SELECT one.*, to_timestamp(one.window_ms / 1000.0) AS begins, to_timestamp(one.ends_ms / 1000.0) AS ends
    FROM jsonb_to_recordset(asks) AS one (place integer, budget text, kind text, window_ms bigint, ends_ms bigint,
      held bigint, settled bigint, wanted bigint, cap bigint, at_least bigint)
    ORDER BY one.place
  LOOP
    SELECT coalesce(sum(CASE
      WHEN holders.alive_until >= clock_timestamp() THEN counts.used
      WHEN counts.kind = 'concurrent' THEN 0
      ELSE counts.settled END), 0)
    INTO elsewhere
    FROM pointsman.limit_counts AS counts
    LEFT JOIN pointsman.limit_holders AS holders ON holders.holder = counts.holder
    WHERE counts.budget_id = ask.budget AND counts.kind = ask.kind AND counts.window_start = ask.begins
      AND counts.holder <> who;
    unknown_spend := ask.at_least - elsewhere - ask.settled;
    IF unknown_spend > 0 THEN
      INSERT INTO pointsman.limit_counts AS counts (budget_id, kind, window_start, holder, used, settled, expires_at)
      VALUES (ask.budget, ask.kind, ask.begins, '', unknown_spend, unknown_spend, ask.ends)
      ON CONFLICT (budget_id, kind, window_start, holder) DO UPDATE
        SET used = counts.used + excluded.used, settled = counts.settled + excluded.settled;
      elsewhere := elsewhere + unknown_spend;
    END IF;
    given := least(ask.wanted, greatest(0, ask.cap - elsewhere - ask.held));
    UPDATE pointsman.limit_counts AS counts
    SET used = ask.held + given, settled = ask.settled, expires_at = ask.ends
    WHERE counts.budget_id = ask.budget AND counts.kind = ask.kind AND counts.window_start = ask.begins
      AND counts.holder = who;
    IF NOT FOUND AND ask.held + given + ask.settled > 0 THEN
      INSERT INTO pointsman.limit_counts (budget_id, kind, window_start, holder, used, settled, expires_at)
      VALUES (ask.budget, ask.kind, ask.begins, who, ask.held + given, ask.settled, ask.ends);
    END IF;
    place := ask.place;
    granted := given;
    others := elsewhere;
    RETURN NEXT;
  END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION pointsman.lease_limits(text, integer, jsonb) FROM PUBLIC;

ALTER TABLE pointsman.limit_holders ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.limit_holders TO service_role USING (true) WITH CHECK (true);
REVOKE ALL ON pointsman.limit_holders FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON pointsman.limit_holders TO service_role;

UPDATE pointsman.settings SET value = '"20260301100000"'
WHERE key = 'schema-version' AND value #>> '{}' < '20260301100000';
