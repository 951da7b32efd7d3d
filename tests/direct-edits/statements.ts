import fc from 'fast-check'

/** What an operator with the rights of service_role may type: sensible, careless and senseless. */

const models = [
  'eu.amazon.nova-pro-v1:0',
  'eu.amazon.nova-lite-v1:0',
  'eu.amazon.nova-micro-v1:0',
  'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
  'anthropic.claude-3-5-sonnet-20241022-v2:0',
]
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const listed = (items: readonly string[]): string =>
  items.length === 0 ? `'{}'::text[]` : `ARRAY[${items.map(quoted).join(', ')}]`

const model = fc.constantFrom(...models)
/** One time in five a model that is new, gone, or nobody's. */
const anyModel = fc.oneof(
  { weight: 4, arbitrary: model },
  { weight: 1, arbitrary: fc.constantFrom('new-1', 'new-2', '') },
)
const flag = fc.constantFrom('true', 'false')
const useCase = fc.constantFrom('clinical', 'health', 'operations', 'platform')
const agent = fc.constantFrom('sql_agent', 'triage', 'default', 'a/b')
const aliasName = fc.constantFrom('a', 'b', 'c', 'default', 'clinical', 'role/patient', ...models.slice(0, 2))
const aliasTarget = fc.oneof(
  aliasName,
  anyModel,
  fc.constantFrom(
    'use-case/health',
    'agent/sql_agent',
    'sql_agent',
    'default/default',
    'role/nobody',
    'nowhere',
    'use-case',
  ),
)
const roleName = fc.constantFrom('patient', 'medical_provider', 'visitor')
const region = fc.constantFrom('eu-central-1', 'eu-west-1', 'us-east-1')
const textList = fc.oneof(
  { weight: 5, arbitrary: fc.array(anyModel, { maxLength: 3 }).map(listed) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'NULL',
      `ARRAY[NULL, '${models[0] ?? ''}']`,
      `ARRAY[ARRAY['a'], ARRAY['b']]`,
      `'[0:0]={x}'::text[]`,
    ),
  },
)
const regions = fc.oneof(
  { weight: 4, arbitrary: fc.array(region, { maxLength: 2 }).map(listed) },
  { weight: 2, arbitrary: fc.constantFrom('NULL', `ARRAY[NULL]::text[]`, `ARRAY[ARRAY['eu-west-1']]`) },
)
const money = fc.constantFrom(
  '1',
  '0.0000001',
  '0',
  'NULL',
  '-1',
  `'NaN'`,
  `'Infinity'`,
  '1e12',
  '9007199254.740991',
  '9007199254.740992',
)
const pico = fc.constantFrom('1000000', '0', 'NULL', '9007199254740991', '9007199254740992', '-1')
const instant = fc.constantFrom(
  'now()',
  'pointsman.now_ms()',
  `'infinity'`,
  `'-infinity'`,
  `'2027-01-01'`,
  `'0044-03-15 BC'`,
  `'12345-01-01'`,
)
const rates =
  '"inputPicoUsd":1,"outputPicoUsd":2,"cacheReadPicoUsd":null,"cacheWrite5mPicoUsd":null,"cacheWrite1hPicoUsd":null'
const tiers = fc.constantFrom(
  '[]',
  `[{"inputTokensAbove":200000,${rates}}]`,
  `[{"inputTokensAbove":200000,${rates}},{"inputTokensAbove":200000.0,${rates}}]`,
  `[{"inputTokensAbove":0,${rates}}]`,
  `[{"inputTokensAbove":1.5,${rates}}]`,
  `[{"inputTokensAbove":1}]`,
  '[1]',
  '[null]',
  '["x"]',
  '{}',
  `[{"inputTokensAbove":9,${rates.replace('1', '1e20')}}]`,
  `[{"inputTokensAbove":9,${rates.replace('1', '-1')}}]`,
  `[{"inputTokensAbove":9,${rates.replace('1', '"1"')}}]`,
)

