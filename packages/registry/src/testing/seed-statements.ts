// size: the seeds' SQL, word for word

/** Every SELECT of the product's first documents, as it stands there. */
export const seedQueries: readonly string[] = [
  `SELECT user_id, previous_model_id, new_model_id, reason, timestamp
FROM bedrock_model_switches
ORDER BY timestamp DESC
LIMIT 20;`,
  `SELECT
  new_model_id,
  COUNT(*) FILTER (WHERE switch_type = 'auto')::float / COUNT(*) * 100 as auto_percentage
FROM bedrock_model_switches
GROUP BY new_model_id;`,
  `SELECT
  new_model_id,
  COUNT(*) as switches,
  SUM(cost_impact_estimated) as total_savings
FROM bedrock_model_switches
WHERE timestamp > NOW() - INTERVAL '7 days'
GROUP BY new_model_id;`,
  `SELECT
  new_model_id,
  COUNT(*) as switches,
  switch_type
FROM bedrock_model_switches
WHERE DATE(timestamp) = CURRENT_DATE
GROUP BY new_model_id, switch_type
ORDER BY switches DESC;`,
  `-- Recent model switches
SELECT
  user_id,
  new_model_id,
  switch_type,
  reason,
  timestamp
FROM bedrock_model_switches
ORDER BY timestamp DESC
LIMIT 20;`,
  `-- Switches by model (last 7 days)
SELECT
  new_model_id,
  COUNT(*) as total_switches,
  COUNT(*) FILTER (WHERE switch_type = 'auto') as auto_switches,
  COUNT(*) FILTER (WHERE switch_type = 'manual') as manual_switches
FROM bedrock_model_switches
WHERE timestamp > NOW() - INTERVAL '7 days'
GROUP BY new_model_id
ORDER BY total_switches DESC;`,
  `-- Estimated cost impact of switching
SELECT
  user_id,
  previous_model_id,
  new_model_id,
  COUNT(*) as switches,
  SUM(COALESCE(cost_impact_estimated, 0)) as total_estimated_savings
FROM bedrock_model_switches
WHERE timestamp > NOW() - INTERVAL '30 days'
GROUP BY user_id, previous_model_id, new_model_id
ORDER BY total_estimated_savings DESC;`,
  `-- View of user model preferences (last 30 days)
SELECT * FROM user_model_preferences
ORDER BY selection_count DESC;`,
  `-- Top adopted models
SELECT
  preferred_model_id,
  COUNT(DISTINCT user_id) as users,
  AVG(auto_adoption_percentage) as avg_auto_adoption
FROM user_model_preferences
GROUP BY preferred_model_id
ORDER BY users DESC;`,
  `SELECT * FROM bedrock_models WHERE is_available = true;`,
  `-- Verify change
SELECT model_id, model_name, is_default FROM bedrock_models WHERE is_available = TRUE;`,
  `-- See which models are being used
SELECT
  model_used,
  COUNT(*) as usage_count,
  COUNT(DISTINCT conversation_id) as conversations,
  AVG(response_time_ms) as avg_response_time_ms
FROM ai_messages
WHERE created_at > NOW() - INTERVAL '24 hours'
GROUP BY model_used
ORDER BY usage_count DESC;`,
  `-- See cost per model
SELECT
  bm.model_id,
  bm.model_name,
  COUNT(*) as usage_count,
  (SUM(am.input_tokens) / 1000000.0 * bm.input_cost_per_mtok) +
  (SUM(am.output_tokens) / 1000000.0 * bm.output_cost_per_mtok) as estimated_cost
FROM ai_messages am
JOIN bedrock_models bm ON am.model_used = bm.model_id
GROUP BY bm.model_id, bm.model_name
ORDER BY estimated_cost DESC;`,
  // As documented here: the seed sorts by response_time_ms, which stands outside its GROUP BY (contract section 11).
  `-- Monitor model performance
SELECT
  model_used,
  AVG(response_time_ms) as avg_response_time,
  STDDEV(response_time_ms) as response_std_dev,
  COUNT(*) as request_count
FROM ai_messages
WHERE created_at > NOW() - INTERVAL '7 days'
GROUP BY model_used
ORDER BY avg_response_time ASC;`,
  `SELECT * FROM bedrock_models WHERE model_id = 'xxx';`,
]

/** Every UPDATE, in the order of the document, with what `SELECT` must say afterwards. */
export const seedUpdates: readonly {
  readonly statement: string
  readonly then: string
  readonly says: Readonly<Record<string, unknown>>
}[] = [
  {
    statement: `-- Switch to Claude
UPDATE bedrock_models
SET is_available = FALSE, is_default = FALSE
WHERE model_id = 'eu.amazon.nova-pro-v1:0';`,
    then: 'SELECT model_id, is_available FROM bedrock_models WHERE is_default',
    says: { model_id: 'eu.amazon.nova-lite-v1:0', is_available: true },
  },
  {
    statement: `UPDATE bedrock_models
SET is_available = TRUE, is_default = TRUE
WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
    then: 'SELECT model_id FROM bedrock_models WHERE is_default',
    says: { model_id: 'anthropic.claude-3-5-sonnet-20241022-v2:0' },
  },
  {
    statement: `UPDATE ai_assistants
SET model_version = 'eu.amazon.nova-lite-v1:0'
WHERE assistant_type = 'health';`,
    then: `SELECT model_version FROM ai_assistants WHERE assistant_type = 'health'`,
    says: { model_version: 'eu.amazon.nova-lite-v1:0' },
  },
  {
    statement: `UPDATE ai_assistants
SET model_version = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
WHERE assistant_type = 'clinical';`,
    then: `SELECT model_version FROM ai_assistants WHERE assistant_type = 'clinical'`,
    says: { model_version: 'anthropic.claude-3-5-sonnet-20241022-v2:0' },
  },
  {
    statement: `UPDATE bedrock_models
SET use_case = 'clinical'
WHERE model_id = 'anthropic.claude-3-5-sonnet-20241022-v2:0';`,
    then: `SELECT model_id FROM pointsman.route_candidates WHERE name = 'clinical' ORDER BY rank LIMIT 1`,
    says: { model_id: 'anthropic.claude-3-5-sonnet-20241022-v2:0' },
  },
  {
    statement: `UPDATE bedrock_models
SET use_case = 'health'
WHERE model_id = 'eu.amazon.nova-lite-v1:0';`,
    then: `SELECT use_case FROM bedrock_models WHERE model_id = 'eu.amazon.nova-lite-v1:0'`,
    says: { use_case: 'health' },
  },
  {
    statement: `UPDATE bedrock_models SET is_available = TRUE WHERE model_id = 'xxx';`,
    then: 'SELECT count(*) AS models FROM bedrock_models',
    says: { models: 6 },
  },
  {
    statement: `-- Operations get fast model
UPDATE ai_assistants
SET model_version = 'eu.amazon.nova-micro-v1:0'
WHERE assistant_type = 'operations';`,
    then: `SELECT model_version FROM ai_assistants WHERE assistant_type = 'operations'`,
    says: { model_version: 'eu.amazon.nova-micro-v1:0' },
  },
]
