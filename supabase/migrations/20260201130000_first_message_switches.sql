-- A conversation's first message may claim its model and be a switch in one (bedrock-ai-chat). Such a pin has a switch,
-- but it is as new as any first claim: it is in nobody's cache, and is not announced.

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
    ELSE jsonb_build_object('workspace', pin ->> 'workspace_id', 'conversationId', pin ->> 'conversation_id')
  END::text;
  PERFORM pg_notify('pointsman_pin', CASE WHEN octet_length(payload) < 7900 THEN payload ELSE '' END);
  RETURN NULL;
END
$$;
