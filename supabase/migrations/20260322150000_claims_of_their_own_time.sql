-- As before, at the time of the claim: one that comes late, through the journal or a log, is older than the messages that were
-- answered meanwhile, and moves their conversation neither to its use case nor to the time at which it was written down.
-- A claim of a clock that is ahead is of now: until its time had come, nothing that others say would move the conversation.
-- One that was begun in no use case comes to the claim's, however old. The default is for servers of the release before,
-- which name no time.
DROP FUNCTION pointsman.claim_pin(text, text, text, text, text, text, text, boolean);
CREATE FUNCTION pointsman.claim_pin(workspace text, conversation text, owner text, route text, model text, request text,
  made_by text, own_only boolean, claimed_at timestamptz DEFAULT pointsman.now_ms(),
  OUT is_own boolean, OUT model_id text, OUT switch_id text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
  made_at CONSTANT timestamptz := least(claimed_at, pointsman.now_ms());
BEGIN
  INSERT INTO pointsman.conversations AS known (workspace_id, id, user_id, use_case, created_at, updated_at)
  VALUES (workspace, conversation, owner, route, made_at, made_at)
  ON CONFLICT (workspace_id, id) DO UPDATE
  SET user_id = coalesce(known.user_id, excluded.user_id),
    use_case = CASE WHEN excluded.updated_at >= known.updated_at THEN excluded.use_case
      ELSE coalesce(known.use_case, excluded.use_case) END,
    updated_at = greatest(known.updated_at, excluded.updated_at)
  WHERE NOT own_only OR known.user_id = excluded.user_id;
  is_own := FOUND;
  IF NOT is_own THEN
    RETURN;
  END IF;
  INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, request_id, switch_id)
  SELECT workspace, conversation, route, model, request, made_by
  WHERE NOT EXISTS (SELECT FROM pointsman.conversation_pins AS every
    WHERE every.workspace_id = workspace AND every.conversation_id = conversation AND every.use_case = '*')
  ON CONFLICT (workspace_id, conversation_id, use_case) DO NOTHING;
  SELECT pin.model_id, pin.switch_id INTO model_id, switch_id FROM pointsman.conversation_pins AS pin
  WHERE pin.workspace_id = workspace AND pin.conversation_id = conversation AND pin.use_case IN (route, '*')
  ORDER BY pin.use_case = '*' LIMIT 1;
END
$$;
REVOKE EXECUTE ON FUNCTION pointsman.claim_pin(text, text, text, text, text, text, text, boolean, timestamptz)
  FROM PUBLIC, service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322150000'))
WHERE key = 'schema-version';
