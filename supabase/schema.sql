-- Made from the migrations by `npm run schema:dump`; `npm run schema:check` and a test fail when it is stale.
-- For readers and for diffs only: the database is made by the migrations.

-- Types

CREATE TYPE pointsman.model_edit AS (model_id text, priority integer, switched_off boolean, default_named boolean, default_taken boolean, use_case_written boolean, use_case text, costs_written boolean, input_usd numeric, output_usd numeric);

-- Tables

CREATE TABLE pointsman.acknowledgements (
  revision_number bigint NOT NULL,
  replica_id text NOT NULL,
  acknowledged_at timestamp with time zone NOT NULL,
  problem text,
  CONSTRAINT acknowledgements_pkey PRIMARY KEY (revision_number, replica_id)
);

CREATE TABLE pointsman.alarms (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  message text NOT NULL,
  raised_at timestamp with time zone NOT NULL,
  cleared_at timestamp with time zone,
  changed_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  CONSTRAINT alarms_check CHECK (((cleared_at IS NULL) OR (cleared_at >= raised_at))),
  CONSTRAINT alarms_kind_check CHECK ((kind <> ''::text)),
  CONSTRAINT alarms_pkey PRIMARY KEY (id)
);

CREATE TABLE pointsman.aliases (
  name text NOT NULL,
  target text NOT NULL,
  revision bigint DEFAULT 0 NOT NULL,
  CONSTRAINT aliases_name_check CHECK ((name <> ''::text)),
  CONSTRAINT aliases_pkey PRIMARY KEY (name),
  CONSTRAINT aliases_target_check CHECK ((target <> ''::text))
);

CREATE TABLE pointsman.captured_exchanges (
  request_id text NOT NULL,
  workspace_id text NOT NULL,
  conversation_id text,
  user_id text,
  use_case text,
  model_id text,
  created_at timestamp with time zone NOT NULL,
  prompt text,
  answer text,
  truncated boolean NOT NULL,
  CONSTRAINT captured_exchanges_pkey PRIMARY KEY (request_id)
);

CREATE TABLE pointsman.conversation_pins (
  workspace_id text NOT NULL,
  conversation_id text NOT NULL,
  use_case text NOT NULL,
  model_id text NOT NULL,
  switch_id text,
  request_id text,
  pinned_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  CONSTRAINT conversation_pins_pkey PRIMARY KEY (workspace_id, conversation_id, use_case),
  CONSTRAINT conversation_pins_use_case_check CHECK ((use_case <> ''::text)),
  CONSTRAINT conversation_pins_workspace_id_conversation_id_fkey FOREIGN KEY (workspace_id, conversation_id) REFERENCES pointsman.conversations(workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE pointsman.conversations (
  workspace_id text NOT NULL,
  id text NOT NULL,
  user_id text,
  use_case text,
  created_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  updated_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  CONSTRAINT conversations_id_check CHECK ((id <> ''::text)),
  CONSTRAINT conversations_pkey PRIMARY KEY (workspace_id, id),
  CONSTRAINT conversations_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES pointsman.workspaces(id)
);

CREATE TABLE pointsman.cost_alarms (
  name text NOT NULL,
  dimension text NOT NULL,
  subject text NOT NULL,
  period text NOT NULL,
  above_nano_usd bigint,
  above_mean_percent double precision,
  least_nano_usd bigint DEFAULT 0 NOT NULL,
  webhook_url text,
  created_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  changed_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  raised_window timestamp with time zone,
  CONSTRAINT cost_alarm_has_a_subject CHECK (((dimension = 'all'::text) = (subject = ''::text))),
  CONSTRAINT cost_alarm_has_one_limit CHECK (((above_nano_usd IS NULL) <> (above_mean_percent IS NULL))),
  CONSTRAINT cost_alarm_of_a_month_has_no_mean CHECK (((above_mean_percent IS NULL) OR (period <> 'month'::text))),
  CONSTRAINT cost_alarms_above_mean_percent_check CHECK ((above_mean_percent > (100)::double precision)),
  CONSTRAINT cost_alarms_above_nano_usd_check CHECK ((above_nano_usd >= 0)),
  CONSTRAINT cost_alarms_dimension_check CHECK ((dimension = ANY (ARRAY['all'::text, 'route'::text, 'agent'::text, 'key'::text, 'model'::text]))),
  CONSTRAINT cost_alarms_least_nano_usd_check CHECK ((least_nano_usd >= 0)),
  CONSTRAINT cost_alarms_name_check CHECK ((name <> ''::text)),
  CONSTRAINT cost_alarms_period_check CHECK ((period = ANY (ARRAY['hour'::text, 'day'::text, 'month'::text]))),
  CONSTRAINT cost_alarms_pkey PRIMARY KEY (name)
);

CREATE TABLE pointsman.drills (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  fault jsonb NOT NULL,
  aim jsonb NOT NULL,
  percent double precision NOT NULL,
  reason text NOT NULL,
  stop_above_percent double precision,
  started_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  started_by jsonb NOT NULL,
  ended_at timestamp with time zone,
  end_cause text,
  ended_by jsonb,
  end_reason text,
  changed_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  summary jsonb,
  CONSTRAINT drill_ends_for_a_cause CHECK (((ended_at IS NULL) = (end_cause IS NULL))),
  CONSTRAINT drill_is_bounded CHECK (((ends_at > started_at) AND (ends_at <= (started_at + '01:00:00'::interval)))),
  CONSTRAINT drills_end_cause_check CHECK ((end_cause = ANY (ARRAY['time'::text, 'stopped'::text, 'failures'::text, 'route-removed'::text]))),
  CONSTRAINT drills_percent_check CHECK (((percent > (0)::double precision) AND (percent <= (100)::double precision))),
  CONSTRAINT drills_pkey PRIMARY KEY (id),
  CONSTRAINT drills_reason_check CHECK ((reason <> ''::text)),
  CONSTRAINT drills_stop_above_percent_check CHECK (((stop_above_percent >= (0)::double precision) AND (stop_above_percent < (100)::double precision)))
);

CREATE TABLE pointsman.ended_console_sessions (
  session_id text NOT NULL,
  until timestamp with time zone NOT NULL,
  CONSTRAINT ended_console_sessions_pkey PRIMARY KEY (session_id),
  CONSTRAINT ended_console_sessions_session_id_check CHECK ((session_id <> ''::text))
);

CREATE TABLE pointsman.erasures (
  id text NOT NULL,
  workspace_id text NOT NULL,
  seal text NOT NULL,
  erased_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  counts jsonb NOT NULL,
  canonical_text text NOT NULL,
  CONSTRAINT erasures_pkey PRIMARY KEY (id),
  CONSTRAINT erasures_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES pointsman.workspaces(id)
);

CREATE TABLE pointsman.fallback_rules (
  "position" integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  family text NOT NULL,
  tier text,
  to_family text NOT NULL,
  to_tier text NOT NULL,
  revision bigint DEFAULT 0 NOT NULL,
  CONSTRAINT fallback_rules_family_tier_key UNIQUE NULLS NOT DISTINCT (family, tier),
  CONSTRAINT fallback_rules_pkey PRIMARY KEY ("position")
);

CREATE TABLE pointsman.fitness_edits (
  transaction_id xid8 NOT NULL,
  model_id text NOT NULL,
  family text NOT NULL,
  tier text
);

CREATE TABLE pointsman.followed_items (
  kind text NOT NULL,
  table_name text NOT NULL,
  key text NOT NULL,
  seen jsonb NOT NULL,
  held jsonb NOT NULL,
  state text NOT NULL,
  problem text,
  changed_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  CONSTRAINT followed_item_that_is_aside_says_why CHECK (((state = 'followed'::text) = (problem IS NULL))),
  CONSTRAINT followed_items_kind_table_name_fkey FOREIGN KEY (kind, table_name) REFERENCES pointsman.followed_tables(kind, name) ON DELETE CASCADE,
  CONSTRAINT followed_items_pkey PRIMARY KEY (kind, table_name, key),
  CONSTRAINT followed_items_state_check CHECK ((state = ANY (ARRAY['followed'::text, 'refused'::text, 'conflict'::text, 'gone'::text])))
);

CREATE TABLE pointsman.followed_tables (
  kind text NOT NULL,
  name text NOT NULL,
  holder text,
  held_until timestamp with time zone,
  looked_at timestamp with time zone,
  items integer,
  every_ms integer,
  problem text,
  problem_since timestamp with time zone,
  CONSTRAINT followed_table_problem_has_its_time CHECK (((problem IS NULL) = (problem_since IS NULL))),
  CONSTRAINT followed_tables_every_ms_check CHECK ((every_ms > 0)),
  CONSTRAINT followed_tables_items_check CHECK ((items >= 0)),
  CONSTRAINT followed_tables_kind_check CHECK ((kind = ANY (ARRAY['models'::text, 'agents'::text]))),
  CONSTRAINT followed_tables_name_check CHECK ((name <> ''::text)),
  CONSTRAINT followed_tables_pkey PRIMARY KEY (kind, name)
);

CREATE TABLE pointsman.ingest_checkpoints (
  journal_id text NOT NULL,
  segment bigint NOT NULL,
  byte_offset bigint NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT ingest_checkpoints_byte_offset_check CHECK ((byte_offset >= 0)),
  CONSTRAINT ingest_checkpoints_pkey PRIMARY KEY (journal_id),
  CONSTRAINT ingest_checkpoints_segment_check CHECK ((segment >= 0))
);

CREATE TABLE pointsman.key_uses (
  key_id text NOT NULL,
  last_used_at timestamp with time zone NOT NULL,
  CONSTRAINT key_uses_pkey PRIMARY KEY (key_id)
);

CREATE TABLE pointsman.keys (
  id text NOT NULL,
  name text NOT NULL,
  workspace_id text NOT NULL,
  digest text NOT NULL,
  last_four text NOT NULL,
  scopes text[] NOT NULL,
  routes text[],
  models text[],
  requests_per_minute integer,
  spend_per_day_nano_usd bigint,
  created_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revision bigint DEFAULT 0 NOT NULL,
  tokens_per_minute bigint,
  concurrent_requests integer,
  spend_per_month_nano_usd bigint,
  budget_id text,
  replaced_by text,
  CONSTRAINT keys_concurrent_requests_check CHECK ((concurrent_requests > 0)),
  CONSTRAINT keys_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT keys_digest_key UNIQUE (digest),
  CONSTRAINT keys_last_four_check CHECK ((length(last_four) = 4)),
  CONSTRAINT keys_pkey PRIMARY KEY (id),
  CONSTRAINT keys_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  CONSTRAINT keys_scopes_check CHECK ((scopes <@ ARRAY['invoke'::text, 'read'::text, 'switch'::text, 'admin'::text, 'self'::text])),
  CONSTRAINT keys_spend_per_day_nano_usd_check CHECK ((spend_per_day_nano_usd >= 0)),
  CONSTRAINT keys_spend_per_month_nano_usd_check CHECK ((spend_per_month_nano_usd >= 0)),
  CONSTRAINT keys_tokens_per_minute_check CHECK ((tokens_per_minute > 0)),
  CONSTRAINT keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES pointsman.workspaces(id)
);

CREATE TABLE pointsman.limit_counts (
  budget_id text NOT NULL,
  kind text NOT NULL,
  window_start timestamp with time zone NOT NULL,
  holder text DEFAULT ''::text NOT NULL,
  used bigint NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  settled bigint DEFAULT 0 NOT NULL,
  CONSTRAINT limit_counts_kind_check CHECK ((kind = ANY (ARRAY['requests'::text, 'tokens'::text, 'concurrent'::text, 'spend-day'::text, 'spend-month'::text]))),
  CONSTRAINT limit_counts_pkey PRIMARY KEY (budget_id, kind, window_start, holder),
  CONSTRAINT limit_counts_settled_check CHECK ((settled >= 0)),
  CONSTRAINT limit_counts_used_check CHECK ((used >= 0))
);

CREATE TABLE pointsman.limit_holders (
  holder text NOT NULL,
  alive_until timestamp with time zone NOT NULL,
  CONSTRAINT limit_holders_pkey PRIMARY KEY (holder)
);

CREATE TABLE pointsman.people (
  workspace_id text NOT NULL,
  name text NOT NULL,
  salt bytea NOT NULL,
  CONSTRAINT people_name_check CHECK ((name <> ''::text)),
  CONSTRAINT people_pkey PRIMARY KEY (workspace_id, name),
  CONSTRAINT people_salt_check CHECK ((length(salt) = 32)),
  CONSTRAINT people_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES pointsman.workspaces(id)
);

CREATE TABLE pointsman.prices (
  id text NOT NULL,
  model_id text NOT NULL,
  region text NOT NULL,
  effective_from timestamp with time zone NOT NULL,
  by_plan boolean NOT NULL,
  input_pico_usd bigint,
  output_pico_usd bigint,
  cache_read_pico_usd bigint,
  cache_write_5m_pico_usd bigint,
  cache_write_1h_pico_usd bigint,
  tiers jsonb DEFAULT '[]'::jsonb NOT NULL,
  source text NOT NULL,
  source_date date NOT NULL,
  revision bigint DEFAULT 0 NOT NULL,
  service_tiers jsonb DEFAULT '[]'::jsonb NOT NULL,
  CONSTRAINT prices_cache_read_pico_usd_check CHECK ((cache_read_pico_usd >= 0)),
  CONSTRAINT prices_cache_write_1h_pico_usd_check CHECK ((cache_write_1h_pico_usd >= 0)),
  CONSTRAINT prices_cache_write_5m_pico_usd_check CHECK ((cache_write_5m_pico_usd >= 0)),
  CONSTRAINT prices_effective_from_check CHECK ((effective_from = date_trunc('milliseconds'::text, effective_from))),
  CONSTRAINT prices_input_pico_usd_check CHECK ((input_pico_usd >= 0)),
  CONSTRAINT prices_model_id_region_effective_from_key UNIQUE (model_id, region, effective_from),
  CONSTRAINT prices_output_pico_usd_check CHECK ((output_pico_usd >= 0)),
  CONSTRAINT prices_pkey PRIMARY KEY (id),
  CONSTRAINT prices_region_check CHECK ((region <> ''::text)),
  CONSTRAINT prices_service_tiers_check CHECK ((jsonb_typeof(service_tiers) = 'array'::text)),
  CONSTRAINT prices_tiers_check CHECK ((jsonb_typeof(tiers) = 'array'::text)),
  CONSTRAINT service_tiers_are_readable CHECK (pointsman.check_service_tiers(id, model_id, service_tiers))
);

CREATE TABLE pointsman.provider_keys (
  provider text NOT NULL,
  version integer NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  last_four text,
  expires_at timestamp with time zone,
  set_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  set_revision bigint NOT NULL,
  ended_at timestamp with time zone,
  wrapping_key text,
  wrapped_key bytea,
  sealed bytea,
  revision bigint DEFAULT 0 NOT NULL,
  CONSTRAINT provider_key_that_ended_is_gone CHECK ((((ended_at IS NULL) = (wrapping_key IS NOT NULL)) AND ((ended_at IS NULL) = (wrapped_key IS NOT NULL)) AND ((ended_at IS NULL) = (sealed IS NOT NULL)))),
  CONSTRAINT provider_keys_id_key UNIQUE (id),
  CONSTRAINT provider_keys_kind_check CHECK ((kind = ANY (ARRAY['bearer'::text, 'aws'::text]))),
  CONSTRAINT provider_keys_last_four_check CHECK ((length(last_four) = 4)),
  CONSTRAINT provider_keys_pkey PRIMARY KEY (provider, version),
  CONSTRAINT provider_keys_provider_check CHECK ((provider ~ '^[a-z0-9][a-z0-9._-]{0,63}$'::text)),
  CONSTRAINT provider_keys_version_check CHECK ((version > 0))
);

CREATE TABLE pointsman.provider_tests (
  provider text NOT NULL,
  tested_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  ok boolean NOT NULL,
  model_id text NOT NULL,
  latency_ms integer NOT NULL,
  key_source text,
  error_code text,
  problem text,
  CONSTRAINT provider_test_that_failed_says_why CHECK ((ok = (problem IS NULL))),
  CONSTRAINT provider_tests_latency_ms_check CHECK ((latency_ms >= 0)),
  CONSTRAINT provider_tests_pkey PRIMARY KEY (provider)
);

CREATE TABLE pointsman.removed_entries (
  revision bigint NOT NULL,
  kind text NOT NULL,
  name text[] NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  CONSTRAINT removed_entries_kind_check CHECK ((kind = ANY (ARRAY['models'::text, 'prices'::text, 'routes'::text, 'roles'::text, 'aliases'::text, 'keys'::text, 'fallback-rules'::text]))),
  CONSTRAINT removed_entries_pkey PRIMARY KEY (id)
);

CREATE TABLE pointsman.replicas (
  id text NOT NULL,
  host text NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  lease_until timestamp with time zone NOT NULL,
  revision_epoch integer,
  revision_number bigint,
  served_since timestamp with time zone,
  problem text,
  circuits jsonb DEFAULT '[]'::jsonb NOT NULL,
  CONSTRAINT replicas_check CHECK (((revision_number IS NULL) = (revision_epoch IS NULL))),
  CONSTRAINT replicas_check1 CHECK (((revision_number IS NULL) = (served_since IS NULL))),
  CONSTRAINT replicas_circuits_check CHECK ((jsonb_typeof(circuits) = 'array'::text)),
  CONSTRAINT replicas_kind_check CHECK ((kind = ANY (ARRAY['leased'::text, 'pull'::text]))),
  CONSTRAINT replicas_pkey PRIMARY KEY (id)
);

CREATE TABLE pointsman.revisions (
  number bigint NOT NULL,
  epoch integer NOT NULL,
  state text DEFAULT 'recorded'::text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  settled_at timestamp with time zone,
  manifest jsonb,
  manifest_hash text,
  error text,
  reason text,
  CONSTRAINT revisions_check CHECK (((state = 'recorded'::text) = (settled_at IS NULL))),
  CONSTRAINT revisions_check1 CHECK (((state = 'rejected'::text) = (error IS NOT NULL))),
  CONSTRAINT revisions_check2 CHECK (((manifest IS NULL) = (manifest_hash IS NULL))),
  CONSTRAINT revisions_epoch_check CHECK ((epoch > 0)),
  CONSTRAINT revisions_number_check CHECK ((number > 0)),
  CONSTRAINT revisions_pkey PRIMARY KEY (number),
  CONSTRAINT revisions_state_check CHECK ((state = ANY (ARRAY['recorded'::text, 'published'::text, 'rejected'::text])))
);

CREATE TABLE pointsman.roles (
  name text NOT NULL,
  use_case text NOT NULL,
  revision bigint DEFAULT 0 NOT NULL,
  CONSTRAINT roles_name_check CHECK ((name <> ''::text)),
  CONSTRAINT roles_pkey PRIMARY KEY (name)
);

CREATE TABLE pointsman.route_candidates (
  kind text NOT NULL,
  name text NOT NULL,
  model_id text NOT NULL,
  rank integer NOT NULL,
  weight double precision DEFAULT 1 NOT NULL,
  placed_revision bigint DEFAULT 0 NOT NULL,
  CONSTRAINT route_candidates_kind_name_fkey FOREIGN KEY (kind, name) REFERENCES pointsman.routes(kind, name) ON DELETE CASCADE,
  CONSTRAINT route_candidates_kind_name_rank_key UNIQUE (kind, name, rank) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT route_candidates_pkey PRIMARY KEY (kind, name, model_id),
  CONSTRAINT route_candidates_rank_check CHECK ((rank > 0)),
  CONSTRAINT route_candidates_weight_check CHECK (((weight >= (0)::double precision) AND (weight < 'Infinity'::double precision)))
);

CREATE TABLE pointsman.route_edits (
  transaction_id xid8 NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  target_before text,
  CONSTRAINT route_edits_pkey PRIMARY KEY (transaction_id, kind, name)
);

CREATE TABLE pointsman.routes (
  kind text NOT NULL,
  name text NOT NULL,
  target_model_id text,
  strategy text DEFAULT 'priority'::text NOT NULL,
  objective text DEFAULT 'curated'::text NOT NULL,
  fallbacks text[],
  residency text[],
  lifecycle_rule text DEFAULT 'warn'::text NOT NULL,
  auto_switch text DEFAULT 'on'::text NOT NULL,
  capture boolean DEFAULT false NOT NULL,
  switch_id text,
  revision bigint DEFAULT 0 NOT NULL,
  heartbeat_ms integer,
  CONSTRAINT default_has_target CHECK (((kind <> 'default'::text) OR ((name = 'default'::text) AND (target_model_id IS NOT NULL)))),
  CONSTRAINT routes_auto_switch_check CHECK ((auto_switch = ANY (ARRAY['on'::text, 'propose'::text, 'off'::text]))),
  CONSTRAINT routes_heartbeat_ms_check CHECK (((heartbeat_ms = 0) OR ((heartbeat_ms >= 1000) AND (heartbeat_ms <= 600000)))),
  CONSTRAINT routes_kind_check CHECK ((kind = ANY (ARRAY['default'::text, 'use-case'::text, 'agent'::text]))),
  CONSTRAINT routes_lifecycle_rule_check CHECK ((lifecycle_rule = ANY (ARRAY['warn'::text, 'block'::text]))),
  CONSTRAINT routes_name_check CHECK ((name <> ''::text)),
  CONSTRAINT routes_objective_check CHECK ((objective = ANY (ARRAY['curated'::text, 'quality'::text, 'cost'::text, 'latency'::text]))),
  CONSTRAINT routes_pkey PRIMARY KEY (kind, name),
  CONSTRAINT routes_strategy_check CHECK ((strategy = ANY (ARRAY['priority'::text, 'weighted'::text, 'least-latency'::text, 'lowest-cost'::text])))
);

CREATE TABLE pointsman.settings (
  key text NOT NULL,
  value jsonb NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT settings_pkey PRIMARY KEY (key)
);

CREATE TABLE pointsman.snapshot_parts (
  hash text NOT NULL,
  kind text NOT NULL,
  entry_count integer NOT NULL,
  body text NOT NULL,
  stored_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT snapshot_parts_entry_count_check CHECK ((entry_count >= 0)),
  CONSTRAINT snapshot_parts_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT snapshot_parts_pkey PRIMARY KEY (hash)
);

CREATE TABLE pointsman.switch_chain (
  sequence bigint NOT NULL,
  switch_id text,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  erasure_id text,
  CONSTRAINT switch_chain_check CHECK ((num_nonnulls(switch_id, erasure_id) = 1)),
  CONSTRAINT switch_chain_erasure_id_fkey FOREIGN KEY (erasure_id) REFERENCES pointsman.erasures(id),
  CONSTRAINT switch_chain_erasure_id_key UNIQUE (erasure_id),
  CONSTRAINT switch_chain_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT switch_chain_hash_key UNIQUE (hash),
  CONSTRAINT switch_chain_pkey PRIMARY KEY (sequence),
  CONSTRAINT switch_chain_previous_hash_check CHECK ((previous_hash ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT switch_chain_sequence_check CHECK ((sequence > 0)),
  CONSTRAINT switch_chain_switch_id_fkey FOREIGN KEY (switch_id) REFERENCES pointsman.switches(id),
  CONSTRAINT switch_chain_switch_id_key UNIQUE (switch_id)
);

CREATE TABLE pointsman.switch_chain_head (
  only_row boolean DEFAULT true NOT NULL,
  sequence bigint NOT NULL,
  hash text NOT NULL,
  CONSTRAINT switch_chain_head_only_row_check CHECK (only_row),
  CONSTRAINT switch_chain_head_pkey PRIMARY KEY (only_row)
);

CREATE TABLE pointsman.switch_notices (
  switch_id text NOT NULL,
  shown_at timestamp with time zone NOT NULL,
  CONSTRAINT switch_notices_pkey PRIMARY KEY (switch_id),
  CONSTRAINT switch_notices_switch_id_fkey FOREIGN KEY (switch_id) REFERENCES pointsman.switches(id)
);

CREATE TABLE pointsman.switch_salts (
  switch_id text NOT NULL,
  salt bytea NOT NULL,
  CONSTRAINT switch_salts_pkey PRIMARY KEY (switch_id),
  CONSTRAINT switch_salts_salt_check CHECK ((length(salt) = 32)),
  CONSTRAINT switch_salts_switch_id_fkey FOREIGN KEY (switch_id) REFERENCES pointsman.switches(id)
);

CREATE TABLE pointsman.switch_states (
  switch_id text NOT NULL,
  state text NOT NULL,
  changed_at timestamp with time zone NOT NULL,
  CONSTRAINT switch_states_pkey PRIMARY KEY (switch_id),
  CONSTRAINT switch_states_state_check CHECK ((state = ANY (ARRAY['refused'::text, 'recorded'::text, 'published'::text, 'rejected'::text, 'active'::text, 'superseded'::text, 'reverted'::text]))),
  CONSTRAINT switch_states_switch_id_fkey FOREIGN KEY (switch_id) REFERENCES pointsman.switches(id)
);

CREATE TABLE pointsman.switches (
  id text NOT NULL,
  revision_number bigint,
  revision_epoch integer,
  recorded_at timestamp with time zone NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  switch_action text NOT NULL,
  switch_type text NOT NULL,
  scope_kind text NOT NULL,
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
  reverts text,
  refusal_code text,
  refusal_message text,
  notification_title text,
  notification_message text,
  cost_impact_usd numeric,
  canonical_text text NOT NULL,
  approval jsonb,
  CONSTRAINT switches_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['service'::text, 'key'::text, 'user'::text, 'database-role'::text, 'rule'::text, 'table'::text, 'unknown'::text]))),
  CONSTRAINT switches_approval_check CHECK (((approval IS NULL) OR ((jsonb_typeof(approval) = 'object'::text) AND ((approval ->> 'by'::text) <> ''::text)))),
  CONSTRAINT switches_check CHECK (((revision_number IS NULL) = (revision_epoch IS NULL))),
  CONSTRAINT switches_check1 CHECK (((refusal_code IS NULL) = (refusal_message IS NULL))),
  CONSTRAINT switches_check2 CHECK (((refusal_code IS NULL) OR (revision_number IS NULL))),
  CONSTRAINT switches_check3 CHECK (((scope_kind = ANY (ARRAY['agent'::text, 'use-case'::text])) = (scope_name IS NOT NULL))),
  CONSTRAINT switches_check4 CHECK (((scope_kind = 'conversation'::text) = (conversation_id IS NOT NULL))),
  CONSTRAINT switches_check5 CHECK (((scope_kind <> 'user'::text) OR (user_id IS NOT NULL))),
  CONSTRAINT switches_check6 CHECK (((scope_kind = ANY (ARRAY['conversation'::text, 'user'::text])) = (workspace_id IS NOT NULL))),
  CONSTRAINT switches_pkey PRIMARY KEY (id),
  CONSTRAINT switches_reverts_fkey FOREIGN KEY (reverts) REFERENCES pointsman.switches(id),
  CONSTRAINT switches_scope_kind_check CHECK ((scope_kind = ANY (ARRAY['conversation'::text, 'user'::text, 'agent'::text, 'use-case'::text, 'global'::text]))),
  CONSTRAINT switches_switch_action_check CHECK ((switch_action = ANY (ARRAY['manual_switch'::text, 'auto_switch'::text, 'fallback_switch'::text]))),
  CONSTRAINT switches_switch_type_check CHECK ((switch_type = ANY (ARRAY['auto'::text, 'manual'::text])))
);

CREATE TABLE pointsman.unchecked_names (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  kind text NOT NULL,
  names text[] NOT NULL,
  CONSTRAINT unchecked_names_kind_check CHECK ((kind = ANY (ARRAY['lists'::text, 'roles'::text, 'aliases'::text, 'prices'::text, 'gone'::text, 'off'::text]))),
  CONSTRAINT unchecked_names_pkey PRIMARY KEY (id)
);

CREATE TABLE pointsman.unsettled_edits (
  transaction_id xid8 NOT NULL,
  revision bigint,
  edited boolean DEFAULT false NOT NULL,
  keeping boolean DEFAULT false NOT NULL,
  default_left text,
  sent_by text,
  rules_edited boolean DEFAULT false NOT NULL,
  CONSTRAINT unsettled_edits_pkey PRIMARY KEY (transaction_id)
);

CREATE TABLE pointsman.usage_daily (
  day timestamp with time zone NOT NULL,
  workspace_id text NOT NULL,
  dimension text NOT NULL,
  name text NOT NULL,
  route text NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  fallbacks bigint NOT NULL,
  unpriced_requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_nano_usd bigint NOT NULL,
  duration_buckets bigint[] NOT NULL,
  first_content_buckets bigint[] NOT NULL,
  refused bigint,
  overhead_buckets bigint[],
  CONSTRAINT usage_daily_pkey PRIMARY KEY (dimension, day, workspace_id, name, route) INCLUDE (requests)
);

CREATE TABLE pointsman.usage_folded_days (
  day timestamp with time zone NOT NULL,
  folded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT usage_folded_days_day_check CHECK ((day = date_trunc('day'::text, day, 'UTC'::text))),
  CONSTRAINT usage_folded_days_pkey PRIMARY KEY (day)
);

CREATE TABLE pointsman.usage_minutes (
  minute timestamp with time zone NOT NULL,
  workspace_id text NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  refused bigint NOT NULL,
  fallbacks bigint NOT NULL,
  unpriced_requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_nano_usd bigint NOT NULL,
  duration_buckets bigint[] NOT NULL,
  first_content_buckets bigint[] NOT NULL,
  overhead_buckets bigint[] NOT NULL,
  CONSTRAINT usage_minutes_minute_check CHECK ((minute = date_trunc('minute'::text, minute, 'UTC'::text))),
  CONSTRAINT usage_minutes_pkey PRIMARY KEY (minute, workspace_id)
);

CREATE TABLE pointsman.usage_records (
  id text NOT NULL,
  received_at timestamp with time zone NOT NULL,
  workspace_id text NOT NULL,
  key_id text,
  principal text NOT NULL,
  user_id text,
  conversation_id text,
  session_id text,
  tags text[] NOT NULL,
  face text NOT NULL,
  streamed boolean NOT NULL,
  requested text NOT NULL,
  route text,
  use_case text,
  agent text,
  reason text,
  target_model_id text,
  model_id text,
  provider text,
  region text,
  outcome text NOT NULL,
  status integer,
  error_code text,
  attempt_count integer NOT NULL,
  failed_attempt_count integer NOT NULL,
  input_tokens bigint,
  cache_read_tokens bigint,
  cache_write_5m_tokens bigint,
  cache_write_1h_tokens bigint,
  output_tokens bigint,
  reasoning_tokens bigint,
  usage_estimated boolean NOT NULL,
  cost_nano_usd bigint,
  price_id text,
  duration_ms double precision NOT NULL,
  first_content_ms double precision,
  overhead_us double precision NOT NULL,
  revision_epoch integer NOT NULL,
  revision_number bigint NOT NULL,
  switch_id text,
  record jsonb NOT NULL,
  operation text DEFAULT
CASE (record ->> 'operation'::text)
    WHEN 'chat-stream'::text THEN 'chat'::text
    WHEN 'embed'::text THEN 'embeddings'::text
    ELSE (record ->> 'operation'::text)
END,
  drill_id text,
  drill_hits integer,
  CONSTRAINT usage_records_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'partial'::text, 'refused'::text, 'failed'::text, 'client-closed'::text, 'unknown'::text]))),
  CONSTRAINT usage_records_pkey PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);

