-- SQL that an operator sends through the API: a wall that the server itself holds, and who sent it.

-- Runs one statement with the rights of service_role and nothing else. The API's own session may take any role, and SQL
-- that it merely ran under another one could take that back (RESET ROLE, or set_config inside a SELECT). Inside a
-- SECURITY DEFINER function PostgreSQL refuses to change role and session user, and ends no transaction; so this one
-- belongs to service_role.
--
-- `kind`: `reads` = a query without side effects of its own, `returns` = anything else that gives rows, `changes` = no
-- rows. A row is the JSON list of its values: two columns may have one name.
CREATE FUNCTION pointsman.run_statement(statement text, kind text, row_limit integer, byte_limit bigint,
  OUT columns text[], OUT cells text[], OUT row_count bigint, OUT cut boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
AS $$
DECLARE
  found record;
  names text[];
  line text;
  bytes bigint := 0;
BEGIN
  cells := '{}';
  row_count := 0;
  cut := false;
  IF kind = 'changes' THEN
    EXECUTE statement;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    RETURN;
  END IF;
  FOR found IN EXECUTE statement LOOP
    cut := cut OR cardinality(cells) >= row_limit OR bytes >= byte_limit;
    -- What a statement changes, it has changed by now: those rows are counted to the end.
    EXIT WHEN cut AND kind = 'reads';
    row_count := row_count + 1;
    CONTINUE WHEN cut;
    SELECT array_agg(field.key), coalesce(json_agg(field.value)::text, '[]') INTO names, line
    FROM json_each(row_to_json(found)) AS field;
    columns := coalesce(columns, names);
    cells := cells || line;
    bytes := bytes + octet_length(line);
  END LOOP;
  IF row_count = 0 AND kind = 'reads' THEN
    -- Nothing to read the names from: a row of nulls, for which the statement is not run again.
    FOR found IN EXECUTE 'SELECT result.* FROM (SELECT) AS one LEFT JOIN (' || statement || E'\n) AS result ON false' LOOP
      columns := ARRAY(SELECT field.key FROM json_each(row_to_json(found)) AS field);
    END LOOP;
  END IF;
END
$$;
GRANT CREATE ON SCHEMA pointsman TO service_role;
ALTER FUNCTION pointsman.run_statement(text, text, integer, bigint) OWNER TO service_role;
REVOKE CREATE ON SCHEMA pointsman FROM service_role;
REVOKE EXECUTE ON FUNCTION pointsman.run_statement(text, text, integer, bigint) FROM PUBLIC;

-- Whose owner may also loosen it: asked before every use.
CREATE FUNCTION pointsman.wall_stands() RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM pg_catalog.pg_proc
  WHERE oid = to_regprocedure('pointsman.run_statement(text, text, integer, bigint)')
    AND prosecdef AND proconfig IS NULL AND proowner = to_regrole('service_role'));
REVOKE EXECUTE ON FUNCTION pointsman.wall_stands() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pointsman.wall_stands() TO service_role;

-- Who sent it: in the owner's table, because a statement may set any setting to what it likes.
ALTER TABLE pointsman.unsettled_edits ADD COLUMN sent_by text;

CREATE FUNCTION pointsman.revision_of_edit() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
RETURN (SELECT revision FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id_if_assigned());
REVOKE EXECUTE ON FUNCTION pointsman.revision_of_edit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pointsman.revision_of_edit() TO service_role;

-- As before, with who sent it.
CREATE OR REPLACE FUNCTION pointsman.record_direct_switch(scope jsonb, from_id text, to_id text, saving numeric) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  actor jsonb := pointsman.current_actor();
  subject text := coalesce(
    (SELECT sent_by FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id()), pointsman.jwt_subject());
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

UPDATE pointsman.settings SET value = '"20260201150000"' WHERE key = 'schema-version';
