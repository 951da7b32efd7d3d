-- Who serves which revision, and the targets of conversations and users (the pin store: never part of a snapshot).

CREATE TABLE pointsman.replicas (
  id text PRIMARY KEY,
  host text NOT NULL,
  title text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('leased', 'pull')),
  started_at timestamptz NOT NULL,
  lease_until timestamptz NOT NULL,
  revision_epoch integer,
  revision_number bigint,
  served_since timestamptz,
  problem text,
  CHECK ((revision_number IS NULL) = (revision_epoch IS NULL)),
  CHECK ((revision_number IS NULL) = (served_since IS NULL))
);

CREATE TABLE pointsman.acknowledgements (
  revision_number bigint NOT NULL,
  replica_id text NOT NULL,
  acknowledged_at timestamptz NOT NULL,
  problem text,
  PRIMARY KEY (revision_number, replica_id)
);
COMMENT ON COLUMN pointsman.acknowledgements.problem IS 'Null: the replica serves it. Else why it cannot.';

CREATE TABLE pointsman.conversations (
  workspace_id text NOT NULL REFERENCES pointsman.workspaces,
  id text NOT NULL CHECK (id <> ''),
  user_id text,
  use_case text,
  created_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  updated_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX conversations_of_user ON pointsman.conversations (workspace_id, user_id);
CREATE INDEX conversations_by_change ON pointsman.conversations (workspace_id, updated_at DESC, id);

CREATE TABLE pointsman.conversation_pins (
  workspace_id text NOT NULL,
  conversation_id text NOT NULL,
  -- `*` holds for every use case that has no pin of its own.
  use_case text NOT NULL CHECK (use_case <> ''),
  model_id text NOT NULL,
  switch_id text,
  -- The request that claimed it, where no switch set it.
  request_id text,
  pinned_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  PRIMARY KEY (workspace_id, conversation_id, use_case),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES pointsman.conversations ON DELETE CASCADE
);
CREATE INDEX conversation_pins_use_case ON pointsman.conversation_pins (use_case);

CREATE TABLE pointsman.user_pins (
  workspace_id text NOT NULL REFERENCES pointsman.workspaces,
  user_id text NOT NULL CHECK (user_id <> ''),
  model_id text NOT NULL,
  switch_id text NOT NULL,
  pinned_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  PRIMARY KEY (workspace_id, user_id)
);

-- Replicas hold pins in a cache. A first claim is in nobody's cache yet, so it is not announced: one notice per new
-- conversation would hold up every commit. A payload has at most 8,000 bytes; an empty one means "any pin".
CREATE FUNCTION pointsman.announce_pin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  pin jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  payload text;
BEGIN
  IF TG_OP = 'INSERT' AND pin ->> 'switch_id' IS NULL THEN
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
CREATE TRIGGER announce_pin AFTER INSERT OR UPDATE OR DELETE ON pointsman.conversation_pins
  FOR EACH ROW EXECUTE FUNCTION pointsman.announce_pin();
CREATE TRIGGER announce_pin AFTER INSERT OR UPDATE OR DELETE ON pointsman.user_pins
  FOR EACH ROW EXECUTE FUNCTION pointsman.announce_pin();
