-- The log of switches: append-only, chained. API and triggers append through one function, pointsman.record_switch.

CREATE TABLE pointsman.switches (
  id text PRIMARY KEY,
  revision_number bigint,
  revision_epoch integer,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('service', 'key', 'user', 'database-role', 'rule', 'unknown')),
  actor_id text NOT NULL,
  switch_action text NOT NULL CHECK (switch_action IN ('manual_switch', 'auto_switch', 'fallback_switch')),
  switch_type text NOT NULL CHECK (switch_type IN ('auto', 'manual')),
  scope_kind text NOT NULL CHECK (scope_kind IN ('conversation', 'user', 'agent', 'use-case', 'global')),
  scope_name text,
  workspace_id text,
  conversation_id text,
  user_id text,
  use_case text,
  previous_model_id text,
  new_model_id text,
  previous_model_name text,
  new_model_name text,
  reason text,
  evidence jsonb NOT NULL,
  reverts text REFERENCES pointsman.switches,
  refusal_code text,
  refusal_message text,
  notification_title text,
  notification_message text,
  cost_impact_usd numeric,
  -- The text that the chain hashes: canonical JSON of all columns above.
  canonical_text text NOT NULL,
  CHECK ((revision_number IS NULL) = (revision_epoch IS NULL)),
  CHECK ((refusal_code IS NULL) = (refusal_message IS NULL)),
  CHECK (refusal_code IS NULL OR revision_number IS NULL),
  CHECK ((scope_kind IN ('agent', 'use-case')) = (scope_name IS NOT NULL)),
  CHECK ((scope_kind = 'conversation') = (conversation_id IS NOT NULL)),
  CHECK (scope_kind <> 'user' OR user_id IS NOT NULL),
  CHECK ((scope_kind IN ('conversation', 'user')) = (workspace_id IS NOT NULL))
);
CREATE INDEX idx_bedrock_switches_user_id ON pointsman.switches (user_id);
CREATE INDEX idx_bedrock_switches_conversation_id ON pointsman.switches (conversation_id);
CREATE INDEX idx_bedrock_switches_new_model_id ON pointsman.switches (new_model_id);
CREATE INDEX idx_bedrock_switches_timestamp ON pointsman.switches (recorded_at DESC);
CREATE INDEX switches_route ON pointsman.switches (scope_kind, scope_name)
  WHERE scope_kind NOT IN ('conversation', 'user');
CREATE INDEX switches_conversation ON pointsman.switches (workspace_id, conversation_id)
  WHERE scope_kind = 'conversation';
CREATE INDEX switches_user ON pointsman.switches (workspace_id, user_id) WHERE scope_kind = 'user';
CREATE INDEX switches_revision ON pointsman.switches (revision_number);

-- Place and hashes, written at the commit.
CREATE TABLE pointsman.switch_chain (
  sequence bigint PRIMARY KEY CHECK (sequence > 0),
  switch_id text NOT NULL UNIQUE REFERENCES pointsman.switches,
  previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$')
);

-- One row. Names the last record, so that a cut tail is seen too.
CREATE TABLE pointsman.switch_chain_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  sequence bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO pointsman.switch_chain_head (sequence, hash) VALUES (0, repeat('0', 64));

-- What may change afterwards stands outside the chain.
CREATE TABLE pointsman.switch_states (
  switch_id text PRIMARY KEY REFERENCES pointsman.switches,
  state text NOT NULL CHECK (state IN
    ('refused', 'recorded', 'published', 'rejected', 'active', 'superseded', 'reverted')),
  changed_at timestamptz NOT NULL
);
CREATE INDEX switch_states_waiting ON pointsman.switch_states (switch_id) WHERE state IN ('recorded', 'published');

CREATE TABLE pointsman.switch_notices (
  switch_id text PRIMARY KEY REFERENCES pointsman.switches,
  shown_at timestamptz NOT NULL
);

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pointsman.switches
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switches
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pointsman.switch_chain
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switch_chain
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_removal BEFORE DELETE ON pointsman.switch_chain_head
  FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switch_chain_head
  FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();

-- Deferred to the commit, so that the chain's head is locked for the length of a commit only.
CREATE FUNCTION pointsman.chain_switch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  head pointsman.switch_chain_head;
  new_hash text;
