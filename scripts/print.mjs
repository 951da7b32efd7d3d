// Prints what the server answered, for people. `print.mjs KIND` reads the answer as JSON from standard input.
const kind = process.argv[2]
let text = ''
for await (const chunk of process.stdin) text += chunk
const { data, notification } = JSON.parse(text)

const price = (value) => (value == null ? '?' : `$${value}`)
const cost = (model) => `${price(model.inputCostPerMTok)}/${price(model.outputCostPerMTok)}`
const marks = (model) =>
  [
    model.isDefault && 'default',
    model.isAvailable === false && 'disabled',
    model.lifecycle && model.lifecycle !== 'active' && model.lifecycle,
  ]
    .filter(Boolean)
    .join(', ')

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
}

function models(list) {
  table([
    ['MODEL', 'NAME', 'PROVIDER', 'USE CASE', 'COST (IN/OUT PER MTOK)', ''],
    ...list.map((model) => [
      model.id ?? model.model_id,
      model.name ?? model.model_name,
      model.provider,
      model.useCase ?? '-',
      cost(model),
      marks(model),
    ]),
  ])
}

const printers = {
  models: () => {
    models(data.models)
    console.log(`\n${data.models.length} models`)
  },
  'use-case': () => {
    data.models.forEach((model, index) => {
      console.log(
        `${index + 1}. ${model.name} (${model.id})  ${cost(model)}${marks(model) ? `  [${marks(model)}]` : ''}`,
      )
      if (model.why) console.log(`   ${model.why}`)
    })
  },
  validate: () => {
    console.log(data.valid ? '✅ Model is valid' : '❌ Model is not valid')
    console.log(
      `Exists: ${data.exists}  Available: ${data.available}  Lifecycle: ${data.lifecycle ?? 'unknown'}`,
    )
    for (const problem of data.problems ?? [])
      console.log(`- ${typeof problem === 'string' ? problem : problem.message}`)
    if (!data.valid) process.exitCode = 1
  },
  switch: () => {
    if (data.switched) console.log(`✅ Switched from ${data.from ?? '-'} to ${data.to}`)
    else console.log(`✅ Nothing to switch: ${data.to ?? data.from} already serves`)
    if (notification) console.log(`${notification.title}: ${notification.message}`)
    if (data.revision != null)
      console.log(`Revision ${data.revision}${data.switchId ? `, switch ${data.switchId}` : ''}`)
    if (data.masks?.length)
      console.log(
        `Not moved, because they have a model of their own: ${data.masks.map((mask) => mask.route ?? mask).join(', ')}`,
      )
    for (const warning of data.warnings ?? []) console.log(`⚠️  ${warning}`)
  },
  'clear-cache': () => console.log(`✅ Cache cleared: every replica loads revision ${data.revision} anew`),
  default: () => console.log(data.model_id),
  // The details of the model named by the second argument, as the list has them.
  details: () => {
    const model = data.models.find((candidate) => (candidate.id ?? candidate.model_id) === process.argv[3])
    if (model === undefined) return
    console.log('\nModel details:')
    console.log(model.name ?? model.model_name)
    console.log(`Cost: ${cost(model)}`)
    console.log(`Format: ${model.format}`)
  },
}
printers[kind]()