CREATE TABLE pointsman.usage_records_default PARTITION OF pointsman.usage_records DEFAULT;

CREATE TABLE pointsman.usage_rollups (
  hour timestamp with time zone NOT NULL,
  workspace_id text NOT NULL,
  dimension text NOT NULL,
  name text NOT NULL,
  route text DEFAULT ''::text NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  fallbacks bigint NOT NULL,
  unpriced_requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_5m_tokens bigint NOT NULL,
  cache_write_1h_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_nano_usd bigint NOT NULL,
  duration_buckets bigint[] NOT NULL,
  first_content_buckets bigint[] NOT NULL,
  refused bigint,
  overhead_buckets bigint[],
  CONSTRAINT usage_rollups_dimension_check CHECK ((dimension = ANY (ARRAY['all'::text, 'model'::text, 'provider'::text, 'agent'::text, 'use-case'::text, 'user'::text, 'key'::text, 'route'::text, 'model-route'::text, 'operation'::text, 'fallback-cause'::text]))),
  CONSTRAINT usage_rollups_hour_check CHECK ((hour = date_trunc('hour'::text, hour, 'UTC'::text))),
  CONSTRAINT usage_rollups_pkey PRIMARY KEY (hour, workspace_id, dimension, name, route)
);

CREATE TABLE pointsman.user_pins (
  workspace_id text NOT NULL,
  user_id text NOT NULL,
  model_id text NOT NULL,
  switch_id text NOT NULL,
  pinned_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  CONSTRAINT user_pins_pkey PRIMARY KEY (workspace_id, user_id),
  CONSTRAINT user_pins_user_id_check CHECK ((user_id <> ''::text)),
  CONSTRAINT user_pins_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES pointsman.workspaces(id)
);

CREATE TABLE pointsman.webhook_deliveries (
  id text DEFAULT (gen_random_uuid())::text NOT NULL,
  cost_alarm text NOT NULL,
  url text NOT NULL,
  body text NOT NULL,
  created_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  next_attempt_at timestamp with time zone DEFAULT pointsman.now_ms() NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  delivered_at timestamp with time zone,
  given_up_at timestamp with time zone,
  last_error text,
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id)
);

CREATE TABLE pointsman.workspaces (
  id text NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT workspaces_id_check CHECK ((id <> ''::text)),
  CONSTRAINT workspaces_pkey PRIMARY KEY (id)
);

CREATE TABLE public.bedrock_models (
  model_id text NOT NULL,
  model_name text NOT NULL,
  provider text NOT NULL,
  use_case text,
  is_default boolean DEFAULT false NOT NULL,
  input_cost_per_mtok numeric,
  output_cost_per_mtok numeric,
  is_available boolean DEFAULT true NOT NULL,
  max_tokens integer,
  format text NOT NULL,
  priority integer DEFAULT 100 NOT NULL,
  served_by text DEFAULT 'bedrock'::text NOT NULL,
  upstream_id text NOT NULL,
  purpose text DEFAULT 'chat'::text NOT NULL,
  kind text DEFAULT 'direct'::text NOT NULL,
  base_model_id text,
  family text DEFAULT 'other'::text NOT NULL,
  tier text,
  generation double precision DEFAULT 0 NOT NULL,
  context_tokens integer,
  abilities jsonb DEFAULT '{}'::jsonb NOT NULL,
  source_regions text[],
  destination_regions text[],
  lifecycle_status text DEFAULT 'active'::text NOT NULL,
  ends_on date,
  replacement_model_id text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  revision bigint DEFAULT 0 NOT NULL,
  destinations_from jsonb,
  CONSTRAINT bedrock_models_abilities_check CHECK ((jsonb_typeof(abilities) = 'object'::text)),
  CONSTRAINT bedrock_models_context_tokens_check CHECK ((context_tokens > 0)),
  CONSTRAINT bedrock_models_kind_check CHECK ((kind = ANY (ARRAY['direct'::text, 'foundation-model'::text, 'geo-profile'::text, 'global-profile'::text, 'application-profile'::text]))),
  CONSTRAINT bedrock_models_lifecycle_status_check CHECK ((lifecycle_status = ANY (ARRAY['active'::text, 'preview'::text, 'legacy'::text, 'deprecated'::text, 'eol'::text]))),
  CONSTRAINT bedrock_models_max_tokens_check CHECK ((max_tokens > 0)),
  CONSTRAINT bedrock_models_model_id_check CHECK ((model_id <> ''::text)),
  CONSTRAINT bedrock_models_model_name_check CHECK ((model_name <> ''::text)),
  CONSTRAINT bedrock_models_pkey PRIMARY KEY (model_id),
  CONSTRAINT bedrock_models_purpose_check CHECK ((purpose = ANY (ARRAY['chat'::text, 'embedding'::text]))),
  CONSTRAINT model_destinations_are_lists CHECK (pointsman.check_destinations(model_id, destinations_from))
);

-- Comments

COMMENT ON TABLE bedrock_models IS 'The catalogue. use_case, is_default and the costs are kept from pointsman.routes, route_candidates and prices; editing them edits those.';
COMMENT ON COLUMN bedrock_models.provider IS 'The company that made the model (amazon, anthropic); served_by is the provider that is called.';
COMMENT ON COLUMN bedrock_models.input_cost_per_mtok IS 'US-$ per million tokens today, in the server''s region. Null: not known.';
COMMENT ON COLUMN bedrock_models.destination_regions IS 'Regions in which a call may run. Null: not known.';
COMMENT ON COLUMN bedrock_models.destinations_from IS 'Regions in which a call may run, by the region that is called. Null, or a region left out: as destination_regions says.';
COMMENT ON COLUMN pointsman.acknowledgements.problem IS 'Null: the replica serves it. Else why it cannot.';
COMMENT ON COLUMN pointsman.alarms.subject IS 'Whom it is about: a replica, a host, a revision; `registry` where it is about the whole.';
COMMENT ON TABLE pointsman.captured_exchanges IS 'Prompts and answers of routes that have capture on. Removed after POINTSMAN_CAPTURE_DAYS.';
COMMENT ON COLUMN pointsman.captured_exchanges.truncated IS 'A side is longer than what is kept of it.';
COMMENT ON TABLE pointsman.cost_alarms IS 'What spending an operator wants to hear of.';
COMMENT ON COLUMN pointsman.cost_alarms.above_nano_usd IS 'Raised above this in the present hour, day or month (UTC).';
COMMENT ON COLUMN pointsman.cost_alarms.above_mean_percent IS 'Raised above this share of the mean hour or day of the seven days before.';
COMMENT ON COLUMN pointsman.cost_alarms.least_nano_usd IS 'What is unusual but below this is not raised.';
COMMENT ON TABLE pointsman.drills IS 'Rehearsed failures of routes, with who started and ended them and why.';
COMMENT ON COLUMN pointsman.drills.stop_above_percent IS 'Ends by itself once more of the route''s answers than this have failed. Null: only at its time.';
COMMENT ON COLUMN pointsman.drills.ended_at IS 'Null: it was not ended yet; data planes hold themselves to ends_at.';
COMMENT ON TABLE pointsman.ended_console_sessions IS 'Ids of the web console that open nothing any more: of sessions that were signed out of before their time, and of finished sign-ins.';
COMMENT ON TABLE pointsman.followed_items IS 'Items of followed tables as they were seen last.';
COMMENT ON COLUMN pointsman.followed_items.seen IS 'What the item said, of the members that are followed.';
COMMENT ON COLUMN pointsman.followed_items.held IS 'What the registry said of the same then.';
COMMENT ON COLUMN pointsman.followed_items.state IS '`refused`: what it says is not to be had; `conflict`: both sides changed between two looks, and neither was overwritten; `gone`: it is in the table no more.';
COMMENT ON TABLE pointsman.followed_tables IS 'Tables of DynamoDB that are followed, or were.';
COMMENT ON COLUMN pointsman.followed_tables.holder IS 'The one host that looks, until `held_until` unless it says so again.';
COMMENT ON COLUMN pointsman.followed_tables.looked_at IS 'The last look that read the whole table and found nothing wrong with it as a whole.';
COMMENT ON TABLE pointsman.key_uses IS 'Written with each batch of usage records, never with a request. Beside the keys, whose every change is a revision.';
COMMENT ON TABLE pointsman.keys IS 'Gateway keys as digests; a key itself is never stored.';
COMMENT ON COLUMN pointsman.keys.budget_id IS 'The key whose limits this one shares since a rotation; null: its own.';
COMMENT ON COLUMN pointsman.keys.replaced_by IS 'The key that took its place; until it ends both are good.';
COMMENT ON TABLE pointsman.limit_counts IS 'What hosts have leased of the limits of keys, in the windows that run.';
COMMENT ON COLUMN pointsman.limit_counts.holder IS 'The start of a host that leased it; empty: what was spent and nobody leased.';
COMMENT ON TABLE pointsman.limit_holders IS 'Hosts that hold slices of limits: one that is past its time counts with what it settled, and holds no slots.';
COMMENT ON COLUMN pointsman.prices.by_plan IS 'It was written ahead of its day. False: it was to hold at once, so where its day lies ahead the clock was set back since.';
COMMENT ON COLUMN pointsman.prices.input_pico_usd IS 'Pico-dollars a token: US-$ 1 per million tokens is 1,000,000. Null: not known.';
COMMENT ON TABLE pointsman.provider_keys IS 'Keys of providers, sealed under the master key, and the record of those before them.';
COMMENT ON COLUMN pointsman.provider_keys.kind IS '`bearer`: a key or token; `aws`: an access-key pair.';
COMMENT ON COLUMN pointsman.provider_keys.last_four IS 'Of the key, or of the access key''s id: the only characters that are told. Null = too short to tell any.';
COMMENT ON COLUMN pointsman.provider_keys.set_revision IS 'Whose actor set it. The actor of `revision` ended it, where it has ended.';
COMMENT ON TABLE pointsman.provider_tests IS 'What the last trial of a provider''s key came to.';
COMMENT ON TABLE pointsman.removed_entries IS 'Names that left the registry, for who publishes from an earlier revision. One that came again stands in its table.';
COMMENT ON COLUMN pointsman.replicas.circuits IS 'Models in regions whose calls it holds back now: [{modelId, region, sinceMs, untilMs, cause}], 100 at most.';
COMMENT ON COLUMN pointsman.revisions.manifest IS 'Null where none was made: not settled yet, rejected, covered by a later revision, or pruned.';
COMMENT ON COLUMN pointsman.revisions.reason IS 'What was taken over from where, of a sync or an import; what changed, of an alias, a role and the rules of a route. Null: the change speaks for itself, or its switch says why.';
COMMENT ON COLUMN pointsman.routes.target_model_id IS 'Null: inherits the default''s target.';
COMMENT ON COLUMN pointsman.routes.fallbacks IS 'Null: the family rules decide. Empty: no fallback.';
COMMENT ON COLUMN pointsman.routes.residency IS 'Regions in which a call may run. Null: no rule.';
COMMENT ON COLUMN pointsman.routes.heartbeat_ms IS 'Silence after which a stream of server-sent events gets a comment, in milliseconds. 0: never. Null: as the default.';
COMMENT ON TABLE pointsman.settings IS 'Facts of this installation: epoch of the history, the region whose prices are today''s, the check of the master key.';
COMMENT ON TABLE pointsman.usage_folded_days IS 'Days whose rows in usage_daily hold all that the hours hold; of others they are not to be read.';
COMMENT ON COLUMN pointsman.usage_records.operation IS 'chat, embeddings, count-tokens; null where the record does not tell.';
COMMENT ON COLUMN pointsman.usage_records.drill_id IS 'The drill that drew the request. Null: none did.';
COMMENT ON COLUMN pointsman.usage_records.drill_hits IS 'Calls that the drill hit. Null: no drill drew the request.';
COMMENT ON COLUMN pointsman.usage_rollups.refused IS 'Refused as asked for (4xx). Null: of hours before this was counted whose records are gone.';
COMMENT ON COLUMN pointsman.usage_rollups.overhead_buckets IS 'Counts per bucket as the latencies have them, of microseconds. Of the dimension all; null: not known.';
COMMENT ON TABLE pointsman.webhook_deliveries IS 'What is to be told by webhook, and what became of it.';
COMMENT ON TABLE pointsman.workspaces IS 'Whose conversations, pins, keys and usage these are.';

