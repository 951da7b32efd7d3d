-- Names of people can be erased from the log of switches without breaking its chain: the chained text holds a
-- seal in their place, a salted hash that says nothing once its salt is gone. And a switch can carry its approval.

ALTER TABLE pointsman.switches ADD COLUMN approval jsonb
  CHECK (approval IS NULL OR (jsonb_typeof(approval) = 'object' AND approval ->> 'by' <> ''));

-- One salt for each person, so that a name has one seal throughout and figures by person stay right after erasure.
CREATE TABLE pointsman.people (
  workspace_id text NOT NULL REFERENCES pointsman.workspaces,
  name text NOT NULL CHECK (name <> ''),
  salt bytea NOT NULL CHECK (length(salt) = 32),
  PRIMARY KEY (workspace_id, name)
);
-- One for the free text of each record (reason, notice), which may speak of the person.
CREATE TABLE pointsman.switch_salts (
  switch_id text PRIMARY KEY REFERENCES pointsman.switches,
  salt bytea NOT NULL CHECK (length(salt) = 32)
);
CREATE TABLE pointsman.erasures (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES pointsman.workspaces,
  -- What stands in the place of the name from then on.
  seal text NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  counts jsonb NOT NULL
);
CREATE INDEX switches_actor ON pointsman.switches (actor_id) WHERE actor_kind = 'user';
CREATE INDEX switches_approval ON pointsman.switches ((approval ->> 'by')) WHERE approval IS NOT NULL;

-- 244 random bits: what PostgreSQL gives without an extension.
CREATE FUNCTION pointsman.new_salt() RETURNS bytea
LANGUAGE sql VOLATILE
RETURN uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

