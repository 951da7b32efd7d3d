-- What was asked and answered, as text: only of requests whose route has capture on. Beside the usage records, which never
-- hold text, so that it can be closed to more people and go sooner.
CREATE TABLE pointsman.captured_exchanges (
  request_id text PRIMARY KEY,
  workspace_id text NOT NULL,
  conversation_id text,
  user_id text,
  use_case text,
  model_id text,
  created_at timestamptz NOT NULL,
  prompt text,
  answer text,
  truncated boolean NOT NULL
);
COMMENT ON TABLE pointsman.captured_exchanges IS 'Prompts and answers of routes that have capture on. Removed after POINTSMAN_CAPTURE_DAYS.';
COMMENT ON COLUMN pointsman.captured_exchanges.truncated IS 'A side is longer than what is kept of it.';
CREATE INDEX captured_exchanges_age ON pointsman.captured_exchanges (created_at);
CREATE INDEX captured_exchanges_user ON pointsman.captured_exchanges (workspace_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX captured_exchanges_conversation ON pointsman.captured_exchanges (workspace_id, conversation_id)
  WHERE conversation_id IS NOT NULL;

-- Nobody signed in reads it, their own neither: what an operator keeps for a purpose of theirs is no inbox.
ALTER TABLE pointsman.captured_exchanges ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.captured_exchanges TO service_role USING (true) WITH CHECK (true);
GRANT SELECT ON pointsman.captured_exchanges TO service_role;

-- As before, and what a person asked and was answered goes with the name.
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
  DELETE FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  erasure.counts := counts;
  INSERT INTO pointsman.erasures SELECT erasure.*;
  RETURN erasure;
END
$$;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260301180000'))
WHERE key = 'schema-version';
