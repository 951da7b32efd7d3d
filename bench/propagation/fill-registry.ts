import pg from 'pg'

/** How many of each kind are added: models, agents, keys and aliases, so many in all. */
export interface Filling {
  readonly entries: number
}

const source = 'eu.amazon.nova-lite-v1:0'

/**
 * Adds a quarter each of models, agents, keys and aliases, in one statement each, as an operator's import does: triggers, constraints
 * and record as ever. Agents: half inherit the default, half have a target and a list of their own.
 */
export async function fillRegistry(databaseUrl: string, { entries }: Filling): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const each = Math.floor(entries / 4)
  try {
    await client.query('BEGIN')
    // As the API says who acts: 12,500 new targets are one import, not 12,500 switches.
    await client.query(`SELECT set_config('pointsman.actor', '{"kind": "service", "id": "bench"}', true)`)
    await client.query(
      `INSERT INTO bedrock_models (model_id, model_name, provider, is_available, max_tokens, format, priority, served_by,
         upstream_id, purpose, kind, family, tier, generation, context_tokens, abilities, source_regions, destination_regions)
       SELECT 'bench.model-' || n, 'Bench Model ' || n, provider, true, max_tokens, format, 1000 + n, served_by,
         upstream_id, purpose, kind, 'bench', 'bench', n, context_tokens, abilities, source_regions, destination_regions
       FROM bedrock_models, generate_series(1, $1::integer) AS n WHERE model_id = $2`,
      [each, source],
    )
    await client.query(
      `INSERT INTO pointsman.routes (kind, name, target_model_id)
       SELECT 'agent', 'bench-agent-' || n, CASE n % 2 WHEN 0 THEN 'bench.model-' || n END
       FROM generate_series(1, $1::integer) AS n`,
      [each],
    )
    await client.query(
      `INSERT INTO pointsman.route_candidates (kind, name, model_id, rank)
       SELECT 'agent', 'bench-agent-' || n, 'bench.model-' || (1 + (n + rank) % $1::integer), rank
       FROM generate_series(2, $1::integer, 2) AS n, generate_series(1, 3) AS rank`,
      [each],
    )
    await client.query(
      `INSERT INTO pointsman.aliases (name, target)
       SELECT 'bench-alias-' || n, 'bench.model-' || n FROM generate_series(1, $1::integer) AS n`,
      [each],
    )
    await client.query(
      `INSERT INTO pointsman.keys (id, name, workspace_id, digest, last_four, scopes)
       SELECT 'bench-key-' || n, 'Bench ' || n, 'default', encode(sha256(convert_to('bench ' || n, 'UTF8')), 'hex'), 'xxxx',
         ARRAY['invoke']
       FROM generate_series(1, $1::integer) AS n`,
      [each],
    )
    await client.query('COMMIT')
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}
