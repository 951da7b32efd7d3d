-- Revisions: numbers rise by one per transaction that changed the registry; all rows it changed share one.

CREATE TABLE pointsman.revisions (
  number bigint PRIMARY KEY CHECK (number > 0),
  epoch integer NOT NULL CHECK (epoch > 0),
  state text NOT NULL DEFAULT 'recorded' CHECK (state IN ('recorded', 'published', 'rejected')),
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  recorded_at timestamptz NOT NULL,
  settled_at timestamptz,
  manifest jsonb,
  manifest_hash text,
  error text,
  CHECK ((state = 'recorded') = (settled_at IS NULL)),
  CHECK ((state = 'rejected') = (error IS NOT NULL)),
  CHECK ((manifest IS NULL) = (manifest_hash IS NULL))
);
CREATE INDEX revisions_unsettled ON pointsman.revisions (number) WHERE state = 'recorded';
CREATE INDEX revisions_with_manifest ON pointsman.revisions (number) WHERE manifest IS NOT NULL;
COMMENT ON COLUMN pointsman.revisions.manifest IS 'Null where none was made: not settled yet, rejected, covered by a later revision, or pruned.';

CREATE TABLE pointsman.snapshot_parts (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  kind text NOT NULL,
  entry_count integer NOT NULL CHECK (entry_count >= 0),
  -- Text, not jsonb: the hash is of this very text, and jsonb would order its members anew.
  body text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);

-- One lock before every other one, for all registry writes: two edits never wait for each other in a circle.
CREATE FUNCTION pointsman.lock_registry() RETURNS void
LANGUAGE sql VOLATILE
RETURN pg_advisory_xact_lock(70707070);

-- The API names its actor in a transaction-local setting and records its switches itself. Any session may set that
-- setting, so it is believed only of one that logged in as the schema's owner (as the API does) and took no other role:
-- a login that merely inherits service_role would otherwise move a route without a record.
CREATE FUNCTION pointsman.through_api() RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(current_setting('pointsman.actor', true), '') <> '' AND current_setting('role') = 'none'
  AND pg_has_role(session_user, (SELECT nspowner FROM pg_namespace WHERE nspname = 'pointsman'), 'MEMBER');

CREATE FUNCTION pointsman.current_actor() RETURNS jsonb
LANGUAGE sql STABLE
RETURN CASE
  WHEN pointsman.through_api() THEN current_setting('pointsman.actor')::jsonb
  ELSE jsonb_build_object(
    'kind', 'database-role',
    'id', CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END)
END;

-- One row while a transaction that writes the registry runs: what it notes of itself. A table and not settings, because
-- a session may set any setting for itself, and here only the owner's functions write. Its deferred trigger
-- (20260115160100) settles the transaction and removes the row.
CREATE TABLE pointsman.unsettled_edits (
  transaction_id xid8 PRIMARY KEY,
  revision bigint,
  -- Something that the invariants are about was changed.
  edited boolean NOT NULL DEFAULT false,
  -- Our own write of the kept columns is under way.
  keeping boolean NOT NULL DEFAULT false,
  -- The default was taken away from this model and no other could take it over yet.
  default_left text
);

-- This transaction's revision.
CREATE FUNCTION pointsman.next_revision() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  actor jsonb := pointsman.current_actor();
  present_epoch integer;
  allocated bigint;
BEGIN
  SELECT revision INTO allocated FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id();
  IF allocated IS NOT NULL THEN
    RETURN allocated;
  END IF;
  PERFORM pointsman.lock_registry();
  SELECT (value #>> '{}')::integer INTO STRICT present_epoch FROM pointsman.settings WHERE key = 'epoch';
  SELECT coalesce(max(number), 0) + 1 INTO allocated FROM pointsman.revisions;
  INSERT INTO pointsman.revisions (number, epoch, actor_kind, actor_id, recorded_at)
  VALUES (allocated, present_epoch, actor ->> 'kind', actor ->> 'id', pointsman.now_ms());
  INSERT INTO pointsman.unsettled_edits (transaction_id, revision) VALUES (pg_current_xact_id(), allocated)
  ON CONFLICT (transaction_id) DO UPDATE SET revision = excluded.revision;
  PERFORM pg_notify('pointsman_revision', present_epoch || '.' || allocated);
  RETURN allocated;
END
$$;

-- Statement triggers of the registry's tables.
CREATE FUNCTION pointsman.lock_before_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.lock_registry();
  RETURN NULL;
END
$$;

CREATE FUNCTION pointsman.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of %.% is refused: it would pass by the rules that hold the registry together',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', HINT = 'Use DELETE with a WHERE clause.';
END
$$;

-- Row triggers: a row that really changed carries its transaction's revision. Writing another value into
-- `revision` alone asks for a stamp: what a route's list does to its route.
CREATE FUNCTION pointsman.stamp_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
  asked boolean;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    asked := NEW.revision IS DISTINCT FROM OLD.revision;
    NEW.revision := OLD.revision;
    IF NOT asked AND NEW IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
  END IF;
  NEW.revision := pointsman.next_revision();
  RETURN NEW;
END
$$;

CREATE FUNCTION pointsman.revise_after_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  PERFORM pointsman.next_revision();
  RETURN NULL;
END
$$;

-- Puts the four triggers on a table that has a column `revision`.
CREATE PROCEDURE pointsman.keep_revisions_of(registry_table regclass)
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit()', registry_table);
  EXECUTE format('CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate()', registry_table);
  EXECUTE format('CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision()', registry_table);
  EXECUTE format('CREATE TRIGGER y_revise_after_delete AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete()', registry_table);
END
$$;