CREATE FUNCTION pointsman.seal(salt bytea, value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN 'sealed:' || encode(sha256(salt || convert_to(value, 'UTF8')), 'hex');

CREATE FUNCTION pointsman.seal_person(workspace text, person text) RETURNS text
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  kept bytea;
BEGIN
  IF coalesce(person, '') = '' THEN
    RETURN person;
  END IF;
  INSERT INTO pointsman.people (workspace_id, name, salt) VALUES (workspace, person, pointsman.new_salt())
  ON CONFLICT DO NOTHING;
  SELECT salt INTO STRICT kept FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  RETURN pointsman.seal(kept, person);
END
$$;

-- As before, with the approval.
CREATE OR REPLACE FUNCTION pointsman.canonical_switch(recorded pointsman.switches, scope jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN pointsman.canonical_json(jsonb_build_object(
  'id', recorded.id,
  'revision', CASE WHEN recorded.revision_number IS NOT NULL
    THEN jsonb_build_object('epoch', recorded.revision_epoch, 'number', recorded.revision_number) END,
  'recordedAtMs', pointsman.epoch_ms(recorded.recorded_at),
  'actor', jsonb_build_object('kind', recorded.actor_kind, 'id', recorded.actor_id),
  'action', recorded.switch_action,
  'type', recorded.switch_type,
  'scope', scope,
  'from', recorded.previous_model_id,
  'to', recorded.new_model_id,
  'fromName', recorded.previous_model_name,
  'toName', recorded.new_model_name,
  'reason', recorded.reason,
  'evidence', recorded.evidence,
  'approval', recorded.approval,
  'reverts', recorded.reverts,
  'refusal', CASE WHEN recorded.refusal_code IS NOT NULL
    THEN jsonb_build_object('code', recorded.refusal_code, 'message', recorded.refusal_message) END,
  'notificationTitle', recorded.notification_title,
  'notificationMessage', recorded.notification_message,
  'costImpactUsd', recorded.cost_impact_usd));

-- The text that the chain hashes: the record with a seal in the place of each name and of its free text.
CREATE FUNCTION pointsman.sealed_switch(recorded pointsman.switches, scope jsonb, text_salt bytea) RETURNS text
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  workspace text := coalesce(recorded.workspace_id, 'default');
  sealed_scope jsonb := CASE scope ->> 'kind'
    WHEN 'user' THEN jsonb_set(scope, '{id}', to_jsonb(pointsman.seal_person(workspace, scope ->> 'id')))
    WHEN 'conversation' THEN scope || jsonb_build_object('userId', pointsman.seal_person(workspace, scope ->> 'userId'))
    ELSE scope
  END;
BEGIN
  IF recorded.actor_kind = 'user' THEN
    recorded.actor_id := pointsman.seal_person(workspace, recorded.actor_id);
  END IF;
  IF recorded.approval IS NOT NULL THEN
    recorded.approval := jsonb_set(recorded.approval, '{by}',
      to_jsonb(pointsman.seal_person('default', recorded.approval ->> 'by')));
  END IF;
  recorded.reason := pointsman.seal(text_salt, recorded.reason);
  recorded.notification_message := pointsman.seal(text_salt, recorded.notification_message);
  RETURN pointsman.canonical_switch(recorded, sealed_scope);
END
$$;

-- As before, with the approval and the seals.
CREATE OR REPLACE FUNCTION pointsman.record_switch(draft jsonb) RETURNS pointsman.switches
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  recorded pointsman.switches;
  scope jsonb := pointsman.normal_scope(draft -> 'scope');
  refused boolean := coalesce(draft -> 'refusal', 'null') <> 'null';
  observed boolean := coalesce((draft ->> 'observed')::boolean, false);
  text_salt bytea := pointsman.new_salt();
BEGIN
  recorded.id := coalesce(draft ->> 'id', gen_random_uuid()::text);
  IF observed THEN
    SELECT number, epoch INTO recorded.revision_number, recorded.revision_epoch
    FROM pointsman.revisions ORDER BY number DESC LIMIT 1;
  ELSIF NOT refused THEN
    recorded.revision_number := pointsman.next_revision();
    SELECT epoch INTO STRICT recorded.revision_epoch FROM pointsman.revisions WHERE number = recorded.revision_number;
  END IF;
  recorded.recorded_at := pointsman.now_ms();
  recorded.actor_kind := draft #>> '{actor,kind}';
  recorded.actor_id := draft #>> '{actor,id}';
  recorded.switch_action := draft ->> 'action';
  recorded.switch_type := draft ->> 'type';
  recorded.scope_kind := scope ->> 'kind';
  recorded.scope_name := scope ->> 'name';
  recorded.workspace_id := scope ->> 'workspace';
  recorded.conversation_id := CASE scope ->> 'kind' WHEN 'conversation' THEN scope ->> 'id' END;
  recorded.user_id := CASE scope ->> 'kind' WHEN 'user' THEN scope ->> 'id' ELSE scope ->> 'userId' END;
  recorded.use_case := scope ->> 'useCase';
  recorded.previous_model_id := draft ->> 'from';
  recorded.new_model_id := draft ->> 'to';
  recorded.previous_model_name := coalesce(draft ->> 'fromName', pointsman.name_of_model(draft ->> 'from'));
  recorded.new_model_name := coalesce(draft ->> 'toName', pointsman.name_of_model(draft ->> 'to'));
  recorded.reason := draft ->> 'reason';
  recorded.evidence := coalesce(nullif(draft -> 'evidence', 'null'), '{}');
  recorded.approval := nullif(draft -> 'approval', 'null');
  recorded.reverts := draft ->> 'reverts';
  recorded.refusal_code := draft #>> '{refusal,code}';
  recorded.refusal_message := draft #>> '{refusal,message}';
  recorded.notification_title := draft ->> 'notificationTitle';
  recorded.notification_message := draft ->> 'notificationMessage';
  recorded.cost_impact_usd := (draft ->> 'costImpactUsd')::numeric;
  recorded.canonical_text := pointsman.sealed_switch(recorded, scope, text_salt);
  INSERT INTO pointsman.switches SELECT recorded.*;
  INSERT INTO pointsman.switch_salts (switch_id, salt) VALUES (recorded.id, text_salt);
  INSERT INTO pointsman.switch_states (switch_id, state, changed_at)
  VALUES (recorded.id, CASE WHEN refused THEN 'refused' WHEN observed THEN 'active' ELSE 'recorded' END,
          recorded.recorded_at);
  IF NOT refused AND NOT observed THEN
    PERFORM pointsman.supersede_switches(recorded);
    UPDATE pointsman.switch_states SET state = 'reverted', changed_at = recorded.recorded_at
    WHERE switch_id = recorded.reverts AND state <> 'refused';
  END IF;
  RETURN recorded;
END
$$;

-- The one change that the log admits: what may be a person's own becomes what the chained text says in its place.
CREATE FUNCTION pointsman.admit_only_erasure() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  said jsonb := OLD.canonical_text::jsonb;
  erased pointsman.switches := OLD;
BEGIN
  IF NEW.user_id IS DISTINCT FROM OLD.user_id THEN
    erased.user_id := CASE OLD.scope_kind WHEN 'user' THEN said #>> '{scope,id}' ELSE said #>> '{scope,userId}' END;
  END IF;
  IF NEW.actor_id IS DISTINCT FROM OLD.actor_id THEN
    erased.actor_id := said #>> '{actor,id}';
  END IF;
  IF NEW.approval IS DISTINCT FROM OLD.approval THEN
    erased.approval := said -> 'approval';
  END IF;
  IF NEW.reason IS DISTINCT FROM OLD.reason THEN
    erased.reason := said ->> 'reason';
  END IF;
  IF NEW.notification_message IS DISTINCT FROM OLD.notification_message THEN
    erased.notification_message := said ->> 'notificationMessage';
  END IF;
  IF NEW IS DISTINCT FROM erased THEN
    RAISE EXCEPTION 'UPDATE on pointsman.switches is refused: its rows are never changed or removed'
      USING ERRCODE = 'integrity_constraint_violation',
            HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
  END IF;
  RETURN NEW;
END
$$;
DROP TRIGGER refuse_change ON pointsman.switches;
CREATE TRIGGER refuse_change BEFORE DELETE ON pointsman.switches
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER admit_only_erasure BEFORE UPDATE ON pointsman.switches
  FOR EACH ROW EXECUTE FUNCTION pointsman.admit_only_erasure();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pointsman.erasures
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.erasures
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();

-- Puts the seal in the place of a person's name wherever the registry has it, and forgets the salts. A record
-- whose text was chained before there were seals keeps its name; `kept` counts those. Returns the erasure.
CREATE FUNCTION pointsman.erase_person(workspace text, person text, actor jsonb) RETURNS pointsman.erasures
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  erasure pointsman.erasures;
  own text[];
  changed bigint;
  counts jsonb := '{}';
BEGIN
  erasure.id := gen_random_uuid()::text;
  erasure.workspace_id := workspace;
  erasure.seal := pointsman.seal_person(workspace, person);
  erasure.erased_at := pointsman.now_ms();
  erasure.actor_kind := actor ->> 'kind';
  erasure.actor_id := actor ->> 'id';
  -- Their own records: those whose scope is theirs, and those that they made.
  own := ARRAY(
    SELECT switch.id FROM pointsman.switches AS switch JOIN pointsman.switch_salts ON switch_id = switch.id
    WHERE coalesce(switch.workspace_id, 'default') = workspace
      AND (switch.user_id = person OR (switch.actor_kind = 'user' AND switch.actor_id = person)));
  UPDATE pointsman.switches SET
    user_id = CASE WHEN user_id = person THEN erasure.seal ELSE user_id END,
    actor_id = CASE WHEN actor_kind = 'user' AND actor_id = person THEN erasure.seal ELSE actor_id END,
    reason = canonical_text::jsonb ->> 'reason',
    notification_message = canonical_text::jsonb ->> 'notificationMessage'
  WHERE id = ANY (own);
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('switches', changed);
  DELETE FROM pointsman.switch_salts WHERE switch_id = ANY (own);
  changed := 0;
  IF workspace = 'default' THEN
    UPDATE pointsman.switches SET approval = jsonb_set(approval, '{by}', to_jsonb(erasure.seal))
    WHERE approval ->> 'by' = person;
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;
  counts := counts || jsonb_build_object('approvals', changed);
  SELECT count(*) INTO changed FROM pointsman.switches AS switch
  WHERE coalesce(switch.workspace_id, 'default') = workspace
    AND (switch.user_id = person OR (switch.actor_kind = 'user' AND switch.actor_id = person));
  counts := counts || jsonb_build_object('kept', changed);
  UPDATE pointsman.conversations SET user_id = erasure.seal WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('conversations', changed);
  DELETE FROM pointsman.user_pins WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('pins', changed);
  UPDATE pointsman.usage_records SET
    user_id = erasure.seal,
    principal = CASE WHEN key_id IS NULL AND principal = person THEN erasure.seal ELSE principal END,
    record = record || jsonb_build_object('userId', erasure.seal)
      || CASE WHEN key_id IS NULL AND principal = person
           THEN jsonb_build_object('principal', erasure.seal) ELSE '{}' END
  WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('messages', changed);
  UPDATE pointsman.usage_rollups SET name = erasure.seal
  WHERE workspace_id = workspace AND dimension = 'user' AND name = person;
  DELETE FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  erasure.counts := counts;
  INSERT INTO pointsman.erasures SELECT erasure.*;
  RETURN erasure;
END
$$;

-- Salts and the names beside them are the program's own.
ALTER TABLE pointsman.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.switch_salts ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.erasures ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON pointsman.erasures TO service_role;
CREATE POLICY service_all ON pointsman.erasures TO service_role USING (true) WITH CHECK (true);
REVOKE EXECUTE ON FUNCTION pointsman.new_salt(), pointsman.seal(bytea, text), pointsman.seal_person(text, text),
  pointsman.sealed_switch(pointsman.switches, jsonb, bytea), pointsman.admit_only_erasure(),
  pointsman.erase_person(text, text, jsonb) FROM PUBLIC;
UPDATE pointsman.settings SET value = '"20260201140000"' WHERE key = 'schema-version';