BEGIN
  SELECT * INTO STRICT head FROM pointsman.switch_chain_head FOR UPDATE;
  new_hash := encode(sha256(convert_to(head.hash || NEW.canonical_text, 'UTF8')), 'hex');
  INSERT INTO pointsman.switch_chain (sequence, switch_id, previous_hash, hash)
  VALUES (head.sequence + 1, NEW.id, head.hash, new_hash);
  UPDATE pointsman.switch_chain_head SET sequence = head.sequence + 1, hash = new_hash;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER chain_switch AFTER INSERT ON pointsman.switches
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.chain_switch();

-- A scope in the form that the canonical text has: its own members, no others.
CREATE FUNCTION pointsman.normal_scope(scope jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE scope ->> 'kind'
  WHEN 'conversation' THEN jsonb_build_object('kind', 'conversation', 'workspace', scope ->> 'workspace',
    'id', scope ->> 'id', 'userId', scope ->> 'userId', 'useCase', scope ->> 'useCase')
  WHEN 'user' THEN jsonb_build_object('kind', 'user', 'workspace', scope ->> 'workspace', 'id', scope ->> 'id')
  WHEN 'global' THEN jsonb_build_object('kind', 'global')
  ELSE jsonb_build_object('kind', scope ->> 'kind', 'name', scope ->> 'name')
END;

-- The earlier switch of exactly this scope no longer decides. A switch of all of a conversation's use cases ends
-- those of the single ones. One statement a kind, each with `=` on the columns of its index: the log only grows, and a
-- switch that reads it through would hold the registry's lock meanwhile.
CREATE FUNCTION pointsman.supersede_switches(latest pointsman.switches) RETURNS void
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  earlier text[];
BEGIN
  CASE latest.scope_kind
    WHEN 'conversation' THEN
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = 'conversation' AND workspace_id = latest.workspace_id
          AND conversation_id = latest.conversation_id
          AND (latest.use_case IS NULL OR use_case = latest.use_case));
    WHEN 'user' THEN
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = 'user' AND workspace_id = latest.workspace_id AND user_id = latest.user_id);
    WHEN 'global' THEN
      earlier := ARRAY(SELECT id FROM pointsman.switches WHERE scope_kind = 'global');
    ELSE
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = latest.scope_kind AND scope_kind NOT IN ('conversation', 'user')
          AND scope_name = latest.scope_name);
  END CASE;
  UPDATE pointsman.switch_states SET state = 'superseded', changed_at = latest.recorded_at
  WHERE switch_id = ANY (earlier) AND switch_id <> latest.id
    AND state IN ('recorded', 'published', 'rejected', 'active');
END
$$;

/*
The one way into the log. `draft`: actor {kind, id}, action, type, scope {kind, …}, and where they are known from, to,
fromName, toName, reason, evidence, reverts, refusal {code, message}, notificationTitle, notificationMessage,
costImpactUsd, id. `observed: true` records what the data plane did by itself (a fallback): nothing was changed, so it
takes no revision of its own and supersedes nothing.
*/
CREATE FUNCTION pointsman.record_switch(draft jsonb) RETURNS pointsman.switches
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  recorded pointsman.switches;
  scope jsonb := pointsman.normal_scope(draft -> 'scope');
  refused boolean := coalesce(draft -> 'refusal', 'null') <> 'null';
  observed boolean := coalesce((draft ->> 'observed')::boolean, false);
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
  recorded.reverts := draft ->> 'reverts';
  recorded.refusal_code := draft #>> '{refusal,code}';
  recorded.refusal_message := draft #>> '{refusal,message}';
  recorded.notification_title := draft ->> 'notificationTitle';
  recorded.notification_message := draft ->> 'notificationMessage';
  recorded.cost_impact_usd := (draft ->> 'costImpactUsd')::numeric;
  recorded.canonical_text := pointsman.canonical_switch(recorded, scope);
  INSERT INTO pointsman.switches SELECT recorded.*;
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

CREATE FUNCTION pointsman.canonical_switch(recorded pointsman.switches, scope jsonb) RETURNS text
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
  'reverts', recorded.reverts,
  'refusal', CASE WHEN recorded.refusal_code IS NOT NULL
    THEN jsonb_build_object('code', recorded.refusal_code, 'message', recorded.refusal_message) END,
  'notificationTitle', recorded.notification_title,
  'notificationMessage', recorded.notification_message,
  'costImpactUsd', recorded.cost_impact_usd));
