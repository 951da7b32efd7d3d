-- A first message's own switch is recorded under the revision that serves: the newest one that was published. Under one that was
-- rejected after it, nobody was ever told of the switch.
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
    FROM pointsman.revisions WHERE state = 'published' ORDER BY number DESC LIMIT 1;
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

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322110000'))
WHERE key = 'schema-version';