-- Indexes

CREATE INDEX bedrock_models_family ON public.bedrock_models USING btree (family, tier);
CREATE INDEX bedrock_models_order ON public.bedrock_models USING btree (priority, model_id);
CREATE INDEX bedrock_models_revision ON public.bedrock_models USING btree (revision);
CREATE INDEX acknowledgements_time ON pointsman.acknowledgements USING btree (acknowledged_at);
CREATE INDEX alarms_changed ON pointsman.alarms USING btree (changed_at);
CREATE INDEX alarms_raised ON pointsman.alarms USING btree (raised_at DESC, id);
CREATE UNIQUE INDEX alarms_standing ON pointsman.alarms USING btree (kind, subject) WHERE (cleared_at IS NULL);
CREATE INDEX aliases_revision ON pointsman.aliases USING btree (revision);
CREATE INDEX aliases_target ON pointsman.aliases USING btree (target);
CREATE INDEX captured_exchanges_age ON pointsman.captured_exchanges USING btree (created_at);
CREATE INDEX captured_exchanges_conversation ON pointsman.captured_exchanges USING btree (workspace_id, conversation_id) WHERE (conversation_id IS NOT NULL);
CREATE INDEX captured_exchanges_user ON pointsman.captured_exchanges USING btree (workspace_id, user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX conversation_pins_use_case ON pointsman.conversation_pins USING btree (use_case);
CREATE INDEX conversations_by_change ON pointsman.conversations USING btree (workspace_id, updated_at DESC, id);
CREATE INDEX conversations_of_user ON pointsman.conversations USING btree (workspace_id, user_id);
CREATE INDEX drills_changed ON pointsman.drills USING btree (changed_at);
CREATE INDEX drills_started ON pointsman.drills USING btree (started_at DESC, id);
CREATE UNIQUE INDEX drills_under_way ON pointsman.drills USING btree (kind, name) WHERE (ended_at IS NULL);
CREATE INDEX ended_console_sessions_until ON pointsman.ended_console_sessions USING btree (until);
CREATE INDEX erasures_seal ON pointsman.erasures USING btree (seal);
CREATE INDEX fallback_rules_revision ON pointsman.fallback_rules USING btree (revision);
CREATE INDEX fitness_edits_transaction ON pointsman.fitness_edits USING btree (transaction_id);
CREATE INDEX keys_listed ON pointsman.keys USING btree (workspace_id, pointsman.epoch_ms(created_at), id);
CREATE INDEX keys_of_budget ON pointsman.keys USING btree (COALESCE(budget_id, id));
CREATE INDEX keys_revision ON pointsman.keys USING btree (revision);
CREATE INDEX limit_counts_end ON pointsman.limit_counts USING btree (expires_at);
CREATE INDEX prices_revision ON pointsman.prices USING btree (revision);
CREATE UNIQUE INDEX provider_keys_in_force ON pointsman.provider_keys USING btree (provider) WHERE (ended_at IS NULL);
CREATE INDEX removed_entries_revision ON pointsman.removed_entries USING btree (revision);
CREATE INDEX revisions_unsettled ON pointsman.revisions USING btree (number) WHERE (state = 'recorded'::text);
CREATE INDEX revisions_with_manifest ON pointsman.revisions USING btree (number) WHERE (manifest IS NOT NULL);
CREATE INDEX roles_revision ON pointsman.roles USING btree (revision);
CREATE INDEX route_candidates_model ON pointsman.route_candidates USING btree (model_id);
CREATE INDEX routes_fallbacks ON pointsman.routes USING gin (fallbacks) WITH (fastupdate=off);
CREATE INDEX routes_inheriting_under_rules ON pointsman.routes USING btree (kind, name) WHERE ((target_model_id IS NULL) AND ((residency IS NOT NULL) OR (lifecycle_rule = 'block'::text)));
CREATE INDEX routes_revision ON pointsman.routes USING btree (revision);
CREATE INDEX routes_target ON pointsman.routes USING btree (target_model_id);
CREATE INDEX switch_states_waiting ON pointsman.switch_states USING btree (switch_id) WHERE (state = ANY (ARRAY['recorded'::text, 'published'::text]));
CREATE INDEX idx_bedrock_switches_conversation_id ON pointsman.switches USING btree (conversation_id);
CREATE INDEX idx_bedrock_switches_new_model_id ON pointsman.switches USING btree (new_model_id);
CREATE INDEX idx_bedrock_switches_timestamp ON pointsman.switches USING btree (recorded_at DESC);
CREATE INDEX idx_bedrock_switches_user_id ON pointsman.switches USING btree (user_id);
CREATE INDEX switches_actor ON pointsman.switches USING btree (actor_id) WHERE (actor_kind = 'user'::text);
CREATE INDEX switches_approval ON pointsman.switches USING btree (((approval ->> 'by'::text))) WHERE (approval IS NOT NULL);
CREATE INDEX switches_conversation ON pointsman.switches USING btree (workspace_id, conversation_id) WHERE (scope_kind = 'conversation'::text);
CREATE INDEX switches_global ON pointsman.switches USING btree (revision_number) WHERE (scope_kind = 'global'::text);
CREATE INDEX switches_revision ON pointsman.switches USING btree (revision_number);
CREATE INDEX switches_route ON pointsman.switches USING btree (scope_kind, scope_name, revision_number) WHERE (scope_kind <> ALL (ARRAY['conversation'::text, 'user'::text]));
CREATE INDEX switches_user ON pointsman.switches USING btree (workspace_id, user_id) WHERE (scope_kind = 'user'::text);
CREATE INDEX usage_records_conversation ON ONLY pointsman.usage_records USING btree (conversation_id) WHERE (conversation_id IS NOT NULL);
CREATE INDEX usage_records_drill ON ONLY pointsman.usage_records USING btree (drill_id, received_at) WHERE (drill_id IS NOT NULL);
CREATE INDEX usage_records_person ON ONLY pointsman.usage_records USING btree (principal) WHERE (principal ~~ 'user:person:%'::text);
CREATE INDEX usage_records_time ON ONLY pointsman.usage_records USING btree (received_at DESC, id);
CREATE INDEX usage_records_user ON ONLY pointsman.usage_records USING btree (user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX usage_rollups_dimension ON pointsman.usage_rollups USING btree (dimension, hour);
CREATE INDEX webhook_deliveries_due ON pointsman.webhook_deliveries USING btree (next_attempt_at) WHERE ((delivered_at IS NULL) AND (given_up_at IS NULL));
CREATE INDEX webhook_deliveries_of ON pointsman.webhook_deliveries USING btree (cost_alarm, created_at DESC);

-- Functions

CREATE OR REPLACE FUNCTION pointsman.add_buckets(one bigint[], other bigint[])
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE STRICT
AS $function$
DECLARE
  longer bigint[] := one;
  shorter bigint[] := other;
BEGIN
  IF cardinality(one) < cardinality(other) THEN
    longer := other;
    shorter := one;
  END IF;
  FOR place IN 1..cardinality(shorter) LOOP
    IF shorter[place] <> 0 THEN
      longer[place] := longer[place] + shorter[place];
    END IF;
  END LOOP;
  RETURN longer;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.add_conversation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  made pointsman.conversations;
BEGIN
  -- Before any row: the one lock order of all registry writes. A conversation that only begins records no switch, and
  -- does not wait for other people's edits.
  IF NEW.model_id IS NOT NULL THEN
    PERFORM pointsman.lock_registry();
  END IF;
  INSERT INTO pointsman.conversations (workspace_id, id, user_id, use_case)
  VALUES (coalesce(NEW.workspace_id, 'default'), coalesce(NEW.id, gen_random_uuid()::text), NEW.user_id, NEW.use_case)
  RETURNING * INTO made;
  NEW.id := made.id;
  NEW.workspace_id := made.workspace_id;
  NEW.created_at := made.created_at;
  NEW.updated_at := made.updated_at;
  IF NEW.model_id IS NOT NULL THEN
    NEW.switch_id := pointsman.switch_conversation(made, NULL, NEW.model_id);
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.add_price(id text, input_usd numeric, output_usd numeric)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  present pointsman.prices;
  price_region text;
  starts timestamptz := pointsman.now_ms();
  ahead timestamptz;
BEGIN
  IF input_usd < 0 OR output_usd < 0 OR 'NaN' IN (input_usd, output_usd) THEN
    RAISE EXCEPTION 'the costs of % cannot be % and %: a price is zero or more, or NULL where it is not known',
      id, input_usd, output_usd USING ERRCODE = 'check_violation', CONSTRAINT = 'price_not_negative';
  END IF;
  SELECT * INTO present FROM pointsman.prices
  WHERE model_id = add_price.id AND region IN (pointsman.server_region(), '*')
    AND effective_from <= starts + interval '1 ms'
  ORDER BY region = '*', effective_from DESC LIMIT 1;
  price_region := coalesce((
    SELECT region FROM pointsman.prices
    WHERE model_id = add_price.id AND region IN (pointsman.server_region(), '*')
      AND (effective_from <= starts + interval '1 ms' OR NOT by_plan)
    ORDER BY region = '*' LIMIT 1), pointsman.server_region());
  -- Two edits within a millisecond: the second one is dated a millisecond later, and waited for.
  starts := greatest(starts, present.effective_from + interval '1 ms');
  PERFORM pg_sleep(greatest(0, extract(epoch FROM starts - clock_timestamp())));
  INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, output_pico_usd,
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, service_tiers, source, source_date)
  VALUES (id || '@' || price_region || '@' || pointsman.epoch_ms(starts), id, price_region, starts, false,
    round(input_usd * 1000000), round(output_usd * 1000000), present.cache_read_pico_usd,
    present.cache_write_5m_pico_usd, present.cache_write_1h_pico_usd, coalesce(present.tiers, '[]'),
    coalesce(present.service_tiers, '[]'),
    'SQL: ' || (pointsman.current_actor() ->> 'id'), (starts AT TIME ZONE 'UTC')::date);
  SELECT max(effective_from) + interval '1 ms' INTO ahead FROM pointsman.prices
  WHERE model_id = add_price.id AND region = price_region AND NOT by_plan AND effective_from > starts;
  INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, output_pico_usd,
    cache_read_pico_usd, cache_write_5m_pico_usd, cache_write_1h_pico_usd, tiers, service_tiers, source, source_date)
  SELECT add_price.id || '@' || price_region || '@' || pointsman.epoch_ms(ahead), holds.model_id, holds.region, ahead,
    false, holds.input_pico_usd, holds.output_pico_usd, holds.cache_read_pico_usd, holds.cache_write_5m_pico_usd,
    holds.cache_write_1h_pico_usd, holds.tiers, holds.service_tiers, holds.source, holds.source_date
  FROM pointsman.prices AS holds
  WHERE holds.model_id = add_price.id AND holds.region = price_region AND holds.effective_from <= ahead
    AND (holds.effective_from = starts OR (holds.by_plan AND holds.effective_from > starts))
  ORDER BY holds.effective_from DESC LIMIT 1
  -- A row that is planned for that very millisecond holds as it is.
  ON CONFLICT (model_id, region, effective_from) DO NOTHING;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.admit_only_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
DECLARE
  said jsonb := OLD.canonical_text::jsonb;
  erased pointsman.switches := OLD;
BEGIN
  IF NEW.user_id IS DISTINCT FROM OLD.user_id THEN
    erased.user_id := CASE OLD.scope_kind WHEN 'user' THEN said #>> '{scope,id}' ELSE said #>> '{scope,userId}' END;
  END IF;
  IF NEW.actor_id IS DISTINCT FROM OLD.actor_id THEN
    erased.actor_id := said #>> '{actor,id}';
  END IF;
  IF NEW.approval IS DISTINCT FROM OLD.approval THEN
    erased.approval := said -> 'approval';
  END IF;
  IF NEW.reason IS DISTINCT FROM OLD.reason THEN
    erased.reason := said ->> 'reason';
  END IF;
  IF NEW.notification_message IS DISTINCT FROM OLD.notification_message THEN
    erased.notification_message := said ->> 'notificationMessage';
  END IF;
  IF NEW IS DISTINCT FROM erased THEN
    RAISE EXCEPTION 'UPDATE on pointsman.switches is refused: its rows are never changed or removed'
      USING ERRCODE = 'integrity_constraint_violation',
            HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.admit_only_erasure_of_actor()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
DECLARE
  erased pointsman.erasures := OLD;
