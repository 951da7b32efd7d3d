-- Whose a conversation is stands beside its pins where a data plane remembers them: a new owner was refused there as a stranger
-- for as long as no pin of the conversation moved.
CREATE OR REPLACE FUNCTION pointsman.announce_pin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  pin jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  payload text;
BEGIN
  IF TG_OP = 'INSERT' AND (pin ->> 'switch_id' IS NULL OR pin ->> 'request_id' IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  payload := CASE TG_TABLE_NAME
    WHEN 'user_pins' THEN jsonb_build_object('workspace', pin ->> 'workspace_id', 'userId', pin ->> 'user_id')
    WHEN 'conversations' THEN jsonb_build_object('workspace', pin ->> 'workspace_id', 'conversationId', pin ->> 'id')
    ELSE jsonb_build_object('workspace', pin ->> 'workspace_id', 'conversationId', pin ->> 'conversation_id')
  END::text;
  PERFORM pg_notify('pointsman_pin', CASE WHEN octet_length(payload) < 7900 THEN payload ELSE '' END);
  RETURN NULL;
END
$$;
CREATE TRIGGER announce_owner AFTER UPDATE OF user_id ON pointsman.conversations
  FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION pointsman.announce_pin();

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322100000'))
WHERE key = 'schema-version';
