-- The model that a conversation begins with, in one round trip. Statement by statement, each of which sees what is committed by
-- then: in a single one the look for a pin of all use cases is from before the wait for the conversation's row, and a switch
-- that was committed meanwhile goes unseen.
CREATE FUNCTION pointsman.claim_pin(workspace text, conversation text, owner text, route text, model text, request text,
  made_by text, own_only boolean, OUT is_own boolean, OUT model_id text, OUT switch_id text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO pointsman.conversations AS known (workspace_id, id, user_id, use_case)
  VALUES (workspace, conversation, owner, route)
  ON CONFLICT (workspace_id, id) DO UPDATE
  SET user_id = coalesce(known.user_id, excluded.user_id), use_case = excluded.use_case, updated_at = pointsman.now_ms()
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
REVOKE EXECUTE ON FUNCTION pointsman.claim_pin(text, text, text, text, text, text, text, boolean) FROM PUBLIC, service_role;

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322000000'))
WHERE key = 'schema-version';
