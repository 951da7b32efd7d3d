-- Tables of DynamoDB that are followed: which host does it now and how its last look went, and of each item what it said and
-- what the registry said when both were looked at last. By that an edit is told from what is known, over a restart too, and
-- what was written back from what somebody wrote there.

CREATE TABLE pointsman.followed_tables (
  kind text NOT NULL CHECK (kind IN ('models', 'agents')),
  name text NOT NULL CHECK (name <> ''),
  holder text,
  held_until timestamptz,
  looked_at timestamptz,
  items integer CHECK (items >= 0),
  every_ms integer CHECK (every_ms > 0),
  problem text,
  problem_since timestamptz,
  PRIMARY KEY (kind, name),
  CONSTRAINT followed_table_problem_has_its_time CHECK ((problem IS NULL) = (problem_since IS NULL))
);
COMMENT ON TABLE pointsman.followed_tables IS 'Tables of DynamoDB that are followed, or were.';
COMMENT ON COLUMN pointsman.followed_tables.holder IS 'The one host that looks, until `held_until` unless it says so again.';
COMMENT ON COLUMN pointsman.followed_tables.looked_at IS 'The last look that read the whole table and found nothing wrong with it as a whole.';

CREATE TABLE pointsman.followed_items (
  kind text NOT NULL,
  table_name text NOT NULL,
  key text NOT NULL,
  seen jsonb NOT NULL,
  held jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('followed', 'refused', 'conflict', 'gone')),
  problem text,
  changed_at timestamptz NOT NULL DEFAULT pointsman.now_ms(),
  PRIMARY KEY (kind, table_name, key),
  FOREIGN KEY (kind, table_name) REFERENCES pointsman.followed_tables (kind, name) ON DELETE CASCADE,
  CONSTRAINT followed_item_that_is_aside_says_why CHECK ((state = 'followed') = (problem IS NULL))
);
COMMENT ON TABLE pointsman.followed_items IS 'Items of followed tables as they were seen last.';
COMMENT ON COLUMN pointsman.followed_items.seen IS 'What the item said, of the members that are followed.';
COMMENT ON COLUMN pointsman.followed_items.held IS 'What the registry said of the same then.';
COMMENT ON COLUMN pointsman.followed_items.state IS '`refused`: what it says is not to be had; `conflict`: both sides changed between two looks, and neither was overwritten; `gone`: it is in the table no more.';

GRANT SELECT ON pointsman.followed_tables, pointsman.followed_items TO service_role;
ALTER TABLE pointsman.followed_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.followed_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.followed_tables TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON pointsman.followed_items TO service_role USING (true) WITH CHECK (true);

ALTER TABLE pointsman.switches
  DROP CONSTRAINT switches_actor_kind_check,
  ADD CONSTRAINT switches_actor_kind_check CHECK (actor_kind IN
    ('service', 'key', 'user', 'database-role', 'rule', 'table', 'unknown'));

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260317100000'))
WHERE key = 'schema-version';
