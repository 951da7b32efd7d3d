-- Which use case a conversation is in is remembered by the replica that served it last: somebody's move to another one went by
-- clocks alone, and was lost where the replica's is ahead. Only an edit of the view comes through a trigger: what messages, claims
-- and switches say is known there already.
CREATE TRIGGER announce_use_case AFTER UPDATE OF use_case ON pointsman.conversations
  FOR EACH ROW WHEN (OLD.use_case IS DISTINCT FROM NEW.use_case AND pg_trigger_depth() > 0)
  EXECUTE FUNCTION pointsman.announce_pin();

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322160000'))
WHERE key = 'schema-version';