BEGIN
  IF OLD.actor_kind = 'user' THEN
    erased.actor_id := OLD.canonical_text::jsonb #>> '{actor,id}';
  END IF;
  IF NEW IS DISTINCT FROM erased THEN
    RAISE EXCEPTION 'UPDATE on pointsman.erasures is refused: its rows are never changed or removed'
      USING ERRCODE = 'integrity_constraint_violation',
            HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.announce_pin()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION pointsman.append_link(of_switch text, of_erasure text, canonical_text text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  head pointsman.switch_chain_head;
  new_hash text;
BEGIN
  SELECT * INTO STRICT head FROM pointsman.switch_chain_head FOR UPDATE;
  new_hash := encode(sha256(convert_to(head.hash || canonical_text, 'UTF8')), 'hex');
  INSERT INTO pointsman.switch_chain (sequence, switch_id, erasure_id, previous_hash, hash)
  VALUES (head.sequence + 1, of_switch, of_erasure, head.hash, new_hash);
  UPDATE pointsman.switch_chain_head SET sequence = head.sequence + 1, hash = new_hash;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.can_serve(id text, route pointsman.routes)
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN (EXISTS (SELECT FROM bedrock_models model WHERE ((model.model_id = can_serve.id) AND model.is_available AND (model.purpose = 'chat'::text) AND (NOT (((can_serve.route).lifecycle_rule = 'block'::text) AND (model.lifecycle_status = 'eol'::text))) AND CASE WHEN ((can_serve.route).residency IS NULL) THEN true WHEN (model.kind = 'global-profile'::text) THEN false WHEN (model.destination_regions IS NOT NULL) THEN ((cardinality(model.destination_regions) > 0) AND (model.destination_regions <@ (can_serve.route).residency)) ELSE ((model.kind = 'foundation-model'::text) AND COALESCE((model.source_regions && (can_serve.route).residency), false)) END)))
;

CREATE OR REPLACE FUNCTION pointsman.canonical_json(value jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE STRICT
 SET search_path TO ''
AS $function$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'object' THEN
      RETURN '{' || coalesce((
        SELECT string_agg(to_json(member.key)::text || ':' || pointsman.canonical_json(member.value), ','
                          ORDER BY member.key COLLATE "C")
        FROM jsonb_each(value) AS member), '') || '}';
    WHEN 'array' THEN
      RETURN '[' || coalesce((
        SELECT string_agg(pointsman.canonical_json(item.value), ',' ORDER BY item.ordinality)
        FROM jsonb_array_elements(value) WITH ORDINALITY AS item), '') || ']';
    WHEN 'number' THEN
      RETURN trim_scale((value #>> '{}')::numeric)::text;
    ELSE
      RETURN value::text;
  END CASE;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.canonical_switch(recorded pointsman.switches, scope jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN pointsman.canonical_json(jsonb_build_object('id', (recorded).id, 'revision', CASE WHEN ((recorded).revision_number IS NOT NULL) THEN jsonb_build_object('epoch', (recorded).revision_epoch, 'number', (recorded).revision_number) ELSE NULL::jsonb END, 'recordedAtMs', pointsman.epoch_ms((recorded).recorded_at), 'actor', jsonb_build_object('kind', (recorded).actor_kind, 'id', (recorded).actor_id), 'action', (recorded).switch_action, 'type', (recorded).switch_type, 'scope', scope, 'from', (recorded).previous_model_id, 'to', (recorded).new_model_id, 'fromName', (recorded).previous_model_name, 'toName', (recorded).new_model_name, 'reason', (recorded).reason, 'evidence', (recorded).evidence, 'approval', (recorded).approval, 'reverts', (recorded).reverts, 'refusal', CASE WHEN ((recorded).refusal_code IS NOT NULL) THEN jsonb_build_object('code', (recorded).refusal_code, 'message', (recorded).refusal_message) ELSE NULL::jsonb END, 'notificationTitle', (recorded).notification_title, 'notificationMessage', (recorded).notification_message, 'costImpactUsd', (recorded).cost_impact_usd))
;

CREATE OR REPLACE FUNCTION pointsman.chain_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.append_link(NULL, NEW.id, NEW.canonical_text);
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.chain_switch()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.append_link(NEW.id, NULL, NEW.canonical_text);
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_aliases(names text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  lost text;
  next_name text;
  walked text[] := '{}';
BEGIN
  -- All that are reached, then from their ends backwards: each is looked at once, however long the chain.
  WITH RECURSIVE reached AS (
    SELECT alias.name, alias.target FROM pointsman.aliases AS alias WHERE alias.name = ANY (names)
    UNION
    SELECT further.name, further.target FROM reached JOIN pointsman.aliases AS further ON further.name = reached.target
  ), sound AS (
    SELECT reached.name FROM reached
    WHERE NOT EXISTS (SELECT FROM pointsman.aliases WHERE name = reached.target) AND pointsman.is_own_name(reached.target)
    UNION
    SELECT reached.name FROM sound JOIN reached ON reached.target = sound.name
  )
  SELECT reached.name INTO lost FROM reached WHERE NOT EXISTS (SELECT FROM sound WHERE sound.name = reached.name)
  ORDER BY reached.name = ANY (names) DESC, reached.name LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  next_name := lost;
  WHILE next_name <> ALL (walked) LOOP
    walked := walked || next_name;
    next_name := coalesce((SELECT target FROM pointsman.aliases WHERE name = next_name), next_name);
  END LOOP;
  IF EXISTS (SELECT FROM pointsman.aliases WHERE name = next_name) THEN
    RAISE EXCEPTION 'alias "%" in pointsman.aliases leads in a circle: %', lost, array_to_string(walked || next_name, ' → ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'alias_leads_somewhere',
            HINT = format('Point it at a model or a route; in SQL: UPDATE pointsman.aliases SET target = … WHERE name = %L.', lost);
  END IF;
  RAISE EXCEPTION 'alias "%" in pointsman.aliases leads to "%", which is no model and no route', lost, next_name
    USING ERRCODE = 'check_violation', CONSTRAINT = 'alias_leads_somewhere',
          HINT = format('Point it at a model or a route, or remove it; in SQL: UPDATE pointsman.aliases SET target = … WHERE name = %L.', lost);
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_changed_lengths()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  before jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END;
  after jsonb := to_jsonb(NEW);
  columns text[];
  lengths integer[];
  most integer[];
BEGIN
  SELECT array_agg(entry.key),
    array_agg(CASE jsonb_typeof(after -> entry.key)
      WHEN 'array' THEN
        (SELECT sum(length(item) + 1)::integer FROM jsonb_array_elements_text(after -> entry.key) AS item)
      ELSE length(after ->> entry.key) END),
    array_agg(entry.value::integer)
  INTO columns, lengths, most
  FROM json_each_text(TG_ARGV[2]::json) AS entry
  WHERE before -> entry.key IS DISTINCT FROM after -> entry.key;
  -- What is kept in bedrock_models was judged where it comes from.
  IF columns IS NOT NULL AND NOT pointsman.is_keeping() THEN
    PERFORM pointsman.check_lengths(
      format(TG_ARGV[0], left(CASE TG_ARGV[1]
        WHEN 'route' THEN pointsman.route_key(after ->> 'kind', after ->> 'name') ELSE after ->> TG_ARGV[1] END, 100)),
      columns, lengths, most);
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_destinations(id text, destinations jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  IF destinations IS NOT NULL AND (jsonb_typeof(destinations) <> 'object' OR EXISTS (
      SELECT FROM jsonb_each(CASE jsonb_typeof(destinations) WHEN 'object' THEN destinations ELSE '{}' END) AS member
      WHERE jsonb_typeof(member.value) <> 'array'
        OR jsonb_path_exists(member.value, '$[*] ? (@.type() != "string")'))) THEN
    RAISE EXCEPTION 'destinations_from of model % in bedrock_models is %', id, left(destinations::text, 200)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_destinations_are_lists',
            HINT = 'Write a list of regions for each calling region, such as ''{"eu-central-1": ["eu-central-1", "eu-west-1"]}'', or NULL.';
  END IF;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_edits()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  noted pointsman.unsettled_edits;
  fallback pointsman.routes;
BEGIN
  SELECT * INTO noted FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id();
  -- Without a revision no row was changed.
  IF NOT coalesce(noted.edited, false) OR noted.revision IS NULL THEN
    RETURN;
  END IF;
  fallback := pointsman.required_default();
  IF noted.rules_edited THEN
    PERFORM pointsman.check_registry();
  ELSIF fallback.kind IS NOT NULL THEN
    PERFORM pointsman.check_routes(
      ARRAY(SELECT route FROM pointsman.touched_routes(noted.revision, fallback) AS route), fallback);
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_gone(names text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  bare_use_cases text[] := ARRAY(SELECT substr(name, 10) FROM unnest(names) AS name WHERE name LIKE 'use-case/%');
BEGIN
  IF 'default' = ANY (names) AND NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default') THEN
    RAISE EXCEPTION 'the registry would have no default route in pointsman.routes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists', DETAIL = '["default"]',
            HINT = 'Set a default model; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  PERFORM pointsman.check_roles(ARRAY(SELECT name FROM pointsman.roles WHERE use_case = ANY (bare_use_cases)));
  PERFORM pointsman.check_aliases(ARRAY(
    SELECT name FROM pointsman.aliases
    WHERE target = ANY (names || bare_use_cases
      || ARRAY(SELECT substr(name, 7) FROM unnest(names) AS name WHERE name LIKE 'agent/%'))));
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_key_days(id text, created_at timestamp with time zone, expires_at timestamp with time zone, revoked_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'created_at', created_at);
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'expires_at', expires_at);
  PERFORM pointsman.require_instant('key ' || id || ' in pointsman.keys', 'revoked_at', revoked_at);
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_key_lists(id text, scopes text[], routes text[], models text[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'scopes', scopes);
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'routes', routes);
  PERFORM pointsman.require_list('key ' || id || ' in pointsman.keys', 'models', models);
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_least_costs()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
BEGIN
  IF ((is_new OR NEW.input_cost_per_mtok IS DISTINCT FROM OLD.input_cost_per_mtok)
      AND NEW.input_cost_per_mtok > 0 AND round(NEW.input_cost_per_mtok * 1000000) = 0)
    OR ((is_new OR NEW.output_cost_per_mtok IS DISTINCT FROM OLD.output_cost_per_mtok)
      AND NEW.output_cost_per_mtok > 0 AND round(NEW.output_cost_per_mtok * 1000000) = 0) THEN
    RAISE EXCEPTION 'the costs of model % in bedrock_models cannot be % and %: less than half a pico-dollar a token would be kept as 0',
      left(NEW.model_id, 100), NEW.input_cost_per_mtok, NEW.output_cost_per_mtok
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'Write US-$ per million tokens, 0.000001 or more; 0 where a model costs nothing, NULL where a cost is not known.';
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_lengths(place text, columns text[], lengths integer[], most integer[])
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  FOR at IN 1 .. cardinality(columns) LOOP
    IF lengths[at] = 0 THEN
      RAISE EXCEPTION '% of % is empty', columns[at], place
        USING ERRCODE = 'check_violation', CONSTRAINT = 'text_of_length',
              HINT = 'Say what it is; where there is none and the column may be without, write NULL.';
    ELSIF lengths[at] > most[at] THEN
      RAISE EXCEPTION '% of % has % characters', columns[at], place, lengths[at]
        USING ERRCODE = 'check_violation', CONSTRAINT = 'text_of_length',
              HINT = format('The most are %s.', most[at]);
    END IF;
  END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_lists(keys text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  unknown record;
  broken text[];
BEGIN
  SELECT listed.* INTO unknown FROM (
    SELECT route.kind, route.name, candidate.model_id, 'candidate' AS what
    FROM pointsman.routes_named(keys) AS route JOIN pointsman.route_candidates AS candidate USING (kind, name)
    UNION ALL
    SELECT route.kind, route.name, fallback, 'fallback'
    FROM pointsman.routes_named(keys) AS route CROSS JOIN unnest(route.fallbacks) AS fallback
  ) AS listed
  WHERE NOT EXISTS (SELECT FROM public.bedrock_models AS model WHERE model.model_id = listed.model_id)
  ORDER BY 1, 2, 3 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the % "%" of % in % is no model of the catalogue', unknown.what, unknown.model_id,
      pointsman.route_key(unknown.kind, unknown.name),
      CASE unknown.what WHEN 'candidate' THEN 'pointsman.route_candidates' ELSE 'pointsman.routes' END
      USING ERRCODE = 'check_violation', CONSTRAINT = 'listed_model_exists',
            DETAIL = to_json(ARRAY[pointsman.route_key(unknown.kind, unknown.name)])::text,
            HINT = 'Add the model first, or take it off the list; in SQL: ' || CASE unknown.what
              WHEN 'candidate' THEN format('DELETE FROM pointsman.route_candidates WHERE kind = %L AND name = %L AND model_id = %L.',
                unknown.kind, unknown.name, unknown.model_id)
              ELSE format('UPDATE pointsman.routes SET fallbacks = array_remove(fallbacks, %L) WHERE kind = %L AND name = %L.',
                unknown.model_id, unknown.kind, unknown.name) END;
  END IF;
  broken := ARRAY(
    SELECT pointsman.route_key(route.kind, route.name)
    FROM pointsman.routes_named(keys) AS route
    CROSS JOIN LATERAL (
      SELECT ARRAY(SELECT candidate.model_id FROM pointsman.route_candidates AS candidate
                   WHERE candidate.kind = route.kind AND candidate.name = route.name) AS candidates
    ) AS own
    WHERE NOT EXISTS (
      SELECT FROM public.bedrock_models AS model
      WHERE model.is_available AND (
        model.model_id = route.target_model_id
        OR model.model_id = ANY (own.candidates)
        OR model.model_id = ANY (route.fallbacks)
        -- Without a target it has the default's, except where its strategy picks from its list.
        OR (route.target_model_id IS NULL AND (route.strategy = 'priority' OR cardinality(own.candidates) = 0)
          AND model.model_id = (SELECT target_model_id FROM pointsman.routes WHERE kind = 'default'))))
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no enabled model would be left among the target, the candidates and the fallbacks of %',
      array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = 'Switch each of them to another model first, or give it another candidate; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = ….';
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_model(id text, generation double precision, ends_on date, abilities jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  ability text;
BEGIN
  IF NOT (generation > '-infinity' AND generation < 'infinity') THEN
    RAISE EXCEPTION 'generation of model % in bedrock_models is %, and it orders models by a number', id, generation
      USING ERRCODE = 'check_violation', CONSTRAINT = 'generation_is_a_number',
            HINT = 'Write a number such as 4.5, or 0 where it is not known.';
  END IF;
  PERFORM pointsman.require_day('model ' || id || ' in bedrock_models', 'ends_on', ends_on::text,
    ends_on BETWEEN '0001-01-01' AND '9999-12-31');
  SELECT member.key INTO ability FROM jsonb_each(abilities) AS member
  WHERE jsonb_typeof(member.value) NOT IN ('boolean', 'null') ORDER BY 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ability "%" of model % in bedrock_models is %', ability, id, abilities -> ability
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ability_is_known_or_null',
            HINT = 'An ability is true, false, or null where it is not known.';
  END IF;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_model_costs(id text, input_usd numeric, output_usd numeric)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  IF 'NaN' NOT IN (coalesce(input_usd, 0), coalesce(output_usd, 0))
    AND greatest(input_usd, output_usd) > 9007199254.740991 THEN
    RAISE EXCEPTION 'the costs of model % in bedrock_models cannot be % and %: US-$ 9007199254 per million tokens is the most',
      id, input_usd, output_usd
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'Write US-$ per million tokens, or NULL where a cost is not known.';
  END IF;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_model_regions(id text, source_regions text[], destination_regions text[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.require_list('model ' || id || ' in bedrock_models', 'source_regions', source_regions);
  PERFORM pointsman.require_list('model ' || id || ' in bedrock_models', 'destination_regions', destination_regions);
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_models_off(ids text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.check_lists(ARRAY(
    SELECT pointsman.route_key(kind, name) FROM pointsman.routes WHERE target_model_id = ANY (ids)
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.routes WHERE fallbacks && ids
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.route_candidates WHERE model_id = ANY (ids)));
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_names()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  DELETE FROM pointsman.unchecked_names WHERE id = NEW.id;
  CASE NEW.kind
    WHEN 'lists' THEN PERFORM pointsman.check_lists(NEW.names);
    WHEN 'roles' THEN PERFORM pointsman.check_roles(NEW.names);
    WHEN 'aliases' THEN PERFORM pointsman.check_aliases(NEW.names);
    WHEN 'prices' THEN PERFORM pointsman.check_prices(NEW.names);
    WHEN 'gone' THEN PERFORM pointsman.check_gone(NEW.names);
    WHEN 'off' THEN PERFORM pointsman.check_models_off(NEW.names);
  END CASE;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_price(id text, model_id text, effective_from timestamp with time zone, rates bigint[], tiers jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  place text := 'price ' || id || ' of ' || model_id || ' in pointsman.prices';
BEGIN
  PERFORM pointsman.require_instant(place, 'effective_from', effective_from);
  PERFORM pointsman.require_rates(place, jsonb_build_object('inputPicoUsd', rates[1], 'outputPicoUsd', rates[2],
    'cacheReadPicoUsd', rates[3], 'cacheWrite5mPicoUsd', rates[4], 'cacheWrite1hPicoUsd', rates[5]));
  PERFORM pointsman.require_tiers(place, tiers);
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_prices(ids text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  unknown text;
BEGIN
  SELECT id INTO unknown FROM unnest(ids) AS id
  WHERE NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = id) ORDER BY id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'a price in pointsman.prices is of "%", which is no model of the catalogue', unknown
      USING ERRCODE = 'check_violation', CONSTRAINT = 'priced_model_exists',
            HINT = 'Add the model first, in the same transaction; in SQL: SELECT model_id FROM bedrock_models lists the ids.';
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_readable()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'bedrock_models' THEN
      IF is_new OR (NEW.generation, NEW.ends_on, NEW.abilities)
        IS DISTINCT FROM (OLD.generation, OLD.ends_on, OLD.abilities) THEN
        PERFORM pointsman.check_model(NEW.model_id, NEW.generation, NEW.ends_on, NEW.abilities);
      END IF;
      IF is_new OR (NEW.source_regions, NEW.destination_regions)
        IS DISTINCT FROM (OLD.source_regions, OLD.destination_regions) THEN
        PERFORM pointsman.check_model_regions(NEW.model_id, NEW.source_regions, NEW.destination_regions);
      END IF;
      IF is_new OR (NEW.input_cost_per_mtok, NEW.output_cost_per_mtok)
        IS DISTINCT FROM (OLD.input_cost_per_mtok, OLD.output_cost_per_mtok) THEN
        PERFORM pointsman.check_model_costs(NEW.model_id, NEW.input_cost_per_mtok, NEW.output_cost_per_mtok);
      END IF;
    WHEN 'routes' THEN
      IF is_new OR (NEW.kind, NEW.name, NEW.fallbacks, NEW.residency)
        IS DISTINCT FROM (OLD.kind, OLD.name, OLD.fallbacks, OLD.residency) THEN
        PERFORM pointsman.check_route(NEW.kind, NEW.name, NEW.fallbacks, NEW.residency);
      END IF;
    WHEN 'prices' THEN
      PERFORM pointsman.check_price(NEW.id, NEW.model_id, NEW.effective_from, ARRAY[NEW.input_pico_usd, NEW.output_pico_usd,
        NEW.cache_read_pico_usd, NEW.cache_write_5m_pico_usd, NEW.cache_write_1h_pico_usd], NEW.tiers);
    WHEN 'keys' THEN
      IF is_new OR (NEW.scopes, NEW.routes, NEW.models) IS DISTINCT FROM (OLD.scopes, OLD.routes, OLD.models) THEN
        PERFORM pointsman.check_key_lists(NEW.id, NEW.scopes, NEW.routes, NEW.models);
      END IF;
      IF is_new OR (NEW.created_at, NEW.expires_at, NEW.revoked_at)
        IS DISTINCT FROM (OLD.created_at, OLD.expires_at, OLD.revoked_at) THEN
        PERFORM pointsman.check_key_days(NEW.id, NEW.created_at, NEW.expires_at, NEW.revoked_at);
      END IF;
    WHEN 'settings' THEN
      PERFORM pointsman.check_setting(NEW.key, NEW.value);
  END CASE;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_registry()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  fallback pointsman.routes := pointsman.required_default();
BEGIN
  IF fallback.kind IS NOT NULL THEN
    PERFORM pointsman.check_routes(ARRAY(SELECT route FROM pointsman.routes AS route), fallback);
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_roles(names text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  lost pointsman.roles;
BEGIN
  SELECT role.* INTO lost FROM pointsman.roles AS role
  WHERE role.name = ANY (names)
    AND NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'use-case' AND name = role.use_case)
  ORDER BY role.name LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'role "%" in pointsman.roles maps to "%", which is no use case', lost.name, lost.use_case
      USING ERRCODE = 'check_violation', CONSTRAINT = 'role_maps_to_a_use_case',
            HINT = format('Map it to one of %s, or remove it; in SQL: UPDATE pointsman.roles SET use_case = … WHERE name = %L.',
              coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM (
                SELECT name FROM pointsman.routes WHERE kind = 'use-case' ORDER BY name LIMIT 10) AS first), 'those that you add'),
              lost.name);
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_route(kind text, name text, fallbacks text[], residency text[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  place text := pointsman.route_key(kind, name) || ' in pointsman.routes';
BEGIN
  IF kind <> 'default' AND name = 'default' THEN
    RAISE EXCEPTION 'a route of kind % in pointsman.routes cannot be called "default"', kind
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_is_taken',
            HINT = 'That name is the default route''s. Give it another one.';
  END IF;
  PERFORM pointsman.require_list(place, 'fallbacks', fallbacks);
  PERFORM pointsman.require_list(place, 'residency', residency);
  IF cardinality(residency) = 0 THEN
    RAISE EXCEPTION 'the residency rule of % allows no region', place
      USING ERRCODE = 'check_violation', CONSTRAINT = 'residency_names_a_region',
            DETAIL = to_json(ARRAY[pointsman.route_key(kind, name)])::text,
            HINT = 'Name the regions in which a call may run, or write residency = NULL for no rule.';
  END IF;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_routes(routes_to_check pointsman.routes[], fallback pointsman.routes)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  broken text[];
BEGIN
  broken := ARRAY(
    SELECT DISTINCT pointsman.route_key(kind, name) FROM unnest(routes_to_check) AS route
    WHERE target_model_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = route.target_model_id)
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'the target of % is no model of the catalogue', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_exists', DETAIL = to_json(broken)::text,
            HINT = 'Choose a model of the list of models; in SQL: SELECT model_id FROM bedrock_models. A route without a target inherits the default.';
  END IF;
  IF NOT pointsman.can_serve(fallback.target_model_id, fallback) THEN
    RAISE EXCEPTION 'the default model % would not be usable', fallback.target_model_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_enabled', DETAIL = '["default"]',
            HINT = 'Switch the default to another model first; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  broken := ARRAY(
    SELECT DISTINCT pointsman.route_key(route.kind, route.name)
    FROM unnest(routes_to_check) AS route
    JOIN public.bedrock_models AS model ON model.model_id = coalesce(route.target_model_id, fallback.target_model_id)
    WHERE route.kind <> 'default'
      -- Cheap, and true of all that `can_serve` may refuse.
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR model.purpose <> 'chat' OR route.residency IS NOT NULL)
      AND NOT pointsman.can_serve(model.model_id, route)
      AND pointsman.next_target(route, model.model_id) IS NULL
    ORDER BY 1);
  IF cardinality(broken) > 0 THEN
    RAISE EXCEPTION 'no usable model would be left for %', array_to_string(broken, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'route_usable', DETAIL = to_json(broken)::text,
            HINT = concat('Switch each of them to another model first, or give it another candidate',
              CASE WHEN EXISTS (SELECT FROM unnest(broken) AS key WHERE key LIKE 'use-case/%')
                THEN '; in SQL: UPDATE ai_assistants SET model_version = … WHERE assistant_type = …' END,
              CASE WHEN EXISTS (SELECT FROM unnest(broken) AS key WHERE key LIKE 'agent/%')
                THEN '; an agent: pointsman agents set NAME --model …' END, '.');
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_service_tiers(id text, model_id text, service_tiers jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  place text := 'price ' || id || ' of ' || model_id || ' in pointsman.prices';
  priced jsonb;
  name text;
  seen text[] := '{}';
BEGIN
  FOR priced IN SELECT value FROM jsonb_array_elements(service_tiers) LOOP
    name := CASE WHEN jsonb_typeof(priced -> 'serviceTier') = 'string' THEN priced ->> 'serviceTier' END;
    IF jsonb_typeof(priced) <> 'object' OR jsonb_typeof(priced -> 'tiers') IS DISTINCT FROM 'array'
      OR NOT coalesce(name ~ '^[a-z][a-z0-9_.-]{0,63}$', false)
      OR name IN ('standard', 'default', 'auto', 'on_demand') OR name = ANY (seen) THEN
      RAISE EXCEPTION 'a service tier of % is %', place, priced
        USING ERRCODE = 'check_violation', CONSTRAINT = 'service_tier_is_one',
              HINT = 'A service tier is an object with serviceTier ("flex", "priority" or a vendor''s own word in small letters for another than its standard one, once in a price), the five rates, and tiers, a list.';
    END IF;
    seen := seen || name;
    PERFORM pointsman.require_rates('the service tier ' || name || ' of ' || place, priced);
    PERFORM pointsman.require_tiers('the service tier ' || name || ' of ' || place, priced -> 'tiers');
  END LOOP;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.check_setting(key text, value jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  IF key = 'epoch' AND (jsonb_typeof(value) <> 'number' OR value #>> '{}' !~ '^[1-9]\d{0,8}$') THEN
    RAISE EXCEPTION 'setting epoch in pointsman.settings is %', value
      USING ERRCODE = 'check_violation', CONSTRAINT = 'setting_is_readable', HINT = 'An epoch is a whole number from 1.';
  ELSIF key = 'region' AND (jsonb_typeof(value) <> 'string' OR value = '""') THEN
    RAISE EXCEPTION 'setting region in pointsman.settings is %', value
      USING ERRCODE = 'check_violation', CONSTRAINT = 'setting_is_readable',
            HINT = 'A region is a JSON string such as ''"eu-central-1"''.';
  END IF;
  RETURN true;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.claim_pin(workspace text, conversation text, owner text, route text, model text, request text, made_by text, own_only boolean, claimed_at timestamp with time zone DEFAULT pointsman.now_ms(), OUT is_own boolean, OUT model_id text, OUT switch_id text)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION pointsman.count_buckets(places integer[], last_place integer)
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE STRICT
AS $function$
DECLARE
  counts bigint[] := array_fill(0::bigint, ARRAY[last_place + 1]);
  place integer;
BEGIN
  FOREACH place IN ARRAY places LOOP
    counts[place + 1] := counts[place + 1] + 1;
  END LOOP;
  RETURN counts;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.current_actor()
 RETURNS jsonb
 LANGUAGE sql
 STABLE
RETURN CASE WHEN pointsman.through_api() THEN (current_setting('pointsman.actor'::text))::jsonb ELSE jsonb_build_object('kind', 'database-role', 'id', CASE current_setting('role'::text) WHEN 'none'::text THEN (SESSION_USER)::text ELSE current_setting('role'::text) END) END
;

CREATE OR REPLACE FUNCTION pointsman.drop_usage_month(before timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET "TimeZone" TO 'UTC'
AS $function$
DECLARE
  chosen text;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  SELECT class.relname INTO chosen FROM pg_catalog.pg_inherits AS tree
  JOIN pg_catalog.pg_class AS class ON class.oid = tree.inhrelid
  WHERE tree.inhparent = 'pointsman.usage_records'::regclass AND class.relname ~ '_\d{4}_\d{2}$'
    AND to_timestamp(right(class.relname, 7), 'YYYY_MM') + interval '1 month' <= before
  ORDER BY class.relname LIMIT 1;
  IF chosen IS NOT NULL THEN
    EXECUTE format('DROP TABLE pointsman.%I', chosen);
  END IF;
  RETURN chosen;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.edit_assistant()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  asked public.ai_assistants := NEW;
BEGIN
  asked.model_version := OLD.model_version;
  IF asked IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'only model_version of ai_assistants can be changed'
      USING ERRCODE = 'feature_not_supported', HINT = 'The other columns are pointsman.routes'', or follow from the model.';
  END IF;
  UPDATE pointsman.routes SET target_model_id = NEW.model_version, switch_id = NULL
  WHERE kind = 'use-case' AND name = OLD.assistant_type AND target_model_id IS DISTINCT FROM NEW.model_version;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.edit_conversation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  asked public.ai_conversations := NEW;
  made pointsman.conversations;
BEGIN
  asked.user_id := OLD.user_id;
  asked.use_case := OLD.use_case;
  asked.model_id := OLD.model_id;
  asked.updated_at := OLD.updated_at;
  IF asked IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'only user_id, use_case and model_id of ai_conversations can be changed'
      USING ERRCODE = 'feature_not_supported';
  END IF;
  UPDATE pointsman.conversations
  SET user_id = NEW.user_id, use_case = NEW.use_case, updated_at = pointsman.now_ms()
  WHERE workspace_id = OLD.workspace_id AND id = OLD.id
  RETURNING * INTO made;
  NEW.updated_at := made.updated_at;
  IF NEW.model_id IS DISTINCT FROM OLD.model_id THEN
    NEW.switch_id := pointsman.switch_conversation(made, OLD.model_id, NEW.model_id);
  END IF;
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.end_drill_of_route()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  UPDATE pointsman.drills SET end_cause = 'route-removed', changed_at = pointsman.now_ms(),
    ended_at = greatest(started_at, least(ends_at, pointsman.now_ms()))
  WHERE kind = OLD.kind AND name = OLD.name AND ended_at IS NULL;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.ensure_usage_partitions(months_ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET "TimeZone" TO 'UTC'
AS $function$
DECLARE
  first_day timestamptz;
  last_day timestamptz;
  partition_name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  FOR month_index IN 0..months_ahead LOOP
    first_day := date_trunc('month', now()) + make_interval(months => month_index);
    last_day := first_day + interval '1 month';
    partition_name := 'usage_records_' || to_char(first_day, 'YYYY_MM');
    CONTINUE WHEN to_regclass('pointsman.' || partition_name) IS NOT NULL;
    CONTINUE WHEN EXISTS (SELECT FROM pointsman.usage_records_default
                          WHERE received_at >= first_day AND received_at < last_day);
    EXECUTE format('CREATE TABLE pointsman.%I PARTITION OF pointsman.usage_records FOR VALUES FROM (%L) TO (%L)',
                   partition_name, first_day, last_day);
    EXECUTE format('ALTER TABLE pointsman.%I ENABLE ROW LEVEL SECURITY', partition_name);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.epoch_ms(instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN (round((EXTRACT(epoch FROM instant) * (1000)::numeric)))::bigint
;

CREATE OR REPLACE FUNCTION pointsman.erase_person(workspace text, person text, actor jsonb)
 RETURNS pointsman.erasures
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  erasure pointsman.erasures;
  own text[];
  asked text[];
  changed bigint;
  counts jsonb := '{}';
  by_person jsonb := jsonb_build_object('kind', 'user', 'id', person);
BEGIN
  erasure.id := gen_random_uuid()::text;
  erasure.workspace_id := workspace;
  erasure.seal := pointsman.seal_person(workspace, person);
  erasure.erased_at := pointsman.now_ms();
  erasure.actor_kind := actor ->> 'kind';
  erasure.actor_id := actor ->> 'id';
  -- Their own records: those whose scope is theirs, and those that they made.
  -- Texts from before there were seals have no approval, and keep what they say.
  own := ARRAY(
    SELECT switch.id FROM pointsman.switches AS switch
    WHERE canonical_text::jsonb ? 'approval' AND coalesce(switch.workspace_id, 'default') = workspace
      AND (switch.user_id = person OR (switch.actor_kind = 'user' AND switch.actor_id = person)));
  UPDATE pointsman.switches SET
    user_id = CASE WHEN user_id = person THEN erasure.seal ELSE user_id END,
    actor_id = CASE WHEN actor_kind = 'user' AND actor_id = person THEN erasure.seal ELSE actor_id END,
    reason = canonical_text::jsonb ->> 'reason',
    notification_message = canonical_text::jsonb ->> 'notificationMessage'
  WHERE id = ANY (own);
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('switches', changed);
  DELETE FROM pointsman.switch_salts WHERE switch_id = ANY (own);
  changed := 0;
  IF workspace = 'default' THEN
    UPDATE pointsman.switches SET approval = jsonb_set(approval, '{by}', to_jsonb(erasure.seal))
    WHERE approval ->> 'by' = person;
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;
  counts := counts || jsonb_build_object('approvals', changed);
  SELECT count(*) INTO changed FROM pointsman.switches AS switch
  WHERE coalesce(switch.workspace_id, 'default') = workspace
    AND (switch.user_id = person OR (switch.actor_kind = 'user' AND switch.actor_id = person));
  counts := counts || jsonb_build_object('kept', changed);
  asked := ARRAY(
    SELECT id FROM pointsman.usage_records
    WHERE workspace_id = workspace AND principal = 'user:' || person AND principal LIKE 'user:person:%');
  -- While their conversations still name them: a request may name the conversation alone.
  DELETE FROM pointsman.captured_exchanges AS captured WHERE workspace_id = workspace AND (user_id = person
    OR request_id = ANY (asked) OR EXISTS (
      SELECT FROM pointsman.conversations AS conversation WHERE conversation.workspace_id = workspace
        AND conversation.id = captured.conversation_id AND conversation.user_id = person));
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('captured', changed);
  UPDATE pointsman.conversations SET user_id = erasure.seal WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('conversations', changed);
  DELETE FROM pointsman.user_pins WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('pins', changed);
  UPDATE pointsman.usage_records SET
    user_id = erasure.seal,
    principal = CASE WHEN principal = 'user:' || person THEN 'user:' || erasure.seal ELSE principal END,
    record = record || jsonb_build_object('userId', erasure.seal)
      || CASE WHEN principal = 'user:' || person
           THEN jsonb_build_object('principal', 'user:' || erasure.seal) ELSE '{}' END
  WHERE workspace_id = workspace AND user_id = person;
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := counts || jsonb_build_object('messages', changed);
  UPDATE pointsman.usage_records SET
    principal = 'user:' || erasure.seal,
    record = record || jsonb_build_object('principal', 'user:' || erasure.seal)
  WHERE workspace_id = workspace AND principal = 'user:' || person AND principal LIKE 'user:person:%';
  GET DIAGNOSTICS changed = ROW_COUNT;
  counts := jsonb_set(counts, '{messages}', to_jsonb((counts ->> 'messages')::bigint + changed));
  UPDATE pointsman.usage_rollups SET name = erasure.seal
  WHERE workspace_id = workspace AND dimension = 'user' AND name = person;
  UPDATE pointsman.revisions SET actor_id = erasure.seal,
    reason = CASE WHEN position('; why: ' IN reason) > 0 THEN split_part(reason, '; why: ', 1) || '; why: ' || erasure.seal ELSE reason END
  WHERE actor_kind = 'user' AND actor_id = person;
  UPDATE pointsman.drills SET
    started_by = CASE WHEN started_by @> by_person THEN jsonb_set(started_by, '{id}', to_jsonb(erasure.seal)) ELSE started_by END,
    reason = CASE WHEN started_by @> by_person THEN erasure.seal ELSE reason END,
    ended_by = CASE WHEN ended_by @> by_person THEN jsonb_set(ended_by, '{id}', to_jsonb(erasure.seal)) ELSE ended_by END,
    end_reason = CASE WHEN ended_by @> by_person AND end_reason IS NOT NULL THEN erasure.seal ELSE end_reason END,
    changed_at = erasure.erased_at
  WHERE started_by @> by_person OR ended_by @> by_person;
  UPDATE pointsman.erasures SET actor_id = canonical_text::jsonb #>> '{actor,id}'
  WHERE workspace_id = workspace AND actor_kind = 'user' AND actor_id = person;
  erasure.counts := counts;
  erasure.canonical_text := pointsman.sealed_erasure(erasure);
  IF erasure.actor_kind = 'user' AND erasure.actor_id = person THEN
    erasure.actor_id := erasure.seal;
  END IF;
  DELETE FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  INSERT INTO pointsman.erasures SELECT erasure.*;
  RETURN erasure;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.estimate_saving(route_key text, from_id text, to_id text)
 RETURNS numeric
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  used record;
  old_price pointsman.current_prices;
  new_price pointsman.current_prices;
BEGIN
  SELECT * INTO old_price FROM pointsman.current_prices WHERE model_id = from_id;
  SELECT * INTO new_price FROM pointsman.current_prices WHERE model_id = to_id;
  SELECT coalesce(sum(input_tokens), 0) AS input, coalesce(sum(output_tokens), 0) AS output,
    coalesce(sum(cache_read_tokens), 0) AS cache_read, coalesce(sum(cache_write_5m_tokens), 0) AS cache_write_5m,
    coalesce(sum(cache_write_1h_tokens), 0) AS cache_write_1h
  INTO used
  FROM pointsman.usage_rollups
  WHERE dimension = 'route' AND name = estimate_saving.route_key AND hour > now() - interval '7 days';
  RETURN round((
    used.input * (old_price.input_pico_usd - new_price.input_pico_usd)
    + used.output * (old_price.output_pico_usd - new_price.output_pico_usd)
    -- A bucket that the route does not use needs no price.
    + CASE used.cache_read WHEN 0 THEN 0
        ELSE used.cache_read * (old_price.cache_read_pico_usd - new_price.cache_read_pico_usd) END
    + CASE used.cache_write_5m WHEN 0 THEN 0
        ELSE used.cache_write_5m * (old_price.cache_write_5m_pico_usd - new_price.cache_write_5m_pico_usd) END
    + CASE used.cache_write_1h WHEN 0 THEN 0
        ELSE used.cache_write_1h * (old_price.cache_write_1h_pico_usd - new_price.cache_write_1h_pico_usd) END
  ) / 7 / 1000000000000, 9);
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.family_fallback(id text, route pointsman.routes)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN (SELECT substitute.model_id FROM ((bedrock_models model JOIN pointsman.fallback_rules rule ON (((rule.family = model.family) AND ((rule.tier IS NULL) OR (rule.tier = model.tier))))) JOIN bedrock_models substitute ON (((substitute.family = rule.to_family) AND (substitute.tier = rule.to_tier) AND (substitute.purpose = 'chat'::text)))) WHERE ((model.model_id = family_fallback.id) AND (substitute.model_id <> family_fallback.id) AND (substitute.lifecycle_status = ANY (ARRAY['active'::text, 'preview'::text])) AND pointsman.can_serve(substitute.model_id, family_fallback.route)) ORDER BY (pointsman.is_past_end(substitute.lifecycle_status, substitute.ends_on)), (rule.tier IS NULL), substitute.generation DESC, substitute.priority, substitute.model_id LIMIT 1)
;

CREATE OR REPLACE FUNCTION pointsman.fold_usage_day(over_before timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET "TimeZone" TO 'UTC'
AS $function$
DECLARE
  chosen timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(70707074);
  SELECT each.day INTO chosen
  FROM (SELECT date_trunc('day', min(hour)) AS first FROM pointsman.usage_rollups) AS known,
    generate_series(known.first, over_before - interval '1 day', interval '1 day') AS each (day)
  WHERE NOT EXISTS (SELECT FROM pointsman.usage_folded_days AS done WHERE done.day = each.day)
  ORDER BY each.day DESC LIMIT 1;
  IF chosen IS NULL THEN
    RETURN NULL;
  END IF;
  DELETE FROM pointsman.usage_daily WHERE day = chosen;
  INSERT INTO pointsman.usage_daily (day, workspace_id, dimension, name, route, requests, errors, refused, fallbacks,
    unpriced_requests, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
    cost_nano_usd, duration_buckets, first_content_buckets, overhead_buckets)
  SELECT chosen, workspace_id, dimension, name, route, sum(requests), sum(errors),
    CASE WHEN bool_and(refused IS NOT NULL) THEN sum(refused) END, sum(fallbacks), sum(unpriced_requests),
    sum(input_tokens), sum(cache_read_tokens), sum(cache_write_5m_tokens), sum(cache_write_1h_tokens),
    sum(output_tokens), sum(cost_nano_usd), pointsman.sum_buckets(duration_buckets),
    pointsman.sum_buckets(first_content_buckets), nullif(pointsman.sum_buckets(overhead_buckets), '{}')
  FROM pointsman.usage_rollups
  WHERE hour >= chosen AND hour < chosen + interval '1 day'
  GROUP BY workspace_id, dimension, name, route
  ORDER BY dimension, workspace_id, name, route;
  INSERT INTO pointsman.usage_folded_days (day) VALUES (chosen);
  RETURN chosen;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.forget_usage_day()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(70707074);
  DELETE FROM pointsman.usage_daily
  WHERE dimension = OLD.dimension AND workspace_id = OLD.workspace_id AND name = OLD.name
    AND day = date_trunc('day', OLD.hour, 'UTC');
  DELETE FROM pointsman.usage_folded_days WHERE day = date_trunc('day', OLD.hour, 'UTC');
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.is_keeping()
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN (EXISTS (SELECT FROM pointsman.unsettled_edits WHERE ((unsettled_edits.transaction_id = pg_current_xact_id()) AND unsettled_edits.keeping)))
;

CREATE OR REPLACE FUNCTION pointsman.is_own_name(wanted text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN ((EXISTS (SELECT FROM bedrock_models WHERE (bedrock_models.model_id = is_own_name.wanted))) OR (EXISTS (SELECT FROM pointsman.routes_named(ARRAY[is_own_name.wanted]) routes_named(kind, name, target_model_id, strategy, objective, fallbacks, residency, lifecycle_rule, auto_switch, capture, switch_id, revision))) OR (EXISTS (SELECT FROM pointsman.routes WHERE ((routes.kind = ANY (ARRAY['use-case'::text, 'agent'::text])) AND (routes.name = is_own_name.wanted)))) OR ((wanted ~~ 'role/%'::text) AND (EXISTS (SELECT FROM pointsman.roles WHERE (roles.name = substr(is_own_name.wanted, 6))))))
;

CREATE OR REPLACE FUNCTION pointsman.is_past_end(status text, ends_on date)
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN ((status = 'eol'::text) OR COALESCE((ends_on <= ((now() AT TIME ZONE 'UTC'::text))::date), false))
;

CREATE OR REPLACE FUNCTION pointsman.is_plain_list(list text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN ((list IS NULL) OR (cardinality(list) = 0)) THEN true WHEN ((array_ndims(list) > 1) OR (array_lower(list, 1) <> 1)) THEN false ELSE (array_position(list, NULL::text) IS NULL) END
;

CREATE OR REPLACE FUNCTION pointsman.is_rate(value jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN CASE jsonb_typeof(value) WHEN 'null'::text THEN true WHEN 'number'::text THEN (((((value #>> '{}'::text[]))::numeric >= (0)::numeric) AND (((value #>> '{}'::text[]))::numeric <= ('9007199254740991'::bigint)::numeric)) AND (((value #>> '{}'::text[]))::numeric = trunc(((value #>> '{}'::text[]))::numeric))) ELSE false END
;

CREATE OR REPLACE FUNCTION pointsman.jwt_subject()
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN NULLIF(((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json ->> 'sub'::text), ''::text)
;

CREATE OR REPLACE FUNCTION pointsman.keep_after_edit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.keep_model_columns();
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.keep_columns_of(ids text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  changed bigint;
BEGIN
  IF coalesce(cardinality(ids), 0) = 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO pointsman.unsettled_edits (transaction_id, keeping) VALUES (pg_current_xact_id(), true)
  ON CONFLICT (transaction_id) DO UPDATE SET keeping = true;
  UPDATE public.bedrock_models AS model
  SET use_case = kept.use_case, is_default = kept.is_default,
      input_cost_per_mtok = kept.input_cost_per_mtok, output_cost_per_mtok = kept.output_cost_per_mtok
  FROM pointsman.kept_model_columns AS kept
  WHERE kept.model_id = ANY (ids) AND kept.model_id = model.model_id
    AND (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
      IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok);
  GET DIAGNOSTICS changed = ROW_COUNT;
  UPDATE pointsman.unsettled_edits SET keeping = false WHERE transaction_id = pg_current_xact_id();
  RETURN changed;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.keep_default()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.keep_columns_of(array_remove(ARRAY[OLD.target_model_id, NEW.target_model_id], NULL));
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.keep_listed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  lists text[];
  left_them text[] := '{}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    lists := ARRAY(SELECT DISTINCT name FROM rows_after WHERE kind = 'use-case');
  ELSIF TG_OP = 'DELETE' THEN
    lists := ARRAY(SELECT DISTINCT name FROM rows_before WHERE kind = 'use-case');
    left_them := ARRAY(SELECT DISTINCT model_id FROM rows_before WHERE kind = 'use-case');
  ELSE
    lists := ARRAY(SELECT name FROM rows_after WHERE kind = 'use-case'
      UNION SELECT name FROM rows_before WHERE kind = 'use-case');
    left_them := ARRAY(SELECT DISTINCT model_id FROM rows_before WHERE kind = 'use-case');
  END IF;
  PERFORM pointsman.keep_columns_of(left_them || ARRAY(
    SELECT DISTINCT model_id FROM pointsman.route_candidates WHERE kind = 'use-case' AND name = ANY (lists)));
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.keep_model_columns()
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  RETURN pointsman.keep_columns_of(ARRAY(
    SELECT kept.model_id FROM pointsman.kept_model_columns AS kept
    JOIN public.bedrock_models AS model ON model.model_id = kept.model_id
    WHERE (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
      IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok)));
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.keep_priced()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.keep_columns_of(ARRAY(SELECT DISTINCT model_id FROM rows_after));
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE PROCEDURE pointsman.keep_revisions_of(IN registry_table regclass)
 LANGUAGE plpgsql
 SET search_path TO ''
AS $procedure$
BEGIN
  EXECUTE format('CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit()', registry_table);
  EXECUTE format('CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate()', registry_table);
  EXECUTE format('CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision()', registry_table);
  EXECUTE format('CREATE TRIGGER y_revise_after_delete AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete()', registry_table);
END
$procedure$
;

CREATE OR REPLACE FUNCTION pointsman.lease_limits(who text, lives_ms integer, asks jsonb)
 RETURNS TABLE(place integer, granted bigint, others bigint)
 LANGUAGE plpgsql
AS $function$
DECLARE
  ask record;
  elsewhere bigint;
  unknown_spend bigint;
  given bigint;
BEGIN
  INSERT INTO pointsman.limit_holders AS known (holder, alive_until)
  VALUES (who, clock_timestamp() + lives_ms * interval '1 millisecond')
  ON CONFLICT (holder) DO UPDATE SET alive_until = excluded.alive_until;
  -- One order for all, so that no two hosts wait for each other.
  FOR ask IN
    SELECT DISTINCT hashtext(one.budget) AS slot FROM jsonb_to_recordset(asks) AS one (budget text) ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(hashtext('pointsman.limit_counts'), ask.slot);
  END LOOP;
  FOR ask IN
    SELECT one.*, to_timestamp(one.window_ms / 1000.0) AS begins, to_timestamp(one.ends_ms / 1000.0) AS ends
    FROM jsonb_to_recordset(asks) AS one (place integer, budget text, kind text, window_ms bigint, ends_ms bigint,
      held bigint, settled bigint, wanted bigint, cap bigint, at_least bigint)
    ORDER BY one.place
  LOOP
    SELECT coalesce(sum(CASE
      WHEN holders.alive_until >= clock_timestamp() THEN counts.used
      WHEN counts.kind = 'concurrent' THEN 0
      ELSE counts.settled END), 0)
    INTO elsewhere
    FROM pointsman.limit_counts AS counts
    LEFT JOIN pointsman.limit_holders AS holders ON holders.holder = counts.holder
    WHERE counts.budget_id = ask.budget AND counts.kind = ask.kind AND counts.window_start = ask.begins
      AND counts.holder <> who;
    unknown_spend := ask.at_least - elsewhere - ask.settled;
    IF unknown_spend > 0 THEN
      INSERT INTO pointsman.limit_counts AS counts (budget_id, kind, window_start, holder, used, settled, expires_at)
      VALUES (ask.budget, ask.kind, ask.begins, '', unknown_spend, unknown_spend, ask.ends)
      ON CONFLICT (budget_id, kind, window_start, holder) DO UPDATE
        SET used = counts.used + excluded.used, settled = counts.settled + excluded.settled;
      elsewhere := elsewhere + unknown_spend;
    END IF;
    given := least(ask.wanted, greatest(0, ask.cap - elsewhere - ask.held));
    UPDATE pointsman.limit_counts AS counts
    SET used = ask.held + given, settled = ask.settled, expires_at = ask.ends
    WHERE counts.budget_id = ask.budget AND counts.kind = ask.kind AND counts.window_start = ask.begins
      AND counts.holder = who;
    IF NOT FOUND AND ask.held + given + ask.settled > 0 THEN
      INSERT INTO pointsman.limit_counts (budget_id, kind, window_start, holder, used, settled, expires_at)
      VALUES (ask.budget, ask.kind, ask.begins, who, ask.held + given, ask.settled, ask.ends);
    END IF;
    place := ask.place;
    granted := given;
    others := elsewhere;
    RETURN NEXT;
  END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.leave_models(leaving text[], kinds text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  UPDATE pointsman.routes AS route
  SET target_model_id = pointsman.next_target(route, route.target_model_id), switch_id = NULL
  WHERE route.target_model_id = ANY (leaving) AND route.kind = ANY (kinds)
    AND pointsman.next_target(route, route.target_model_id) IS NOT NULL
$function$
;

CREATE OR REPLACE FUNCTION pointsman.lock_before_edit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.lock_registry();
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.lock_registry()
 RETURNS void
 LANGUAGE sql
RETURN pg_advisory_xact_lock((70707070)::bigint)
;

CREATE OR REPLACE FUNCTION pointsman.mark_planned_price()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
BEGIN
  NEW.by_plan := coalesce(NEW.by_plan, NEW.effective_from > clock_timestamp() + interval '1 minute');
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.mark_use_case_written()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM set_config('pointsman.use_case_written', pg_current_xact_id()::text, true);
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.name_default(id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  UPDATE pointsman.unsettled_edits SET default_left = NULL WHERE default_left = id;
  UPDATE public.bedrock_models SET is_available = true WHERE model_id = id AND NOT is_available;
  UPDATE pointsman.routes SET target_model_id = id, switch_id = NULL
  WHERE kind = 'default' AND target_model_id <> id;
  INSERT INTO pointsman.routes (kind, name, target_model_id)
  SELECT 'default', 'default', id WHERE NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default');
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.name_of_model(id text)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN (SELECT bedrock_models.model_name FROM bedrock_models WHERE (bedrock_models.model_id = name_of_model.id))
;

CREATE OR REPLACE FUNCTION pointsman.new_salt()
 RETURNS bytea
 LANGUAGE sql
RETURN (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
;

CREATE OR REPLACE FUNCTION pointsman.next_revision()
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION pointsman.next_target(route pointsman.routes, leaving text)
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN CASE WHEN ((route).kind = 'default'::text) THEN (SELECT model.model_id FROM bedrock_models model WHERE ((model.model_id <> next_target.leaving) AND (model.purpose = 'chat'::text) AND (NOT pointsman.is_past_end(model.lifecycle_status, model.ends_on)) AND pointsman.can_serve(model.model_id, next_target.route)) ORDER BY model.priority, model.model_id LIMIT 1) ELSE (SELECT choice.model_id FROM ((SELECT candidate.model_id, 1 AS source, candidate.rank AS place FROM pointsman.route_candidates candidate WHERE ((candidate.kind = (next_target.route).kind) AND (candidate.name = (next_target.route).name)) UNION ALL SELECT own.model_id, 2, (own.place)::integer AS place FROM unnest((next_target.route).fallbacks) WITH ORDINALITY own(model_id, place) UNION ALL SELECT pointsman.family_fallback(next_target.leaving, next_target.route) AS family_fallback, 3, 1 WHERE ((next_target.route).fallbacks IS NULL)) choice JOIN bedrock_models model ON ((model.model_id = choice.model_id))) WHERE ((choice.model_id <> next_target.leaving) AND pointsman.can_serve(choice.model_id, next_target.route)) ORDER BY (pointsman.is_past_end(model.lifecycle_status, model.ends_on)), choice.source, choice.place LIMIT 1) END
;

CREATE OR REPLACE FUNCTION pointsman.normal_scope(scope jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN CASE (scope ->> 'kind'::text) WHEN 'conversation'::text THEN jsonb_build_object('kind', 'conversation', 'workspace', (scope ->> 'workspace'::text), 'id', (scope ->> 'id'::text), 'userId', (scope ->> 'userId'::text), 'useCase', (scope ->> 'useCase'::text)) WHEN 'user'::text THEN jsonb_build_object('kind', 'user', 'workspace', (scope ->> 'workspace'::text), 'id', (scope ->> 'id'::text)) WHEN 'global'::text THEN jsonb_build_object('kind', 'global') ELSE jsonb_build_object('kind', (scope ->> 'kind'::text), 'name', (scope ->> 'name'::text)) END
;

CREATE OR REPLACE FUNCTION pointsman.note_edit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  -- The kept columns say nothing of what can serve.
  IF NOT pointsman.is_keeping() THEN
    INSERT INTO pointsman.unsettled_edits AS noted (transaction_id, edited) VALUES (pg_current_xact_id(), true)
    ON CONFLICT (transaction_id) DO UPDATE SET edited = true WHERE NOT noted.edited;
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_fitness()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF pointsman.is_keeping() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' THEN
    INSERT INTO pointsman.fitness_edits (transaction_id, model_id, family, tier)
    SELECT pg_current_xact_id(), before.model_id, before.family, before.tier FROM rows_before AS before;
  ELSE
    INSERT INTO pointsman.fitness_edits (transaction_id, model_id, family, tier)
    SELECT pg_current_xact_id(), before.model_id, before.family, before.tier
    FROM rows_before AS before JOIN rows_after AS after ON after.model_id = before.model_id
    WHERE (before.is_available, before.lifecycle_status, before.purpose, before.kind, before.family, before.tier,
           before.source_regions, before.destination_regions)
      IS DISTINCT FROM (after.is_available, after.lifecycle_status, after.purpose, after.kind, after.family, after.tier,
           after.source_regions, after.destination_regions);
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_listed_names()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT DISTINCT pointsman.route_key(kind, name) FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT DISTINCT pointsman.route_key(kind, name) FROM rows_after));
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_models_off()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM pointsman.note_names('off', ARRAY(
      SELECT after.model_id FROM rows_after AS after JOIN rows_before AS before ON before.model_id = after.model_id
      WHERE before.is_available AND NOT after.is_available));
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_names(kind text, names text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  INSERT INTO pointsman.unchecked_names (kind, names) SELECT kind, names WHERE cardinality(names) > 0
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_own_names()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(
      SELECT TG_ARGV[1] || name FROM rows_before EXCEPT SELECT TG_ARGV[1] || name FROM rows_after));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(SELECT TG_ARGV[1] || name FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names(TG_ARGV[0], ARRAY(SELECT name FROM rows_after));
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_priced_names()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.note_names('prices', ARRAY(SELECT DISTINCT model_id FROM rows_after));
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_removal()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  gone jsonb := to_jsonb(OLD);
BEGIN
  INSERT INTO pointsman.removed_entries (revision, kind, name)
  SELECT pointsman.next_revision(), TG_ARGV[0], array_agg(gone ->> given.col ORDER BY given.place)
  FROM unnest(TG_ARGV[1:]) WITH ORDINALITY AS given (col, place);
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_route_names()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(
      SELECT pointsman.route_key(kind, name) FROM rows_before EXCEPT SELECT pointsman.route_key(kind, name) FROM rows_after));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pointsman.note_names('gone', ARRAY(SELECT pointsman.route_key(kind, name) FROM rows_before));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pointsman.note_names('lists', ARRAY(SELECT pointsman.route_key(kind, name) FROM rows_after));
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.note_rules_edit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  INSERT INTO pointsman.unsettled_edits AS noted (transaction_id, edited, rules_edited)
  VALUES (pg_current_xact_id(), true, true)
  ON CONFLICT (transaction_id) DO UPDATE SET edited = true, rules_edited = true;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.now_ms()
 RETURNS timestamp with time zone
 LANGUAGE sql
RETURN date_trunc('milliseconds'::text, clock_timestamp())
;

CREATE OR REPLACE FUNCTION pointsman.place_first(id text, wanted_use_case text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM pointsman.routes WHERE kind = 'use-case' AND name = wanted_use_case) THEN
    RAISE EXCEPTION 'use case "%" does not exist', wanted_use_case
      USING ERRCODE = 'check_violation', CONSTRAINT = 'use_case_exists', HINT = 'Use cases: ' || coalesce(
        (SELECT string_agg(name, ', ' ORDER BY name) FROM pointsman.routes WHERE kind = 'use-case'), 'none yet');
  END IF;
  -- It stands first already and reads so: nothing to change.
  IF EXISTS (SELECT FROM pointsman.kept_model_columns WHERE model_id = id AND use_case = wanted_use_case)
    AND id = (SELECT model_id FROM pointsman.route_candidates
              WHERE kind = 'use-case' AND name = wanted_use_case ORDER BY rank LIMIT 1) THEN
    RETURN;
  END IF;
  UPDATE pointsman.route_candidates SET rank = rank + 1
  WHERE kind = 'use-case' AND name = wanted_use_case AND model_id <> id
    AND rank < coalesce((SELECT rank FROM pointsman.route_candidates
                         WHERE kind = 'use-case' AND name = wanted_use_case AND model_id = id), 2147483647);
  UPDATE pointsman.route_candidates SET rank = 1, placed_revision = pointsman.next_revision()
  WHERE kind = 'use-case' AND name = wanted_use_case AND model_id = id;
  IF NOT FOUND THEN
    INSERT INTO pointsman.route_candidates (kind, name, model_id, rank, placed_revision)
    VALUES ('use-case', wanted_use_case, id, 1, pointsman.next_revision());
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.prune_usage_records(before timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET "TimeZone" TO 'UTC'
AS $function$
DECLARE
  partition_name text;
  part_count bigint;
  removed bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(70707071);
  FOR partition_name IN
    SELECT class.relname FROM pg_catalog.pg_inherits AS tree
    JOIN pg_catalog.pg_class AS class ON class.oid = tree.inhrelid
    WHERE tree.inhparent = 'pointsman.usage_records'::regclass AND class.relname ~ '_\d{4}_\d{2}$'
      AND to_timestamp(right(class.relname, 7), 'YYYY_MM') + interval '1 month' <= before
  LOOP
    EXECUTE format('SELECT count(*) FROM pointsman.%I', partition_name) INTO part_count;
    EXECUTE format('DROP TABLE pointsman.%I', partition_name);
    removed := removed + part_count;
  END LOOP;
  DELETE FROM pointsman.usage_records WHERE received_at < before;
  GET DIAGNOSTICS part_count = ROW_COUNT;
  RETURN removed + part_count;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.prune_usage_rows(before timestamp with time zone, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  removed integer;
BEGIN
  DELETE FROM pointsman.usage_records AS record
  USING (SELECT id, received_at FROM pointsman.usage_records WHERE received_at < before
         ORDER BY received_at LIMIT most) AS old
  WHERE record.id = old.id AND record.received_at = old.received_at;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.record_direct_switch(scope jsonb, from_id text, to_id text, saving numeric)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  actor jsonb := pointsman.current_actor();
  subject text := coalesce(
    (SELECT sent_by FROM pointsman.unsettled_edits WHERE transaction_id = pg_current_xact_id()), pointsman.jwt_subject());
  why text := coalesce(nullif(current_setting('pointsman.reason', true), ''), 'Changed in SQL');
BEGIN
  PERFORM pointsman.check_lengths('this transaction', ARRAY['pointsman.reason'], ARRAY[length(why)], ARRAY[2000]);
  RETURN (pointsman.record_switch(jsonb_build_object(
    'actor', actor,
    'action', 'manual_switch',
    'type', 'manual',
    'scope', scope,
    'from', from_id,
    'to', to_id,
    'reason', why,
    'evidence', jsonb_build_object('door', 'sql')
      || CASE WHEN subject IS NULL THEN '{}' ELSE jsonb_build_object('subject', subject) END,
    'notificationTitle', 'Switching AI Model',
    'notificationMessage', format('Switched from %s to %s (%s)', coalesce(pointsman.name_of_model(from_id), from_id, 'no model'),
      coalesce(pointsman.name_of_model(to_id), to_id, 'the default'), why),
    'costImpactUsd', saving))).id;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.record_switch(draft jsonb)
 RETURNS pointsman.switches
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION pointsman.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: its rows are never changed or removed', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation',
          HINT = 'What was recorded stays. Add a new row that says what holds from now on.';
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.refuse_delete_of_used_model()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  users text;
BEGIN
  SELECT string_agg(name, ', ' ORDER BY name) INTO users FROM (
    SELECT pointsman.route_key(kind, name) AS name FROM pointsman.routes
    WHERE target_model_id = OLD.model_id OR OLD.model_id = ANY (fallbacks)
    UNION SELECT pointsman.route_key(kind, name) FROM pointsman.route_candidates WHERE model_id = OLD.model_id
    UNION SELECT 'alias ' || name FROM pointsman.aliases WHERE target = OLD.model_id
  ) AS place;
  IF users IS NOT NULL THEN
    RAISE EXCEPTION 'model % cannot be removed: it is used by %', OLD.model_id, users
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_in_use',
            HINT = 'Take it out of these first, or disable it; in SQL: UPDATE bedrock_models SET is_available = false WHERE model_id = ….';
  END IF;
  IF EXISTS (SELECT FROM pointsman.prices WHERE model_id = OLD.model_id) THEN
    RAISE EXCEPTION 'model % cannot be removed from bedrock_models: usage was charged by its prices, which stay', OLD.model_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'model_in_use',
            HINT = 'Disable it; in SQL: UPDATE bedrock_models SET is_available = false WHERE model_id = ….';
  END IF;
  RETURN OLD;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.refuse_early_judgement()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
BEGIN
  IF pg_trigger_depth() > 2 THEN
    RAISE EXCEPTION 'the registry cannot be edited under SET CONSTRAINTS … IMMEDIATE: an edit is judged whole, at the end'
      USING ERRCODE = 'feature_not_supported', HINT = 'Leave that statement out, or say SET CONSTRAINTS ALL DEFERRED before the edit.';
  END IF;
  RETURN OLD;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.refuse_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of %.% is refused: it would pass by the rules that hold the registry together',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', HINT = 'Use DELETE with a WHERE clause.';
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.remember_target()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT pointsman.through_api() THEN
    INSERT INTO pointsman.route_edits (transaction_id, kind, name, target_before)
    VALUES (pg_current_xact_id(), coalesce(OLD.kind, NEW.kind), coalesce(OLD.name, NEW.name), OLD.target_model_id)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.require_day(place text, col text, shown text, inside boolean)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT inside THEN
    RAISE EXCEPTION '% of % is %, and a day is one of the years 1 to 9999', col, place, shown
      USING ERRCODE = 'check_violation', CONSTRAINT = 'day_of_the_calendar',
            HINT = 'Write a day such as ''2026-07-30'', or NULL where there is none.';
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.require_instant(place text, col text, instant timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 IMMUTABLE
RETURN pointsman.require_day(place, col, (instant)::text, ((instant >= '0001-01-01 00:00:00+00'::timestamp with time zone) AND (instant < '10000-01-01 00:00:00+00'::timestamp with time zone)))
;

CREATE OR REPLACE FUNCTION pointsman.require_list(place text, col text, list text[])
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
BEGIN
  IF NOT pointsman.is_plain_list(list) THEN
    RAISE EXCEPTION '% of % is no plain list: %', col, place, list
      USING ERRCODE = 'check_violation', CONSTRAINT = 'plain_list',
            HINT = 'Write it as ARRAY[''one'', ''two''], without NULL and without lists within.';
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.require_rates(place text, rates jsonb)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  bad text;
BEGIN
  SELECT rate INTO bad
  FROM unnest(ARRAY['inputPicoUsd', 'outputPicoUsd', 'cacheReadPicoUsd', 'cacheWrite5mPicoUsd', 'cacheWrite1hPicoUsd'])
    WITH ORDINALITY AS named (rate, place)
  WHERE NOT coalesce(pointsman.is_rate(rates -> rate), false) ORDER BY named.place LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% of % is %', bad, place, coalesce(rates ->> bad, CASE WHEN rates ? bad THEN 'null' ELSE 'absent' END)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'price_is_countable',
            HINT = 'A rate is a whole number of pico-dollars a token from 0 to 9007199254740991 (US-$ 1 per million tokens is 1000000), or null where it is not known.';
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.require_tiers(place text, tiers jsonb)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
DECLARE
  tier jsonb;
  seen jsonb[] := '{}';
BEGIN
  FOR tier IN SELECT value FROM jsonb_array_elements(tiers) LOOP
    IF jsonb_typeof(tier) <> 'object' OR jsonb_typeof(tier -> 'inputTokensAbove') IS DISTINCT FROM 'number'
      OR NOT pointsman.is_rate(tier -> 'inputTokensAbove') OR tier -> 'inputTokensAbove' = '0'
      OR tier -> 'inputTokensAbove' = ANY (seen) THEN
      RAISE EXCEPTION 'a tier of % is %', place, tier
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tier_is_one',
              HINT = 'A tier is an object with inputTokensAbove, a whole number above 0 that no other tier of the price has, and the five rates from there on.';
    END IF;
    seen := seen || (tier -> 'inputTokensAbove');
    PERFORM pointsman.require_rates('the tier above ' || (tier ->> 'inputTokensAbove') || ' of ' || place, tier);
  END LOOP;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.required_default()
 RETURNS pointsman.routes
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  fallback pointsman.routes;
BEGIN
  SELECT * INTO fallback FROM pointsman.routes WHERE kind = 'default';
  IF NOT FOUND AND EXISTS (SELECT FROM pointsman.routes) THEN
    RAISE EXCEPTION 'the registry would have no default route'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists',
            HINT = 'Set a default model; in SQL: UPDATE bedrock_models SET is_default = true WHERE model_id = ….';
  END IF;
  RETURN fallback;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.revise_after_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.next_revision();
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.revision_of_edit()
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
RETURN (SELECT unsettled_edits.revision FROM pointsman.unsettled_edits WHERE (unsettled_edits.transaction_id = pg_current_xact_id_if_assigned()))
;

CREATE OR REPLACE FUNCTION pointsman.route_key(kind text, name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
RETURN CASE kind WHEN 'default'::text THEN 'default'::text ELSE ((kind || '/'::text) || name) END
;

CREATE OR REPLACE FUNCTION pointsman.routes_named(keys text[])
 RETURNS SETOF pointsman.routes
 LANGUAGE sql
 STABLE
AS $function$
  SELECT route.*
  FROM (SELECT DISTINCT key FROM unnest(keys) AS key) AS named
  JOIN pointsman.routes AS route
    ON route.kind = split_part(named.key, '/', 1)
    AND route.name = substr(named.key, strpos(named.key, '/') + 1)
    AND (route.kind = 'default') = (named.key = 'default')
$function$
;

CREATE OR REPLACE FUNCTION pointsman.run_statement(statement text, kind text, row_limit integer, byte_limit bigint, OUT columns text[], OUT cells text[], OUT row_count bigint, OUT cut boolean)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
AS $function$
DECLARE
  found record;
  names text[];
  line text;
  bytes bigint := 0;
BEGIN
  cells := '{}';
  row_count := 0;
  cut := false;
  IF kind = 'changes' THEN
    EXECUTE statement;
    GET DIAGNOSTICS row_count = ROW_COUNT;
    RETURN;
  END IF;
  FOR found IN EXECUTE statement LOOP
    cut := cut OR cardinality(cells) >= row_limit OR bytes >= byte_limit;
    -- What a statement changes, it has changed by now: those rows are counted to the end.
    EXIT WHEN cut AND kind = 'reads';
    row_count := row_count + 1;
    CONTINUE WHEN cut;
    SELECT array_agg(field.key), coalesce(json_agg(field.value)::text, '[]') INTO names, line
    FROM json_each(row_to_json(found)) AS field;
    columns := coalesce(columns, names);
    cells := cells || line;
    bytes := bytes + octet_length(line);
  END LOOP;
  IF row_count = 0 AND kind = 'reads' THEN
    -- Nothing to read the names from: a row of nulls, for which the statement is not run again.
    FOR found IN EXECUTE 'SELECT result.* FROM (SELECT) AS one LEFT JOIN (' || statement || E'\n) AS result ON false' LOOP
      columns := ARRAY(SELECT field.key FROM json_each(row_to_json(found)) AS field);
    END LOOP;
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.seal(salt bytea, value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN ('sealed:'::text || encode(sha256((salt || convert_to(value, 'UTF8'::name))), 'hex'::text))
;

CREATE OR REPLACE FUNCTION pointsman.seal_person(workspace text, person text)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
DECLARE
  kept bytea;
BEGIN
  IF coalesce(person, '') = '' THEN
    RETURN person;
  END IF;
  INSERT INTO pointsman.people (workspace_id, name, salt) VALUES (workspace, person, pointsman.new_salt())
  ON CONFLICT DO NOTHING;
  SELECT salt INTO STRICT kept FROM pointsman.people WHERE workspace_id = workspace AND name = person;
  RETURN pointsman.seal(kept, person);
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.sealed_erasure(erasure pointsman.erasures)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
BEGIN
  RETURN pointsman.canonical_json(jsonb_build_object(
    'kind', 'erasure',
    'id', erasure.id,
    'workspace', erasure.workspace_id,
    'seal', erasure.seal,
    'erasedAtMs', pointsman.epoch_ms(erasure.erased_at),
    'actor', jsonb_build_object('kind', erasure.actor_kind, 'id', CASE erasure.actor_kind
      WHEN 'user' THEN pointsman.seal_person(erasure.workspace_id, erasure.actor_id) ELSE erasure.actor_id END),
    'counts', erasure.counts));
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.sealed_switch(recorded pointsman.switches, scope jsonb, text_salt bytea)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
DECLARE
  workspace text := coalesce(recorded.workspace_id, 'default');
  sealed_scope jsonb := CASE scope ->> 'kind'
    WHEN 'user' THEN jsonb_set(scope, '{id}', to_jsonb(pointsman.seal_person(workspace, scope ->> 'id')))
    WHEN 'conversation' THEN scope || jsonb_build_object('userId', pointsman.seal_person(workspace, scope ->> 'userId'))
    ELSE scope
  END;
BEGIN
  IF recorded.actor_kind = 'user' THEN
    recorded.actor_id := pointsman.seal_person(workspace, recorded.actor_id);
  END IF;
  IF recorded.approval IS NOT NULL THEN
    recorded.approval := jsonb_set(recorded.approval, '{by}',
      to_jsonb(pointsman.seal_person('default', recorded.approval ->> 'by')));
  END IF;
  recorded.reason := pointsman.seal(text_salt, recorded.reason);
  recorded.notification_message := pointsman.seal(text_salt, recorded.notification_message);
  RETURN pointsman.canonical_switch(recorded, sealed_scope);
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.server_region()
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN COALESCE((SELECT (settings.value #>> '{}'::text[]) FROM pointsman.settings WHERE (settings.key = 'region'::text)), 'eu-central-1'::text)
;

CREATE OR REPLACE FUNCTION pointsman.settle_edit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  noted pointsman.unsettled_edits;
  edit record;
  new_switch_id text;
BEGIN
  SELECT * INTO noted FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  PERFORM pointsman.check_edits();
  IF EXISTS (SELECT FROM pointsman.routes WHERE kind = 'default' AND target_model_id = noted.default_left) THEN
    RAISE EXCEPTION 'the default was taken away from %, and no other enabled model can take it over', noted.default_left
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_exists', DETAIL = '["default"]',
            HINT = 'Enable another model and make it the default; in SQL, in the same transaction: UPDATE bedrock_models SET is_available = true, is_default = true WHERE model_id = ….';
  END IF;
  FOR edit IN
    WITH moved AS (
      DELETE FROM pointsman.route_edits WHERE transaction_id = NEW.transaction_id RETURNING *
    )
    SELECT moved.kind, moved.name,
      -- A route without a target had the default's of that time.
      CASE WHEN moved.target_before IS NOT NULL OR moved.kind = 'default' THEN moved.target_before
        WHEN moved_default.kind IS NOT NULL THEN moved_default.target_before
        ELSE fallback.target_model_id END AS from_id,
      coalesce(route.target_model_id, fallback.target_model_id) AS to_id
    FROM moved
    LEFT JOIN moved AS moved_default ON moved_default.kind = 'default'
    LEFT JOIN pointsman.routes AS route ON route.kind = moved.kind AND route.name = moved.name
    LEFT JOIN pointsman.routes AS fallback ON fallback.kind = 'default'
    WHERE moved.target_before IS DISTINCT FROM route.target_model_id
    ORDER BY moved.kind <> 'default', moved.kind, moved.name
  LOOP
    new_switch_id := pointsman.record_direct_switch(
      CASE edit.kind WHEN 'default' THEN '{"kind": "global"}' ELSE jsonb_build_object('kind', edit.kind, 'name', edit.name) END,
      edit.from_id, edit.to_id,
      pointsman.estimate_saving(pointsman.route_key(edit.kind, edit.name), edit.from_id, edit.to_id));
    UPDATE pointsman.routes SET switch_id = new_switch_id WHERE kind = edit.kind AND name = edit.name;
  END LOOP;
  DELETE FROM pointsman.fitness_edits WHERE transaction_id = NEW.transaction_id;
  -- Last: the switches above belong to the revision that stands in it.
  DELETE FROM pointsman.unsettled_edits WHERE transaction_id = NEW.transaction_id;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.stamp_model()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  plain public.bedrock_models;
BEGIN
  NEW.upstream_id := coalesce(NEW.upstream_id, NEW.model_id);
  IF TG_OP = 'UPDATE' THEN
    IF NEW.model_id <> OLD.model_id THEN
      RAISE EXCEPTION 'model % cannot be renamed: switches and usage name it', OLD.model_id
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Add a model with the new id, or an alias.';
    END IF;
    -- The kept columns follow from tables that carry revisions of their own.
    plain := NEW;
    plain.revision := OLD.revision;
    plain.use_case := OLD.use_case;
    plain.is_default := OLD.is_default;
    plain.input_cost_per_mtok := OLD.input_cost_per_mtok;
    plain.output_cost_per_mtok := OLD.output_cost_per_mtok;
    NEW.revision := OLD.revision;
    IF plain IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
  END IF;
  NEW.revision := pointsman.next_revision();
  RETURN NEW;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.stamp_revision()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION pointsman.stamp_route_of_candidate()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE pointsman.routes SET revision = pointsman.next_revision()
    WHERE kind = OLD.kind AND name = OLD.name AND revision <> pointsman.next_revision();
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE pointsman.routes SET revision = pointsman.next_revision()
    WHERE kind = NEW.kind AND name = NEW.name AND revision <> pointsman.next_revision();
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.stamp_route_of_drill()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  UPDATE pointsman.routes SET revision = pointsman.next_revision()
  WHERE kind = NEW.kind AND name = NEW.name AND revision <> pointsman.next_revision();
  RETURN NULL;
END
$function$
;

CREATE AGGREGATE pointsman.sum_buckets(bigint[]) (SFUNC = pointsman.add_buckets, STYPE = bigint[], INITCOND = '{}');

CREATE OR REPLACE FUNCTION pointsman.supersede_switches(latest pointsman.switches)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
DECLARE
  earlier text[];
  since bigint;
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
      SELECT switch.revision_number INTO since FROM pointsman.switches AS switch
      JOIN pointsman.switch_states AS state ON state.switch_id = switch.id AND state.state = 'superseded'
      WHERE switch.scope_kind = 'global' AND switch.revision_number IS NOT NULL
      ORDER BY switch.revision_number DESC LIMIT 1;
      earlier := ARRAY(
        SELECT id FROM pointsman.switches WHERE scope_kind = 'global' AND revision_number >= coalesce(since, 0));
    ELSE
      SELECT switch.revision_number INTO since FROM pointsman.switches AS switch
      JOIN pointsman.switch_states AS state ON state.switch_id = switch.id AND state.state = 'superseded'
      WHERE switch.scope_kind = latest.scope_kind AND switch.scope_kind NOT IN ('conversation', 'user')
        AND switch.scope_name = latest.scope_name AND switch.revision_number IS NOT NULL
      ORDER BY switch.revision_number DESC LIMIT 1;
      earlier := ARRAY(
        SELECT id FROM pointsman.switches
        WHERE scope_kind = latest.scope_kind AND scope_kind NOT IN ('conversation', 'user')
          AND scope_name = latest.scope_name AND revision_number >= coalesce(since, 0));
  END CASE;
  UPDATE pointsman.switch_states SET state = 'superseded', changed_at = latest.recorded_at
  WHERE switch_id = ANY (earlier) AND switch_id <> latest.id
    AND state IN ('recorded', 'published', 'rejected', 'active');
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.switch_conversation(conversation pointsman.conversations, from_id text, to_id text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  new_switch_id text;
  pinned_use_case text := coalesce(conversation.use_case, '*');
BEGIN
  IF to_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.bedrock_models WHERE model_id = to_id) THEN
    RAISE EXCEPTION 'Model not found: %', to_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_exists',
            HINT = 'SELECT model_id FROM bedrock_models lists the ids.';
  END IF;
  IF EXISTS (SELECT FROM public.bedrock_models WHERE model_id = to_id AND purpose <> 'chat') THEN
    RAISE EXCEPTION '% is an embedding model', to_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'target_chats',
            HINT = 'SELECT model_id FROM bedrock_models WHERE purpose = ''chat'' lists those that a conversation may have.';
  END IF;
  new_switch_id := pointsman.record_direct_switch(
    jsonb_build_object('kind', 'conversation', 'workspace', conversation.workspace_id, 'id', conversation.id,
      'userId', conversation.user_id, 'useCase', conversation.use_case),
    from_id, to_id, NULL);
  IF to_id IS NULL THEN
    DELETE FROM pointsman.conversation_pins
    WHERE workspace_id = conversation.workspace_id AND conversation_id = conversation.id
      AND use_case IN (pinned_use_case, '*');
  ELSE
    INSERT INTO pointsman.conversation_pins (workspace_id, conversation_id, use_case, model_id, switch_id)
    VALUES (conversation.workspace_id, conversation.id, pinned_use_case, to_id, new_switch_id)
    ON CONFLICT (workspace_id, conversation_id, use_case) DO UPDATE
    SET model_id = excluded.model_id, switch_id = excluded.switch_id, request_id = NULL, pinned_at = excluded.pinned_at;
  END IF;
  RETURN new_switch_id;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.through_api()
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN ((COALESCE(current_setting('pointsman.actor'::text, true), ''::text) <> ''::text) AND (current_setting('role'::text) = 'none'::text) AND pg_has_role(SESSION_USER, (SELECT pg_namespace.nspowner FROM pg_namespace WHERE (pg_namespace.nspname = 'pointsman'::name)), 'MEMBER'::text))
;

CREATE OR REPLACE FUNCTION pointsman.touched_routes(present_revision bigint, fallback pointsman.routes)
 RETURNS SETOF pointsman.routes
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  models text[] := ARRAY(
    SELECT DISTINCT model_id FROM pointsman.fitness_edits WHERE transaction_id = pg_current_xact_id());
  families text[] := ARRAY(
    SELECT DISTINCT rule.family FROM pointsman.fallback_rules AS rule JOIN (
      SELECT family, tier FROM pointsman.fitness_edits WHERE transaction_id = pg_current_xact_id()
      UNION SELECT family, tier FROM public.bedrock_models WHERE model_id = ANY (models)
    ) AS touched ON touched.family = rule.to_family AND touched.tier = rule.to_tier);
BEGIN
  RETURN QUERY SELECT * FROM pointsman.routes WHERE revision = present_revision;
  IF fallback.revision = present_revision OR fallback.target_model_id = ANY (models) OR cardinality(families) > 0 THEN
    RETURN QUERY SELECT * FROM pointsman.routes
    WHERE target_model_id IS NULL AND (residency IS NOT NULL OR lifecycle_rule = 'block');
  END IF;
  IF cardinality(models) > 0 THEN
    RETURN QUERY SELECT * FROM pointsman.routes WHERE target_model_id = ANY (models)
    UNION ALL SELECT * FROM pointsman.routes WHERE fallbacks && models
    UNION ALL SELECT route.* FROM pointsman.route_candidates AS candidate JOIN pointsman.routes AS route USING (kind, name)
      WHERE candidate.model_id = ANY (models);
  END IF;
  -- A route leans on its target's family only where the target itself cannot serve.
  IF cardinality(families) > 0 THEN
    RETURN QUERY SELECT route.* FROM public.bedrock_models AS model
    JOIN pointsman.routes AS route ON route.target_model_id = model.model_id
    WHERE model.family = ANY (families) AND route.fallbacks IS NULL
      AND (NOT model.is_available OR model.lifecycle_status = 'eol' OR model.purpose <> 'chat' OR route.residency IS NOT NULL);
  END IF;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.translate_edits(edits pointsman.model_edit[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  named text[] := ARRAY(SELECT model_id FROM unnest(edits) WHERE default_named ORDER BY model_id);
  switched_off text[] := ARRAY(SELECT model_id FROM unnest(edits) AS edit WHERE edit.switched_off);
  taken text[] := ARRAY(SELECT model_id FROM unnest(edits) WHERE default_taken);
  edit pointsman.model_edit;
BEGIN
  IF cardinality(named) > 1 THEN
    RAISE EXCEPTION 'one model can be the default, and this statement names %: %',
      cardinality(named), array_to_string(named, ', ')
      USING ERRCODE = 'check_violation', CONSTRAINT = 'one_default', HINT = 'Name one with WHERE model_id = ….';
  END IF;
  IF named && switched_off THEN
    RAISE EXCEPTION '% cannot become the default and be switched off at once', named[1]
      USING ERRCODE = 'check_violation', CONSTRAINT = 'default_enabled',
            HINT = 'Set is_available = true, or name another default.';
  END IF;
  IF cardinality(named) = 1 THEN
    PERFORM pointsman.name_default(named[1]);
  END IF;
  PERFORM pointsman.leave_models(switched_off, ARRAY['default', 'use-case', 'agent']);
  PERFORM pointsman.leave_models(taken, ARRAY['default']);
  -- Nothing could take it over yet. A later statement of this transaction may still name another.
  UPDATE pointsman.unsettled_edits SET default_left = route.target_model_id
  FROM pointsman.routes AS route
  WHERE route.kind = 'default' AND route.target_model_id = ANY (taken) AND transaction_id = pg_current_xact_id();
  FOR edit IN SELECT * FROM unnest(edits) WHERE use_case_written ORDER BY priority DESC, model_id DESC LOOP
    IF edit.use_case IS NULL THEN
      DELETE FROM pointsman.route_candidates WHERE kind = 'use-case' AND model_id = edit.model_id;
    ELSE
      PERFORM pointsman.place_first(edit.model_id, edit.use_case);
    END IF;
  END LOOP;
  FOR edit IN SELECT * FROM unnest(edits) WHERE costs_written LOOP
    PERFORM pointsman.add_price(edit.model_id, edit.input_usd, edit.output_usd);
  END LOOP;
  -- Whatever was written into the kept columns, the truth stands in them again.
  PERFORM pointsman.keep_columns_of(ARRAY(SELECT model_id FROM unnest(edits)));
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.translate_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pointsman.translate_edits(ARRAY(
    SELECT ROW(after.model_id, after.priority, false, after.is_default, false, after.use_case IS NOT NULL, after.use_case,
      after.input_cost_per_mtok IS NOT NULL OR after.output_cost_per_mtok IS NOT NULL,
      after.input_cost_per_mtok, after.output_cost_per_mtok)::pointsman.model_edit
    FROM rows_after AS after));
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.translate_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
DECLARE
  marked boolean := current_setting('pointsman.use_case_written', true) = pg_current_xact_id()::text;
BEGIN
  IF NOT pointsman.is_keeping() THEN
    PERFORM set_config('pointsman.use_case_written', '', true);
    PERFORM pointsman.translate_edits(ARRAY(
      SELECT ROW(after.model_id, after.priority,
        before.is_available AND NOT after.is_available,
        after.is_default AND NOT before.is_default,
        before.is_default AND NOT after.is_default,
        coalesce(marked, false), after.use_case,
        (after.input_cost_per_mtok, after.output_cost_per_mtok)
          IS DISTINCT FROM (before.input_cost_per_mtok, before.output_cost_per_mtok),
        after.input_cost_per_mtok, after.output_cost_per_mtok)::pointsman.model_edit
      FROM rows_after AS after JOIN rows_before AS before ON before.model_id = after.model_id
      WHERE marked OR (after.is_available, after.is_default, after.use_case, after.input_cost_per_mtok, after.output_cost_per_mtok)
        IS DISTINCT FROM (before.is_available, before.is_default, before.use_case, before.input_cost_per_mtok,
                          before.output_cost_per_mtok)));
  END IF;
  RETURN NULL;
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.unfold_usage_days(days timestamp with time zone[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(70707074);
  DELETE FROM pointsman.usage_folded_days WHERE day = ANY (days);
END
$function$
;

CREATE OR REPLACE FUNCTION pointsman.wall_stands()
 RETURNS boolean
 LANGUAGE sql
 STABLE
RETURN (EXISTS (SELECT FROM pg_proc WHERE ((pg_proc.oid = (to_regprocedure('pointsman.run_statement(text, text, integer, bigint)'::text))::oid) AND pg_proc.prosecdef AND (pg_proc.proconfig IS NULL) AND (pg_proc.proowner = (to_regrole('service_role'::text))::oid))))
;

-- Views

CREATE VIEW ai_assistants WITH (security_invoker=true) AS
 SELECT route.name AS assistant_type,
    COALESCE(route.target_model_id, fallback.target_model_id) AS model_version,
    model.model_name,
    (route.target_model_id IS NULL) AS inherits_default,
    route.objective,
    route.auto_switch,
    route.lifecycle_rule,
    route.switch_id,
    route.revision
   FROM ((pointsman.routes route
     LEFT JOIN pointsman.routes fallback ON ((fallback.kind = 'default'::text)))
     LEFT JOIN bedrock_models model ON ((model.model_id = COALESCE(route.target_model_id, fallback.target_model_id))))
  WHERE (route.kind = 'use-case'::text);

CREATE VIEW ai_conversations WITH (security_invoker=true) AS
 SELECT conversation.id,
    conversation.workspace_id,
    conversation.user_id,
    conversation.use_case,
    COALESCE(own.model_id, every.model_id) AS model_id,
    COALESCE(own.switch_id, every.switch_id) AS switch_id,
    conversation.created_at,
    conversation.updated_at
   FROM ((pointsman.conversations conversation
     LEFT JOIN pointsman.conversation_pins own ON (((own.workspace_id = conversation.workspace_id) AND (own.conversation_id = conversation.id) AND (own.use_case = conversation.use_case))))
     LEFT JOIN pointsman.conversation_pins every ON (((every.workspace_id = conversation.workspace_id) AND (every.conversation_id = conversation.id) AND (every.use_case = '*'::text))));

CREATE VIEW ai_messages WITH (security_invoker=true) AS
 SELECT id AS request_id,
    conversation_id,
    user_id,
    model_id AS model_used,
    use_case,
    route,
    outcome,
    duration_ms AS response_time_ms,
    first_content_ms,
    input_tokens,
    cache_read_tokens,
    (COALESCE(cache_write_5m_tokens, cache_write_1h_tokens) +
        CASE
            WHEN (cache_write_5m_tokens IS NULL) THEN (0)::bigint
            ELSE COALESCE(cache_write_1h_tokens, (0)::bigint)
        END) AS cache_write_tokens,
    output_tokens,
    ((cost_nano_usd)::numeric / 1000000000.0) AS cost_usd,
    revision_number AS revision,
    switch_id,
    workspace_id,
    received_at AS created_at
   FROM pointsman.usage_records record
  WHERE ((model_id IS NOT NULL) AND ((record ->> 'operation'::text) IS DISTINCT FROM 'count-tokens'::text));

CREATE VIEW bedrock_model_switch_analytics WITH (security_invoker=true) AS
 SELECT new_model_id,
    date_trunc('hour'::text, "timestamp", 'UTC'::text) AS hour,
    switch_type,
    count(*) AS switches,
    count(*) FILTER (WHERE (switch_action = 'auto_switch'::text)) AS auto_switches,
    count(*) FILTER (WHERE (switch_action = 'manual_switch'::text)) AS manual_switches,
    count(*) FILTER (WHERE (switch_action = 'fallback_switch'::text)) AS fallback_switches,
    count(DISTINCT user_id) AS users,
    count(DISTINCT conversation_id) AS conversations,
    array_agg(DISTINCT reason) FILTER (WHERE (reason IS NOT NULL)) AS reasons
   FROM bedrock_model_switches
  GROUP BY new_model_id, (date_trunc('hour'::text, "timestamp", 'UTC'::text)), switch_type;

CREATE VIEW bedrock_model_switches WITH (security_invoker=true) AS
 SELECT switch.id,
    switch.user_id,
    switch.conversation_id,
    switch.previous_model_id,
    switch.new_model_id,
    switch.switch_action,
    switch.reason,
    (notice.switch_id IS NOT NULL) AS notification_shown,
    switch.notification_title,
    switch.notification_message,
    switch.switch_type,
    switch.recorded_at AS "timestamp",
    switch.cost_impact_usd AS cost_impact_estimated,
    switch.recorded_at AS created_at,
        CASE switch.scope_kind
            WHEN 'global'::text THEN 'global'::text
            WHEN 'conversation'::text THEN ('conversation/'::text || switch.conversation_id)
            WHEN 'user'::text THEN ('user/'::text || switch.user_id)
            ELSE ((switch.scope_kind || '/'::text) || switch.scope_name)
        END AS scope,
    ((switch.actor_kind || ':'::text) || switch.actor_id) AS actor,
    switch.revision_number AS revision,
    state.state,
    switch.reverts,
    switch.workspace_id
   FROM ((pointsman.switches switch
     JOIN pointsman.switch_states state ON ((state.switch_id = switch.id)))
     LEFT JOIN pointsman.switch_notices notice ON ((notice.switch_id = switch.id)))
  WHERE (switch.refusal_code IS NULL);

CREATE VIEW pointsman.current_prices AS
 SELECT DISTINCT ON (model_id) id,
    model_id,
    region,
    effective_from,
    by_plan,
    input_pico_usd,
    output_pico_usd,
    cache_read_pico_usd,
    cache_write_5m_pico_usd,
    cache_write_1h_pico_usd,
    tiers,
    source,
    source_date,
    revision,
    service_tiers
   FROM pointsman.prices price
  WHERE ((region = ANY (ARRAY[pointsman.server_region(), '*'::text])) AND (effective_from <= clock_timestamp()))
  ORDER BY model_id, (region = '*'::text), effective_from DESC;

CREATE VIEW pointsman.kept_model_columns AS
 SELECT model.model_id,
    best.name AS use_case,
    (fallback.target_model_id IS NOT NULL) AS is_default,
    trim_scale(((price.input_pico_usd)::numeric / 1000000.0)) AS input_cost_per_mtok,
    trim_scale(((price.output_pico_usd)::numeric / 1000000.0)) AS output_cost_per_mtok
   FROM (((bedrock_models model
     LEFT JOIN LATERAL ( SELECT candidate.name
           FROM pointsman.route_candidates candidate
          WHERE ((candidate.model_id = model.model_id) AND (candidate.kind = 'use-case'::text))
          ORDER BY ( SELECT count(*) AS count
                   FROM pointsman.route_candidates ahead
                  WHERE ((ahead.kind = candidate.kind) AND (ahead.name = candidate.name) AND (ahead.rank < candidate.rank))), candidate.placed_revision DESC, candidate.name
         LIMIT 1) best ON (true))
     LEFT JOIN LATERAL ( SELECT dated.input_pico_usd,
            dated.output_pico_usd
           FROM pointsman.prices dated
          WHERE ((dated.model_id = model.model_id) AND (dated.region = ANY (ARRAY[pointsman.server_region(), '*'::text])) AND (dated.effective_from <= clock_timestamp()))
          ORDER BY (dated.region = '*'::text), dated.effective_from DESC
         LIMIT 1) price ON (true))
     LEFT JOIN pointsman.routes fallback ON (((fallback.kind = 'default'::text) AND (fallback.target_model_id = model.model_id))));

CREATE VIEW user_model_preferences WITH (security_invoker=true) AS
 SELECT user_id,
    new_model_id AS preferred_model_id,
    count(*) AS selection_count,
    count(*) FILTER (WHERE (switch_type = 'auto'::text)) AS auto_selections,
    count(*) FILTER (WHERE (switch_type = 'manual'::text)) AS manual_selections,
    round(((100.0 * (count(*) FILTER (WHERE (switch_type = 'auto'::text)))::numeric) / (count(*))::numeric), 2) AS auto_adoption_percentage,
    max("timestamp") AS last_selected_at
   FROM bedrock_model_switches
  WHERE ((user_id IS NOT NULL) AND ("timestamp" > (now() - '30 days'::interval)))
  GROUP BY user_id, new_model_id;

-- Triggers

CREATE TRIGGER edit_assistant INSTEAD OF UPDATE ON public.ai_assistants FOR EACH ROW EXECUTE FUNCTION pointsman.edit_assistant();
CREATE TRIGGER a_check_lengths INSTEAD OF INSERT OR UPDATE ON public.ai_conversations FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('a conversation in ai_conversations', '', '{"id": 256, "workspace_id": 512, "user_id": 256, "use_case": 200, "model_id": 512}');
CREATE TRIGGER a_lock BEFORE UPDATE OF model_id ON public.ai_conversations FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER add_conversation INSTEAD OF INSERT ON public.ai_conversations FOR EACH ROW EXECUTE FUNCTION pointsman.add_conversation();
CREATE TRIGGER edit_conversation INSTEAD OF UPDATE ON public.ai_conversations FOR EACH ROW EXECUTE FUNCTION pointsman.edit_conversation();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON public.bedrock_models FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON public.bedrock_models FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_least_costs BEFORE INSERT OR UPDATE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.check_least_costs();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('model %s in bedrock_models', 'model_id', '{"model_id": 512, "model_name": 200, "provider": 100, "use_case": 200, "format": 100, "served_by": 512,
      "upstream_id": 2048, "base_model_id": 2048, "family": 100, "tier": 100, "replacement_model_id": 512,
      "abilities": 65536, "source_regions": 65536, "destination_regions": 65536, "destinations_from": 65536}');
CREATE TRIGGER c_refuse_delete BEFORE DELETE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_delete_of_used_model();
CREATE TRIGGER d_mark_use_case BEFORE UPDATE OF use_case ON public.bedrock_models FOR EACH STATEMENT EXECUTE FUNCTION pointsman.mark_use_case_written();
CREATE TRIGGER d_note_edit AFTER INSERT OR DELETE OR UPDATE ON public.bedrock_models FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER d_note_fitness_before_delete AFTER DELETE ON public.bedrock_models REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_fitness();
CREATE TRIGGER d_note_fitness_before_update AFTER UPDATE ON public.bedrock_models REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_fitness();
CREATE TRIGGER e_translate_insert AFTER INSERT ON public.bedrock_models REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.translate_insert();
CREATE TRIGGER e_translate_update AFTER UPDATE ON public.bedrock_models REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.translate_update();
CREATE TRIGGER f_note_models_off AFTER UPDATE ON public.bedrock_models REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_models_off();
CREATE TRIGGER y_note_removal AFTER DELETE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('models', 'model_id');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp BEFORE INSERT OR UPDATE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_model();
CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON public.bedrock_models FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable();
ALTER TABLE bedrock_models ENABLE ALWAYS TRIGGER z_check_readable;
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.aliases FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.aliases FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.aliases FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('alias %s in pointsman.aliases', 'name', '{"name": 512, "target": 512}');
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.aliases REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.aliases REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.aliases REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('aliases', '');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.aliases FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('aliases', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.aliases FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION pointsman.note_removal('aliases', 'name');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.aliases FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.aliases FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER announce_pin AFTER INSERT OR DELETE OR UPDATE ON pointsman.conversation_pins FOR EACH ROW EXECUTE FUNCTION pointsman.announce_pin();
CREATE TRIGGER announce_owner AFTER UPDATE OF user_id ON pointsman.conversations FOR EACH ROW WHEN ((old.user_id IS DISTINCT FROM new.user_id)) EXECUTE FUNCTION pointsman.announce_pin();
CREATE TRIGGER announce_use_case AFTER UPDATE OF use_case ON pointsman.conversations FOR EACH ROW WHEN (((old.use_case IS DISTINCT FROM new.use_case) AND (pg_trigger_depth() > 0))) EXECUTE FUNCTION pointsman.announce_pin();
CREATE TRIGGER refuse_removal BEFORE DELETE ON pointsman.drills FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.drills FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER stamp_route_of_drill AFTER UPDATE ON pointsman.drills FOR EACH ROW WHEN ((old.ended_at IS DISTINCT FROM new.ended_at)) EXECUTE FUNCTION pointsman.stamp_route_of_drill();
CREATE TRIGGER stamp_route_of_new_drill AFTER INSERT ON pointsman.drills FOR EACH ROW WHEN ((new.ended_at IS NULL)) EXECUTE FUNCTION pointsman.stamp_route_of_drill();
CREATE TRIGGER admit_only_erasure_of_actor BEFORE UPDATE ON pointsman.erasures FOR EACH ROW EXECUTE FUNCTION pointsman.admit_only_erasure_of_actor();
CREATE CONSTRAINT TRIGGER chain_erasure AFTER INSERT ON pointsman.erasures DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.chain_erasure();
CREATE TRIGGER refuse_change BEFORE DELETE ON pointsman.erasures FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.erasures FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.fallback_rules FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.fallback_rules FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.fallback_rules FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('the rule of %s in pointsman.fallback_rules', 'family', '{"family": 100, "tier": 100, "to_family": 100, "to_tier": 100}');
CREATE TRIGGER d_note_edit AFTER INSERT OR DELETE OR UPDATE ON pointsman.fallback_rules FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_rules_edit();
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.fallback_rules FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('fallback-rules', 'family', 'tier');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.fallback_rules FOR EACH ROW WHEN (((old.family IS DISTINCT FROM new.family) OR (old.tier IS DISTINCT FROM new.tier))) EXECUTE FUNCTION pointsman.note_removal('fallback-rules', 'family', 'tier');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.fallback_rules FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.fallback_rules FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.keys FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.keys FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.keys FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('keys', 'id');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.keys FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION pointsman.note_removal('keys', 'id');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.keys FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.keys FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON pointsman.keys FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable();
ALTER TABLE pointsman.keys ENABLE ALWAYS TRIGGER z_check_readable;
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.prices FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.prices FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('price %s in pointsman.prices', 'id', '{"id": 1024, "model_id": 512, "region": 100, "source": 2000, "tiers": 65536, "service_tiers": 65536}');
CREATE TRIGGER c_mark_planned BEFORE INSERT ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.mark_planned_price();
CREATE TRIGGER c_refuse_change BEFORE DELETE OR UPDATE ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER e_keep AFTER INSERT ON pointsman.prices REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_priced();
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.prices REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_priced_names();
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON pointsman.prices FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable();
ALTER TABLE pointsman.prices ENABLE ALWAYS TRIGGER z_check_readable;
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.provider_keys FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.provider_keys FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.provider_keys FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.provider_keys FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.roles FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.roles FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.roles FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('role %s in pointsman.roles', 'name', '{"name": 200, "use_case": 200}');
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.roles REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.roles REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.roles REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_own_names('roles', 'role/');
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.roles FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('roles', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.roles FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION pointsman.note_removal('roles', 'name');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.roles FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.roles FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.route_candidates FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.route_candidates FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.route_candidates FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('a candidate of %s in pointsman.route_candidates', 'route', '{"name": 200, "model_id": 512}');
CREATE TRIGGER d_note_edit AFTER INSERT OR DELETE OR UPDATE ON pointsman.route_candidates FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER e_keep_deleted AFTER DELETE ON pointsman.route_candidates REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();
CREATE TRIGGER e_keep_inserted AFTER INSERT ON pointsman.route_candidates REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();
CREATE TRIGGER e_keep_updated AFTER UPDATE ON pointsman.route_candidates REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.keep_listed();
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.route_candidates REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.route_candidates REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.route_candidates REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_listed_names();
CREATE TRIGGER y_stamp_route AFTER INSERT OR DELETE OR UPDATE ON pointsman.route_candidates FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_route_of_candidate();
CREATE TRIGGER a_lock BEFORE INSERT OR DELETE OR UPDATE ON pointsman.routes FOR EACH STATEMENT EXECUTE FUNCTION pointsman.lock_before_edit();
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON pointsman.routes FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_truncate();
CREATE TRIGGER c_check_lengths BEFORE INSERT OR UPDATE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.check_changed_lengths('%s in pointsman.routes', 'route', '{"name": 200, "target_model_id": 512, "fallbacks": 65536, "residency": 65536, "switch_id": 512}');
CREATE TRIGGER c_remember_new_target AFTER INSERT ON pointsman.routes FOR EACH ROW WHEN ((new.target_model_id IS NOT NULL)) EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER c_remember_old_target AFTER DELETE ON pointsman.routes FOR EACH ROW WHEN ((old.target_model_id IS NOT NULL)) EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER c_remember_target AFTER UPDATE ON pointsman.routes FOR EACH ROW WHEN ((new.target_model_id IS DISTINCT FROM old.target_model_id)) EXECUTE FUNCTION pointsman.remember_target();
CREATE TRIGGER d_note_edit AFTER INSERT OR DELETE OR UPDATE ON pointsman.routes FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_edit();
CREATE TRIGGER e_keep_default AFTER UPDATE ON pointsman.routes FOR EACH ROW WHEN ((((old.kind = 'default'::text) OR (new.kind = 'default'::text)) AND ((old.kind IS DISTINCT FROM new.kind) OR (old.target_model_id IS DISTINCT FROM new.target_model_id)))) EXECUTE FUNCTION pointsman.keep_default();
CREATE TRIGGER e_keep_new_default AFTER INSERT ON pointsman.routes FOR EACH ROW WHEN ((new.kind = 'default'::text)) EXECUTE FUNCTION pointsman.keep_default();
CREATE TRIGGER e_keep_old_default AFTER DELETE ON pointsman.routes FOR EACH ROW WHEN ((old.kind = 'default'::text)) EXECUTE FUNCTION pointsman.keep_default();
CREATE TRIGGER f_note_deleted AFTER DELETE ON pointsman.routes REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();
CREATE TRIGGER f_note_inserted AFTER INSERT ON pointsman.routes REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();
CREATE TRIGGER f_note_updated AFTER UPDATE ON pointsman.routes REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION pointsman.note_route_names();
CREATE TRIGGER y_note_removal AFTER DELETE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.note_removal('routes', 'kind', 'name');
CREATE TRIGGER y_note_renaming AFTER UPDATE ON pointsman.routes FOR EACH ROW WHEN (((old.kind IS DISTINCT FROM new.kind) OR (old.name IS DISTINCT FROM new.name))) EXECUTE FUNCTION pointsman.note_removal('routes', 'kind', 'name');
CREATE TRIGGER y_revise_after_delete AFTER DELETE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.revise_after_delete();
CREATE TRIGGER y_stamp_revision BEFORE INSERT OR UPDATE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.stamp_revision();
CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable();
ALTER TABLE pointsman.routes ENABLE ALWAYS TRIGGER z_check_readable;
CREATE TRIGGER z_end_drill AFTER DELETE ON pointsman.routes FOR EACH ROW EXECUTE FUNCTION pointsman.end_drill_of_route();
CREATE TRIGGER z_end_drill_of_old_name AFTER UPDATE ON pointsman.routes FOR EACH ROW WHEN (((old.kind IS DISTINCT FROM new.kind) OR (old.name IS DISTINCT FROM new.name))) EXECUTE FUNCTION pointsman.end_drill_of_route();
CREATE TRIGGER keep_costs AFTER INSERT OR UPDATE ON pointsman.settings FOR EACH ROW WHEN ((new.key = 'region'::text)) EXECUTE FUNCTION pointsman.keep_after_edit();
CREATE TRIGGER z_check_readable BEFORE INSERT OR UPDATE ON pointsman.settings FOR EACH ROW EXECUTE FUNCTION pointsman.check_readable();
ALTER TABLE pointsman.settings ENABLE ALWAYS TRIGGER z_check_readable;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON pointsman.switch_chain FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switch_chain FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_removal BEFORE DELETE ON pointsman.switch_chain_head FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switch_chain_head FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER admit_only_erasure BEFORE UPDATE ON pointsman.switches FOR EACH ROW EXECUTE FUNCTION pointsman.admit_only_erasure();
CREATE CONSTRAINT TRIGGER chain_switch AFTER INSERT ON pointsman.switches DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.chain_switch();
CREATE TRIGGER refuse_change BEFORE DELETE ON pointsman.switches FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pointsman.switches FOR EACH STATEMENT EXECUTE FUNCTION pointsman.refuse_change();
CREATE CONSTRAINT TRIGGER check_names AFTER INSERT ON pointsman.unchecked_names DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.check_names();
CREATE TRIGGER refuse_early_judgement BEFORE DELETE ON pointsman.unsettled_edits FOR EACH ROW EXECUTE FUNCTION pointsman.refuse_early_judgement();
CREATE CONSTRAINT TRIGGER settle_edit AFTER INSERT ON pointsman.unsettled_edits DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pointsman.settle_edit();
CREATE TRIGGER forget_day AFTER UPDATE OF name ON pointsman.usage_rollups FOR EACH ROW WHEN ((old.name <> new.name)) EXECUTE FUNCTION pointsman.forget_usage_day();
CREATE TRIGGER announce_pin AFTER INSERT OR DELETE OR UPDATE ON pointsman.user_pins FOR EACH ROW EXECUTE FUNCTION pointsman.announce_pin();

-- Row-level security

ALTER TABLE bedrock_models ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.acknowledgements ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.acknowledgements FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.alarms FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.aliases ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.aliases FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.captured_exchanges ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.captured_exchanges FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.conversation_pins ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.conversation_pins FOR SELECT TO authenticated USING ((EXISTS ( SELECT
   FROM pointsman.conversations conversation
  WHERE ((conversation.workspace_id = conversation_pins.workspace_id) AND (conversation.id = conversation_pins.conversation_id)))));
CREATE POLICY service_all ON pointsman.conversation_pins FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.conversations ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.conversations FOR SELECT TO authenticated USING ((user_id = ( SELECT pointsman.jwt_subject() AS jwt_subject)));
CREATE POLICY service_all ON pointsman.conversations FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.cost_alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.cost_alarms FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.drills ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.drills FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.ended_console_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.erasures FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.fallback_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.fallback_rules FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.fitness_edits ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.fitness_edits FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.followed_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.followed_items FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.followed_tables ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.followed_tables FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.ingest_checkpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.ingest_checkpoints FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.key_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.key_uses FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.keys FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.limit_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.limit_counts FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.limit_holders ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.limit_holders FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.prices ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.prices FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.provider_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.provider_keys FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.provider_tests ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.provider_tests FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.removed_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.removed_entries FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.replicas ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.replicas FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.revisions ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.revisions FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.roles ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.roles FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.route_candidates ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.route_candidates FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.route_edits ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.route_edits FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.routes ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.routes FOR ALL TO service_role USING (true) WITH CHECK (true);
CREATE POLICY signed_in_read ON pointsman.routes FOR SELECT TO authenticated USING (true);
ALTER TABLE pointsman.settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.settings FOR ALL TO service_role USING ((key = ANY (ARRAY['epoch'::text, 'region'::text, 'schema-version'::text]))) WITH CHECK (true);
ALTER TABLE pointsman.snapshot_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.snapshot_parts FOR ALL TO service_role USING ((kind <> 'keys'::text)) WITH CHECK (true);
ALTER TABLE pointsman.switch_chain ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.switch_chain FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.switch_chain_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.switch_chain_head FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.switch_notices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.switch_notices FOR SELECT TO authenticated USING ((EXISTS ( SELECT
   FROM pointsman.switches
  WHERE (switches.id = switch_notices.switch_id))));
CREATE POLICY service_all ON pointsman.switch_notices FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.switch_salts ENABLE ROW LEVEL SECURITY;
ALTER TABLE pointsman.switch_states ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.switch_states FOR SELECT TO authenticated USING ((EXISTS ( SELECT
   FROM pointsman.switches
  WHERE (switches.id = switch_states.switch_id))));
CREATE POLICY service_all ON pointsman.switch_states FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.switches ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.switches FOR SELECT TO authenticated USING ((user_id = ( SELECT pointsman.jwt_subject() AS jwt_subject)));
CREATE POLICY service_all ON pointsman.switches FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.unchecked_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.unchecked_names FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.unsettled_edits ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.unsettled_edits FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_daily ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_daily FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_folded_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_folded_days FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_minutes ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_minutes FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.usage_records FOR SELECT TO authenticated USING ((user_id = ( SELECT pointsman.jwt_subject() AS jwt_subject)));
CREATE POLICY service_all ON pointsman.usage_records FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_records_default ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_records_default FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.usage_rollups ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.usage_rollups FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.user_pins ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON pointsman.user_pins FOR SELECT TO authenticated USING ((user_id = ( SELECT pointsman.jwt_subject() AS jwt_subject)));
CREATE POLICY service_all ON pointsman.user_pins FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.webhook_deliveries FOR ALL TO service_role USING (true) WITH CHECK (true);
ALTER TABLE pointsman.workspaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_all ON pointsman.workspaces FOR ALL TO service_role USING (true) WITH CHECK (true);
CREATE POLICY service_all ON public.bedrock_models FOR ALL TO service_role USING (true) WITH CHECK (true);
CREATE POLICY signed_in_read ON public.bedrock_models FOR SELECT TO authenticated USING (true);

-- Rights

GRANT EXECUTE ON FUNCTION pointsman.canonical_json(jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.check_destinations(text,jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.check_service_tiers(text,text,jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.epoch_ms(timestamp with time zone) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.is_plain_list(text[]) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.is_rate(jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.jwt_subject() TO authenticated;
GRANT EXECUTE ON FUNCTION pointsman.jwt_subject() TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.now_ms() TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.require_day(text,text,text,boolean) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.require_instant(text,text,timestamp with time zone) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.require_list(text,text,text[]) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.require_rates(text,jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.require_tiers(text,jsonb) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.revision_of_edit() TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.route_key(text,text) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.run_statement(text,text,integer,bigint) TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.server_region() TO service_role;
GRANT EXECUTE ON FUNCTION pointsman.wall_stands() TO service_role;
GRANT USAGE ON SCHEMA pointsman TO authenticated;
GRANT USAGE ON SCHEMA pointsman TO service_role;
GRANT SELECT ON ai_assistants TO authenticated;
GRANT SELECT, UPDATE ON ai_assistants TO service_role;
GRANT SELECT ON ai_conversations TO authenticated;
GRANT INSERT, SELECT, UPDATE ON ai_conversations TO service_role;
GRANT SELECT ON ai_messages TO authenticated;
GRANT SELECT ON ai_messages TO service_role;
GRANT SELECT ON bedrock_model_switch_analytics TO authenticated;
GRANT SELECT ON bedrock_model_switch_analytics TO service_role;
GRANT SELECT ON bedrock_model_switches TO authenticated;
GRANT SELECT ON bedrock_model_switches TO service_role;
GRANT SELECT ON bedrock_models TO authenticated;
GRANT DELETE, INSERT, SELECT, UPDATE ON bedrock_models TO service_role;
GRANT SELECT ON pointsman.acknowledgements TO service_role;
GRANT SELECT ON pointsman.alarms TO service_role;
GRANT DELETE, INSERT, SELECT, UPDATE ON pointsman.aliases TO service_role;
GRANT SELECT ON pointsman.captured_exchanges TO service_role;
GRANT SELECT ON pointsman.conversation_pins TO authenticated;
GRANT SELECT ON pointsman.conversation_pins TO service_role;
GRANT SELECT ON pointsman.conversations TO authenticated;
GRANT SELECT ON pointsman.conversations TO service_role;
GRANT SELECT ON pointsman.cost_alarms TO service_role;
GRANT SELECT ON pointsman.current_prices TO service_role;
GRANT SELECT ON pointsman.drills TO service_role;
GRANT SELECT ON pointsman.erasures TO service_role;
GRANT DELETE, INSERT, SELECT, UPDATE ON pointsman.fallback_rules TO service_role;
GRANT SELECT ON pointsman.fitness_edits TO service_role;
GRANT SELECT ON pointsman.followed_items TO service_role;
GRANT SELECT ON pointsman.followed_tables TO service_role;
GRANT SELECT ON pointsman.ingest_checkpoints TO service_role;
GRANT SELECT ON pointsman.kept_model_columns TO service_role;
GRANT SELECT ON pointsman.key_uses TO service_role;
GRANT SELECT ON pointsman.limit_counts TO service_role;
GRANT SELECT ON pointsman.limit_holders TO service_role;
GRANT INSERT, SELECT ON pointsman.prices TO service_role;
GRANT SELECT ON pointsman.provider_tests TO service_role;
GRANT SELECT ON pointsman.removed_entries TO service_role;
GRANT SELECT ON pointsman.replicas TO service_role;
GRANT SELECT ON pointsman.revisions TO service_role;
GRANT DELETE, INSERT, SELECT, UPDATE ON pointsman.roles TO service_role;
GRANT DELETE, INSERT, SELECT, UPDATE ON pointsman.route_candidates TO service_role;
GRANT SELECT ON pointsman.route_edits TO service_role;
GRANT SELECT ON pointsman.routes TO authenticated;
GRANT DELETE, INSERT, SELECT, UPDATE ON pointsman.routes TO service_role;
GRANT SELECT ON pointsman.settings TO service_role;
GRANT SELECT ON pointsman.snapshot_parts TO service_role;
GRANT SELECT ON pointsman.switch_chain TO service_role;
GRANT SELECT ON pointsman.switch_chain_head TO service_role;
GRANT SELECT ON pointsman.switch_notices TO authenticated;
GRANT SELECT ON pointsman.switch_notices TO service_role;
GRANT SELECT ON pointsman.switch_states TO authenticated;
GRANT SELECT ON pointsman.switch_states TO service_role;
GRANT SELECT ON pointsman.switches TO authenticated;
GRANT SELECT ON pointsman.switches TO service_role;
GRANT SELECT ON pointsman.unchecked_names TO service_role;
GRANT SELECT ON pointsman.unsettled_edits TO service_role;
GRANT SELECT ON pointsman.usage_daily TO service_role;
GRANT SELECT ON pointsman.usage_folded_days TO service_role;
GRANT SELECT ON pointsman.usage_minutes TO service_role;
GRANT SELECT ON pointsman.usage_records TO authenticated;
GRANT SELECT ON pointsman.usage_records TO service_role;
GRANT SELECT ON pointsman.usage_records_default TO service_role;
GRANT SELECT ON pointsman.usage_rollups TO service_role;
GRANT SELECT ON pointsman.user_pins TO authenticated;
GRANT SELECT ON pointsman.user_pins TO service_role;
GRANT SELECT ON pointsman.webhook_deliveries TO service_role;
GRANT SELECT ON pointsman.workspaces TO service_role;
GRANT SELECT ON user_model_preferences TO authenticated;
GRANT SELECT ON user_model_preferences TO service_role;
