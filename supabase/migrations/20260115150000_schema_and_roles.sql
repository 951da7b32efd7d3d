-- Schema `pointsman` holds the well-named tables; the seeds' names in `public` stand on them (20260115160000).

CREATE SCHEMA pointsman;

-- Supabase has these roles; a plain PostgreSQL gets them here. Roles are shared by all databases of a server, so
-- another database that is migrated at the same time may make one between our look and our CREATE.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
          RAISE NOTICE 'role % was made by another session', wanted;
      END;
    END IF;
    -- The program runs an operator's SQL under these roles.
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', wanted, current_user);
    END IF;
  END LOOP;
END
$$;

-- The signed-in user's id as text: ids are text here, and a UUID is one.
CREATE FUNCTION pointsman.jwt_subject() RETURNS text
LANGUAGE sql STABLE
RETURN nullif(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub', '');

-- One text for one value: members sorted by name, no white space. The hash chain depends on it.
CREATE FUNCTION pointsman.canonical_json(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = ''
AS $$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN '{' || coalesce((
        SELECT string_agg(to_json(member.key)::text || ':' || pointsman.canonical_json(member.value), ','
                          ORDER BY member.key COLLATE "C")
        FROM jsonb_each(value) AS member), '') || '}';
    WHEN 'array' THEN
      RETURN '[' || coalesce((
        SELECT string_agg(pointsman.canonical_json(item.value), ',' ORDER BY item.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS item), '') || ']';
    WHEN 'number' THEN
      RETURN trim_scale((value #>> '{}')::numeric)::text;
    ELSE
      RETURN value::text;
  END CASE;
END
$$;

-- Instants cross to JavaScript as whole milliseconds, so none is stored finer.
CREATE FUNCTION pointsman.now_ms() RETURNS timestamptz
LANGUAGE sql VOLATILE
RETURN date_trunc('milliseconds', clock_timestamp());

CREATE FUNCTION pointsman.epoch_ms(instant timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN round(extract(epoch FROM instant) * 1000)::bigint;

CREATE TABLE pointsman.settings (
  key text PRIMARY KEY,
  value jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pointsman.settings IS 'Facts of this installation: epoch of the history, the region whose prices are today''s, the check of the master key.';
INSERT INTO pointsman.settings (key, value) VALUES ('epoch', '1'), ('region', '"eu-central-1"');

CREATE TABLE pointsman.workspaces (
  id text PRIMARY KEY CHECK (id <> ''),
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pointsman.workspaces IS 'Whose conversations, pins, keys and usage these are.';
INSERT INTO pointsman.workspaces (id, name) VALUES ('default', 'Default');

-- The tables that admit no change raise; a rule that swallows the statement would hide it.
CREATE FUNCTION pointsman.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: its rows are never changed or removed', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation',
          HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
END
$$;
