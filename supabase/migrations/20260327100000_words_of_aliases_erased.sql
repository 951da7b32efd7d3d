-- Why somebody changed an alias is in their own words, as the reason of a switch is: an erasure by this function left it at the
-- revision, and only the program's own took it away.
CREATE OR REPLACE FUNCTION pointsman.erase_person(workspace text, person text, actor jsonb) RETURNS pointsman.erasures
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  erasure pointsman.erasures;
  own text[];
  asked text[];
  changed bigint;
  counts jsonb := '{}';
  by_person jsonb := jsonb_build_object('kind', 'user', 'id', person);
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
  asked := ARRAY(
    SELECT id FROM pointsman.usage_records
    WHERE workspace_id = workspace AND principal = 'user:' || person AND principal LIKE 'user:person:%');
  -- While their conversations still name them: a request may name the conversation alone.
  DELETE FROM pointsman.captured_exchanges AS captured WHERE workspace_id = workspace AND (user_id = person
    OR request_id = ANY (asked) OR EXISTS (
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
  UPDATE pointsman.usage_records SET
    principal = 'user:' || erasure.seal,
    record = record || jsonb_build_object('principal', 'user:' || erasure.seal)
  WHERE workspace_id = workspace AND principal = 'user:' || person AND principal LIKE 'user:person:%';
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := jsonb_set(counts, '{messages}', to_jsonb((counts ->> 'messages')::bigint + changed));
  UPDATE pointsman.usage_rollups SET name = erasure.seal
  WHERE workspace_id = workspace AND dimension = 'user' AND name = person;
  UPDATE pointsman.revisions SET actor_id = erasure.seal,
    reason = CASE WHEN position('; why: ' IN reason) > 0 THEN split_part(reason, '; why: ', 1) || '; why: ' || erasure.seal ELSE reason END
  WHERE actor_kind = 'user' AND actor_id = person;
  UPDATE pointsman.drills SET
    started_by = CASE WHEN started_by @> by_person THEN jsonb_set(started_by, '{id}', to_jsonb(erasure.seal)) ELSE started_by END,
    reason = CASE WHEN started_by @> by_person THEN erasure.seal ELSE reason END,
    ended_by = CASE WHEN ended_by @> by_person THEN jsonb_set(ended_by, '{id}', to_jsonb(erasure.seal)) ELSE ended_by END,
    end_reason = CASE WHEN ended_by @> by_person AND end_reason IS NOT NULL THEN erasure.seal ELSE end_reason END,
    changed_at = erasure.erased_at
  WHERE started_by @> by_person OR ended_by @> by_person;
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

-- Of those who were erased before.
UPDATE pointsman.revisions SET reason = split_part(reason, '; why: ', 1) || '; why: ' || actor_id
WHERE actor_kind = 'user' AND actor_id IN (SELECT seal FROM pointsman.erasures) AND position('; why: ' IN reason) > 0;

-- Lists of keys are read page by page, newest first.
CREATE INDEX keys_listed ON pointsman.keys (workspace_id, pointsman.epoch_ms(created_at), id);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260327100000'))
WHERE key = 'schema-version';
