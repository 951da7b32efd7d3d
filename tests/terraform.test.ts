import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './server.ts'
import provider from './terraform/provider-schema.json' with { type: 'json' }
import { readTerraform, type Member } from './terraform/read-terraform.ts'

/*
 * deploy/terraform against what the provider knows: names of types, arguments, nested blocks and attributes. Terraform itself
 * cannot be had here, so that types of values are not judged.
 */
interface Shape {
  readonly arguments: readonly string[]
  readonly blocks?: { readonly [name: string]: Shape }
}
interface Type extends Shape {
  readonly required: readonly string[]
  readonly attributes: readonly string[]
}
const types: { readonly [name: string]: Type } = provider.types

const folder = join(root, 'deploy/terraform')
const all = globSync('*.tf', { cwd: folder })
  .sort()
  .flatMap((file) => readTerraform(readFileSync(join(folder, file), 'utf8')))
const isOf = (kind: string) => (member: Member) => member.name === kind
const declared = all.flatMap((member) => {
  const [type = '', name = ''] = member.labels
  if (member.name === 'resource') return [{ ...member, type, address: `${type}.${name}` }]
  return member.name === 'data' ? [{ ...member, type: `data.${type}`, address: `data.${type}.${name}` }] : []
})
const own = declared.filter(({ type }) => /^(data\.)?aws_/.test(type))

/** Of every resource and data source. */
const meta = new Set(['count', 'for_each', 'depends_on', 'provider', 'lifecycle'])

function unknownIn(members: readonly Member[], shape: Shape): readonly string[] {
  return members.flatMap(({ members: inner, name }) => {
    if (meta.has(name)) return []
    if (inner === null) return shape.arguments.includes(name) ? [] : [name]
    const block = shape.blocks?.[name]
    return block === undefined ? [name] : unknownIn(inner, block).map((lower) => `${name}.${lower}`)
  })
}

test('there is something to judge', () => {
  expect(own.length).toBeGreaterThan(10)
  expect(own.filter(({ type }) => !(type in types)).map(({ type }) => type)).toEqual([])
})

test.each(own)('$address has no argument that its provider does not know, and those that it wants', (one) => {
  const type = types[one.type]
  if (type === undefined) throw new Error(one.type)
  const members = one.members ?? []
  expect(unknownIn(members, type)).toEqual([])
  expect(type.required.filter((name) => !members.some((member) => member.name === name))).toEqual([])
})

test('what expressions refer to is declared', () => {
  const text = globSync('*.tf', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll(/^\s*#.*$/gm, ''))
    .join('\n')
  const named = new Set([
    ...all.filter(isOf('variable')).map(({ labels }) => `var.${labels[0] ?? ''}`),
    ...all
      .filter(isOf('locals'))
      .flatMap(({ members }) => (members ?? []).map(({ name }) => `local.${name}`)),
  ])
  const used = [...text.matchAll(/\b(?:var|local)\.\w+/g)].map(([name]) => name)
  expect(used.filter((name) => !named.has(name))).toEqual([])
  expect([...named].filter((name) => !used.includes(name))).toEqual([])
  const attributes = [...text.matchAll(/\b((?:data\.)?aws_\w+)\.(\w+)(?:\[[\d*]\])?(?:\.(\w+))?/g)]
  expect(attributes.length).toBeGreaterThan(10)
  for (const [whole, type = '', name = '', attribute] of attributes) {
    expect(
      declared.map(({ address }) => address),
      whole,
    ).toContain(`${type}.${name}`)
    if (attribute !== undefined) expect(types[type]?.attributes, whole).toContain(attribute)
  }
})

test('the state machine’s gaps are those that are filled', () => {
  const machine = readFileSync(join(root, 'aws-deployment/step-functions/agent-chat.asl.json'), 'utf8')
  const gaps = new Set([...machine.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name))
  const [filled] = declared.filter(({ type }) => type === 'aws_sfn_state_machine')
  const definition = filled?.members?.find(({ name }) => name === 'definition')?.expression ?? ''
  expect([...definition.matchAll(/^\s*(\w+)\s+=/gm)].map(([, name]) => name).sort()).toEqual([...gaps].sort())
})