const ofModels = fc.oneof(
  fc
    .tuple(model, flag)
    .map(([id, on]) => `UPDATE bedrock_models SET is_available = ${on} WHERE model_id = '${id}'`),
  fc
    .tuple(model, flag, flag)
    .map(
      ([id, on, first]) =>
        `UPDATE bedrock_models SET is_available = ${on}, is_default = ${first} WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(model, useCase)
    .map(([id, name]) => `UPDATE bedrock_models SET use_case = '${name}' WHERE model_id = '${id}'`),
  fc
    .tuple(model, money, money)
    .map(
      ([id, input, output]) =>
        `UPDATE bedrock_models SET input_cost_per_mtok = ${input}, output_cost_per_mtok = ${output} WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(model, regions)
    .map(([id, list]) => `UPDATE bedrock_models SET source_regions = ${list} WHERE model_id = '${id}'`),
  fc
    .tuple(model, regions)
    .map(([id, list]) => `UPDATE bedrock_models SET destination_regions = ${list} WHERE model_id = '${id}'`),
  fc
    .tuple(model, fc.constantFrom('4.5', `'NaN'`, `'Infinity'`, `'-Infinity'`, '1e308'))
    .map(
      ([id, generation]) => `UPDATE bedrock_models SET generation = ${generation} WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(
      model,
      fc.constantFrom(
        `'2026-07-30'`,
        'NULL',
        `'infinity'`,
        `'-infinity'`,
        `'0044-03-15 BC'`,
        `'12026-01-01'`,
        `'5874897-01-01'`,
      ),
    )
    .map(([id, day]) => `UPDATE bedrock_models SET ends_on = ${day} WHERE model_id = '${id}'`),
  fc
    .tuple(
      model,
      fc.constantFrom('{"tools":true}', '{"tools":"yes"}', '{"tools":null}', '[]', '{"tools":[1]}'),
    )
    .map(
      ([id, abilities]) => `UPDATE bedrock_models SET abilities = '${abilities}' WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(anyModel, flag)
    .map(
      ([id, on]) =>
        `INSERT INTO bedrock_models (model_id, model_name, provider, format, upstream_id, is_available) VALUES ('${id}', 'New', 'amazon', 'nova', '${id}', ${on})`,
    ),
  anyModel.map((id) => `DELETE FROM bedrock_models WHERE model_id = '${id}'`),
  fc
    .tuple(
      model,
      fc.constantFrom('max_tokens', 'context_tokens', 'priority'),
      fc.constantFrom('0', '-1', '4096', 'NULL'),
    )
    .map(([id, column, value]) => `UPDATE bedrock_models SET ${column} = ${value} WHERE model_id = '${id}'`),
)

const ofRoutes = fc.oneof(
  fc
    .tuple(anyModel, useCase)
    .map(([id, name]) => `UPDATE ai_assistants SET model_version = '${id}' WHERE assistant_type = '${name}'`),
  useCase.map((name) => `UPDATE ai_assistants SET model_version = NULL WHERE assistant_type = '${name}'`),
  fc
    .tuple(fc.constantFrom('use-case', 'agent'), agent, fc.option(anyModel))
    .map(
      ([kind, name, id]) =>
        `INSERT INTO pointsman.routes (kind, name, target_model_id) VALUES ('${kind}', '${name}', ${id === null ? 'NULL' : quoted(id)})`,
    ),
  fc
    .tuple(useCase, textList)
    .map(([name, list]) => `UPDATE pointsman.routes SET fallbacks = ${list} WHERE name = '${name}'`),
  fc
    .tuple(useCase, regions)
    .map(([name, list]) => `UPDATE pointsman.routes SET residency = ${list} WHERE name = '${name}'`),
  fc
    .tuple(useCase, fc.constantFrom('weighted', 'priority', 'least-latency', 'lowest-cost', 'best'))
    .map(
      ([name, strategy]) =>
        `UPDATE pointsman.routes SET strategy = '${strategy}', target_model_id = NULL WHERE name = '${name}'`,
    ),
  fc
    .tuple(useCase, anyModel)
    .map(
      ([name, id]) =>
        `UPDATE pointsman.routes SET target_model_id = ${quoted(id)}, switch_id = NULL WHERE name = '${name}'`,
    ),
  fc
    .tuple(useCase, agent)
    .map(([name, other]) => `UPDATE pointsman.routes SET name = '${other}' WHERE name = '${name}'`),
  fc.tuple(fc.oneof(useCase, agent)).map(([name]) => `DELETE FROM pointsman.routes WHERE name = '${name}'`),
  fc.constantFrom(
    'DELETE FROM pointsman.routes',
    `DELETE FROM pointsman.routes WHERE kind = 'default'`,
    `UPDATE pointsman.routes SET kind = 'agent' WHERE kind = 'default'`,
    `UPDATE pointsman.routes SET residency = NULL, fallbacks = NULL`,
    `UPDATE pointsman.routes SET target_model_id = NULL, strategy = 'weighted'`,
  ),
)

const weight = fc.constantFrom('1', '0', '2.5', '-1', `'NaN'`, `'Infinity'`)
const ofLists = fc.oneof(
  fc
    .tuple(fc.oneof(useCase, agent), anyModel, fc.integer({ min: 0, max: 9 }), weight)
    .map(
      ([name, id, rank, share]) =>
        `INSERT INTO pointsman.route_candidates (kind, name, model_id, rank, weight) SELECT kind, name, '${id}', ${rank}, ${share} FROM pointsman.routes WHERE name = '${name}'`,
    ),
  fc
    .tuple(useCase, anyModel, anyModel)
    .map(
      ([name, id, other]) =>
        `UPDATE pointsman.route_candidates SET model_id = '${other}' WHERE name = '${name}' AND model_id = '${id}'`,
    ),
  fc
    .tuple(useCase, model)
    .map(
      ([name, id]) => `DELETE FROM pointsman.route_candidates WHERE name = '${name}' AND model_id <> '${id}'`,
    ),
  useCase.map((name) => `DELETE FROM pointsman.route_candidates WHERE name = '${name}'`),
)

const ofNames = fc.oneof(
  fc
    .tuple(aliasName, aliasTarget)
    .map(
      ([name, target]) =>
        `INSERT INTO pointsman.aliases (name, target) VALUES (${quoted(name)}, ${quoted(target)}) ON CONFLICT (name) DO UPDATE SET target = excluded.target`,
    ),
  fc
    .tuple(aliasName, aliasTarget)
    .map(
      ([name, target]) =>
        `UPDATE pointsman.aliases SET target = ${quoted(target)} WHERE name = ${quoted(name)}`,
    ),
  fc
    .tuple(aliasName, aliasName)
    .map(
      ([name, other]) => `UPDATE pointsman.aliases SET name = ${quoted(other)} WHERE name = ${quoted(name)}`,
    ),
  aliasName.map((name) => `DELETE FROM pointsman.aliases WHERE name = ${quoted(name)}`),
  fc
    .tuple(roleName, fc.oneof(useCase, agent))
    .map(
      ([name, to]) =>
        `INSERT INTO pointsman.roles (name, use_case) VALUES ('${name}', '${to}') ON CONFLICT (name) DO UPDATE SET use_case = excluded.use_case`,
    ),
  roleName.map((name) => `DELETE FROM pointsman.roles WHERE name = '${name}'`),
  fc
    .tuple(fc.constantFrom('claude', 'nova', 'x'), fc.option(fc.constantFrom('sonnet', 'pro')))
    .map(
      ([family, tier]) =>
        `INSERT INTO pointsman.fallback_rules (family, tier, to_family, to_tier) VALUES ('${family}', ${tier === null ? 'NULL' : quoted(tier)}, 'nova', 'lite')`,
    ),
  fc.constantFrom('DELETE FROM pointsman.fallback_rules', `UPDATE pointsman.fallback_rules SET tier = NULL`),
)

const ofPrices = fc.tuple(anyModel, instant, pico, pico, tiers, fc.constantFrom('*', 'eu-central-1', '')).map(
  ([id, from, input, cached, steps, where]) =>
    `INSERT INTO pointsman.prices (id, model_id, region, effective_from, input_pico_usd, output_pico_usd, cache_read_pico_usd, tiers, source, source_date)
     VALUES (gen_random_uuid(), '${id}', '${where}', ${from}, ${input}, 1, ${cached}, '${steps}', 'typed', '2026-01-01')`,
)

/** Judges at once, where the checks otherwise wait for the commit. */
const immediate = fc.constantFrom(
  'SET CONSTRAINTS ALL IMMEDIATE',
  'SET CONSTRAINTS pointsman.settle_edit IMMEDIATE',
  'SET CONSTRAINTS pointsman.check_names IMMEDIATE',
  'SET CONSTRAINTS ALL DEFERRED',
)

export const statement: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: ofModels },
  { weight: 4, arbitrary: ofRoutes },
  { weight: 3, arbitrary: ofLists },
  { weight: 4, arbitrary: ofNames },
  { weight: 2, arbitrary: ofPrices },
  { weight: 1, arbitrary: immediate },
)

/** Transactions, each of a few statements. */
export const sequence = fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
})
