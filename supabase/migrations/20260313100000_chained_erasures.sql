-- An erasure is a link of the chain: a record whose name or text was taken out without one is found, and who erased what
-- can be altered as little as who switched what.

ALTER TABLE pointsman.erasures ADD COLUMN canonical_text text;
ALTER TABLE pointsman.switch_chain ALTER COLUMN switch_id DROP NOT NULL;
ALTER TABLE pointsman.switch_chain ADD COLUMN erasure_id text UNIQUE REFERENCES pointsman.erasures;
ALTER TABLE pointsman.switch_chain ADD CHECK (num_nonnulls(switch_id, erasure_id) = 1);
-- Verification asks which erasure took a name out.
CREATE INDEX erasures_seal ON pointsman.erasures (seal);

CREATE FUNCTION pointsman.append_link(of_switch text, of_erasure text, canonical_text text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  head pointsman.switch_chain_head;
  new_hash text;
BEGIN
  SELECT * INTO STRICT head FROM pointsman.switch_chain_head FOR UPDATE;
  new_hash := encode(sha256(convert_to(head.hash || canonical_text, 'UTF8')), 'hex');
  INSERT INTO pointsman.switch_chain (sequence, switch_id, erasure_id, previous_hash, hash)
  VALUES (head.sequence + 1, of_switch, of_erasure, head.hash, new_hash);
  UPDATE pointsman.switch_chain_head SET sequence = head.sequence + 1, hash = new_hash;
END
$$;
CREATE OR REPLACE FUNCTION pointsman.chain_switch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.append_link(NEW.id, NULL, NEW.canonical_text);
  RETURN NULL;
END
$$;
CREATE FUNCTION pointsman.chain_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.append_link(NULL, NEW.id, NEW.canonical_text);
  RETURN NULL;
END
$$;

-- The text that the chain hashes; whoever erased may be a person too.
CREATE FUNCTION pointsman.sealed_erasure(erasure pointsman.erasures) RETURNS text
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  RETURN pointsman.canonical_json(jsonb_build_object(
    'kind', 'erasure',
    'id', erasure.id,
    'workspace', erasure.workspace_id,
    'seal', erasure.seal,
    'erasedAtMs', pointsman.epoch_ms(erasure.erased_at),
    'actor', jsonb_build_object('kind', erasure.actor_kind, 'id', CASE erasure.actor_kind
      WHEN 'user' THEN pointsman.seal_person(erasure.workspace_id, erasure.actor_id) ELSE erasure.actor_id END),
    'counts', erasure.counts));
END
$$;

-- Those of before, in their order.
ALTER TABLE pointsman.erasures DISABLE TRIGGER refuse_change;
UPDATE pointsman.erasures AS erasure SET canonical_text = pointsman.sealed_erasure(erasure);
ALTER TABLE pointsman.erasures ENABLE TRIGGER refuse_change;
ALTER TABLE pointsman.erasures ALTER COLUMN canonical_text SET NOT NULL;
DO $$
DECLARE
  erasure pointsman.erasures;
BEGIN
  FOR erasure IN SELECT * FROM pointsman.erasures ORDER BY erased_at, id LOOP
    PERFORM pointsman.append_link(NULL, erasure.id, erasure.canonical_text);
  END LOOP;
END
$$;
CREATE CONSTRAINT TRIGGER chain_erasure AFTER INSERT ON pointsman.erasures
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.chain_erasure();

-- The name of whoever erased can be erased too, and nothing else.
CREATE FUNCTION pointsman.admit_only_erasure_of_actor() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  erased pointsman.erasures := OLD;
BEGIN
  IF OLD.actor_kind = 'user' THEN
    erased.actor_id := OLD.canonical_text::jsonb #>> '{actor,id}';
  END IF;
  IF NEW IS DISTINCT FROM erased THEN
    RAISE EXCEPTION 'UPDATE on pointsman.erasures is refused: its rows are never changed or removed'
      USING ERRCODE = 'integrity_constraint_violation',
            HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
  END IF;
  RETURN NEW;
END
$$;
DROP TRIGGER refuse_change ON pointsman.erasures;
CREATE TRIGGER refuse_change BEFORE DELETE ON pointsman.erasures
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER admit_only_erasure_of_actor BEFORE UPDATE ON pointsman.erasures
  FOR EACH ROW EXECUTE FUNCTION pointsman.admit_only_erasure_of_actor();

-- As before, and recorded in the chain. A record of two people is found for the second one as well: its salt went with the
-- first one's name, and was what it was looked for by.
CREATE OR REPLACE FUNCTION pointsman.erase_person(workspace text, person text, actor jsonb) RETURNS pointsman.erasures
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
  -- Texts from before there were seals have no approval, and keep what they say.
  own := ARRAY(
    SELECT switch.id FROM pointsman.switches AS switch
    WHERE canonical_text::jsonb ? 'approval' AND coalesce(switch.workspace_id, 'default') = workspace
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
  -- While their conversations still name them: a request may name the conversation alone.
  DELETE FROM pointsman.captured_exchanges AS captured WHERE workspace_id = workspace AND (user_id = person OR EXISTS (
    SELECT FROM pointsman.conversations AS conversation WHERE conversation.workspace_id = workspace
      AND conversation.id = captured.conversation_id AND conversation.user_id = person));
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('captured', changed);
  UPDATE pointsman.conversations SET user_id = erasure.seal WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('conversations', changed);
  DELETE FROM pointsman.user_pins WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('pins', changed);
  UPDATE pointsman.usage_records SET
    user_id = erasure.seal,
    principal = CASE WHEN principal = 'user:' || person THEN 'user:' || erasure.seal ELSE principal END,
    record = record || jsonb_build_object('userId', erasure.seal)
      || CASE WHEN principal = 'user:' || person
           THEN jsonb_build_object('principal', 'user:' || erasure.seal) ELSE '{}' END
  WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('messages', changed);
  UPDATE pointsman.usage_rollups SET name = erasure.seal
  WHERE workspace_id = workspace AND dimension = 'user' AND name = person;
  UPDATE pointsman.revisions SET actor_id = erasure.seal WHERE actor_kind = 'user' AND actor_id = person;
  UPDATE pointsman.erasures SET actor_id = canonical_text::jsonb #>> '{actor,id}'
  WHERE workspace_id = workspace AND actor_kind = 'user' AND actor_id = person;
  erasure.counts := counts;
  erasure.canonical_text := pointsman.sealed_erasure(erasure);
  IF erasure.actor_kind = 'user' AND erasure.actor_id = person THEN
    erasure.actor_id := erasure.seal;
  END IF;
  DELETE FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  INSERT INTO pointsman.erasures SELECT erasure.*;
  RETURN erasure;
END
$$;

REVOKE EXECUTE ON FUNCTION pointsman.append_link(text, text, text), pointsman.chain_erasure(),
  pointsman.sealed_erasure(pointsman.erasures), pointsman.admit_only_erasure_of_actor() FROM PUBLIC;
UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260313100000'))
WHERE key = 'schema-version';
