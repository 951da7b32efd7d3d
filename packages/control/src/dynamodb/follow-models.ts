import { PointsmanError, type ErrorCode, type JsonObject, type ModelId } from '@pointsman/contract'
import type { CompiledModel, CompiledSnapshot } from '@pointsman/core'
import type { FollowedItem } from '@pointsman/registry'
import { setAvailability } from '../catalogue/model-availability.ts'
import { providerOfItem, type LlmModelFacts } from '../catalogue/import/import-llm-models.ts'
import type { AsideItem } from './agent-items.ts'
import { conflictWords, found, isEqual } from './compare.ts'
import { held, noted, notedUnreadable, principalOf, seen, sourceOf, type Look, type Looked } from './look.ts'
import { availabilityMember, factsOf, readModelItems, seenOf, type ModelItem } from './model-items.ts'
import { writeItem } from './table.ts'
import { takeModelFacts } from './take-models.ts'

interface ModelsLook extends Look {
  entry(course: Course): CompiledModel | undefined
}

/** What became of one item in this look; changed step by step. */
interface Course {
  readonly model: ModelItem
  readonly before: FollowedItem | undefined
  /** As it is to be known: where we wrote, what we wrote. */
  seen: JsonObject
  /** As it is to be known; a switch that could not be written stays as it was known, and is found again. */
  held: JsonObject
  problem: string | null
  state: 'refused' | 'conflict'
}

/**
 * One look at a table of models. Name, context, abilities and prices of an edited item are taken into the catalogue; whether it
 * is on, and which is the default, are switched, and written back where that is asked for.
 */
export async function followModels(base: Look): Promise<Looked> {
  const look: ModelsLook = { ...base, entry: entryFinder(base) }
  const { items, refused } = readModelItems(look.items)
  const unreadable = refused.flatMap((one) => notedUnreadable(one, look.before.get(one.key)) ?? [])
  const courses = items.map((model): Course => {
    const before = look.before.get(model.key)
    const now = { seen: seenOf(model), held: {} }
    return { model, before, ...now, problem: null, state: 'refused' }
  })
  const unwritten: AsideItem[] = []
  await takeFacts(look, courses)
  for (const course of courses) unwritten.push(...(await followAvailability(look, course)))
  unwritten.push(...(await followDefault(look, courses)))
  const after = courses.flatMap((course) => {
    const problem = course.problem ?? standingProblem(course)
    const state =
      problem === null
        ? 'followed'
        : course.problem === null
          ? (course.before?.state ?? 'refused')
          : course.state
    return (
      noted(course.before, { key: course.model.key, seen: course.seen, held: course.held, state, problem }) ??
      []
    )
  })
  return { after: [...unreadable, ...after], forgotten: [], unwritten }
}

/** What was wrong with an item stays wrong until it says something else; a conflict, until either side does. */
function standingProblem({ before, held: now, seen: said }: Course): string | null {
  if (before?.problem == null || before.state === 'gone' || !isEqual(seen(before), said)) return null
  return before.state === 'refused' || isEqual(held(before), now) ? before.problem : null
}

const present = ({ house }: Look): CompiledSnapshot => house.publishing.holder.required().compiled

/** The entry that an item speaks of; none where it was refused. Looked up anew once a step has changed the registry. */
function entryFinder(look: Look): ModelsLook['entry'] {
  let of: CompiledSnapshot | null = null
  let entries: ReadonlyMap<string, CompiledModel> = new Map()
  return ({ model: { facts } }) => {
    const snapshot = present(look)
    if (snapshot !== of) {
      const all = [...snapshot.models.values()]
      entries = new Map([
        ...all.map((one) => [`${one.provider} ${one.id}`, one] as const),
        ...all.map((one) => [`${one.provider} ${one.upstreamId}`, one] as const),
      ])
      of = snapshot
    }
    return entries.get(`${providerOfItem(facts.provider)} ${facts.model_id}`)
  }
}

async function takeFacts(look: Look, courses: readonly Course[]): Promise<void> {
  const edited = courses.filter(
    ({ before, model }) => before === undefined || factsToTake(model, before) !== null,
  )
  if (edited.length === 0) return
  const { refused } = await takeModelFacts(look.house, principalOf(look.followed), {
    items: edited.map(({ before, model }) => ({
      key: model.key,
      facts: (before === undefined ? null : factsToTake(model, before)) ?? model.facts,
    })),
    source: sourceOf(look.followed.name),
    ...{
      aside: [],
      warnings: [],
      dryRun: false,
      ifMatch: null,
      effectiveFromMs: null,
      enable: false,
      region: null,
    },
  })
  for (const course of edited) course.problem = refused.get(course.model.key) ?? null
}

/** Only what was edited: a price that the registry has from elsewhere does not go back with an edit of the name. */
function factsToTake({ facts }: ModelItem, before: FollowedItem): LlmModelFacts | null {
  const [was, is] = [seen(before), factsOf(facts)]
  const edited = Object.keys(is).filter((name) => !isEqual(was[name] ?? null, is[name] ?? null))
  if (edited.length === 0) return null
  // What was refused may hold more than the newest edit.
  if (before.state !== 'followed') return facts
  const { input_price, output_price, ...others } = facts
  const kept = Object.fromEntries(
    Object.entries(others).filter(([name]) => edited.includes(name)),
  ) as Partial<typeof others>
  const isPriced = edited.includes('input_price') || edited.includes('output_price')
  return {
    ...kept,
    ...{ provider: facts.provider, model_id: facts.model_id },
    ...(isPriced ? { input_price, output_price } : {}),
  }
}

/** `null` of an item that is not known yet, or that said nothing of it. */
const known = (before: FollowedItem | undefined, name: 'is_available' | 'is_default') =>
  before === undefined ? null : { seen: seen(before)[name] ?? null }

async function followAvailability(look: ModelsLook, course: Course): Promise<readonly AsideItem[]> {
  const { before, model } = course
  const catalogued = look.entry(course)
  if (catalogued === undefined) return []
  const isOn = model.availability?.isOn ?? null
  const was = known(before, 'is_available')
  const heldBefore = before === undefined ? undefined : held(before)['enabled']
  const enabled = catalogued.enabled
  const what = found(
    { seen: isOn, held: enabled, agree: isOn === enabled },
    was === null ? null : { ...was, held: heldBefore ?? enabled },
  )
  course.held = { ...course.held, enabled }
  if (what === 'take' && isOn !== null) {
    await attempt(course, () => switchAvailability(look, course, { id: catalogued.id, isOn }))
    course.held = { ...course.held, enabled: present(look).models.get(catalogued.id)?.enabled ?? enabled }
  } else if (what === 'conflict') {
    course.problem = conflictWords(onOrOff(isOn), onOrOff(enabled))
    course.state = 'conflict'
  } else if (what === 'write' && look.writeBack)
    return write(look, course, {
      set: { [model.availability?.member ?? availabilityMember]: enabled },
      seen: { is_available: enabled },
      unwritten: { enabled: heldBefore ?? enabled },
    })
  return []
}

const onOrOff = (isOn: boolean | null): string => (isOn === null ? 'nothing' : isOn ? 'on' : 'off')

async function switchAvailability(
  { followed, house }: Look,
  { model }: Course,
  { id, isOn }: { readonly id: ModelId; readonly isOn: boolean },
): Promise<void> {
  const reason = `Item ${model.key} of ${sourceOf(followed.name)} says so.`
  await setAvailability(house, principalOf(followed), { modelId: id, enabled: isOn, reason, ifMatch: null })
}

/** What is refused is told at the item, and holds up no other. */
async function attempt(course: Course, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError) || !refusals.has(thrown.code)) throw thrown
    course.problem = thrown.message
  }
}

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'refused',
  'last_usable_model',
  'model_not_found',
  'model_not_available',
  'lifecycle_blocked',
  'forbidden',
  'revision_rejected',
])

/** The default is one for all: what the items say of it is looked at together. */
async function followDefault(look: ModelsLook, courses: readonly Course[]): Promise<readonly AsideItem[]> {
  const target = present(look).defaultRoute.target
  const isTarget = (course: Course): boolean => look.entry(course)?.id === target
  for (const course of courses) course.held = { ...course.held, isDefault: isTarget(course) }
  const named = courses.filter(
    ({ before, model }) => model.facts.is_default === true && known(before, 'is_default')?.seen !== true,
  )
  const isSwitched = courses.some(({ before, held: now }) => {
    const was = before === undefined ? undefined : held(before)['isDefault']
    return was !== undefined && was !== now['isDefault']
  })
  const [one, ...others] = named
  if (one === undefined) return isSwitched && look.writeBack ? writeDefault(look, courses) : []
  if (named.some(isTarget)) return []
  if (others.length > 0)
    tell(
      named,
      `Several items became the default at once: ${named.map(({ model }) => model.key).join(', ')}. Name one.`,
    )
  else if (isSwitched) {
    tell([one], conflictWords(one.model.facts.model_id, target))
    one.state = 'conflict'
  } else {
    await takeDefault(look, one, courses)
    // Who names a new one seldom takes the mark from the one before.
    if (look.writeBack && one.problem === null) return writeDefault(look, courses)
  }
  return []
}

function tell(courses: readonly Course[], problem: string): void {
  for (const course of courses) course.problem = problem
}

async function takeDefault(look: ModelsLook, course: Course, courses: readonly Course[]): Promise<void> {
  const { followed, house } = look
  const modelId = look.entry(course)?.id
  if (modelId === undefined) return
  const reason = `Item ${course.model.key} of ${sourceOf(followed.name)} became the default.`
  await attempt(course, () => house.switching.setDefault(principalOf(followed), { modelId, reason }))
  const target = present(look).defaultRoute.target
  for (const one of courses) {
    const model = look.entry(one)
    one.held = {
      ...one.held,
      isDefault: model?.id === target,
      // A model that is off is switched on by it.
      ...(one === course && model !== undefined ? { enabled: model.enabled } : {}),
    }
  }
}

/** First the new one, then those before it: in between there are two, never none. */
async function writeDefault(look: Look, courses: readonly Course[]): Promise<readonly AsideItem[]> {
  const isDefault = ({ model }: Course): boolean => model.facts.is_default === true
  const next = courses.filter((course) => course.held['isDefault'] === true && !isDefault(course))
  const past = courses.filter((course) => course.held['isDefault'] !== true && isDefault(course))
  const unwritten: AsideItem[] = []
  for (const course of [...next, ...past]) {
    const value = course.held['isDefault'] === true
    const failed = await write(look, course, {
      ...{ set: { is_default: value }, seen: { is_default: value } },
      unwritten: { isDefault: !value },
    })
    unwritten.push(...failed)
  }
  return unwritten
}

interface CourseWrite {
  readonly set: { readonly [member: string]: boolean }
  /** What is known of the item once that is written. */
  readonly seen: JsonObject
  /** What the registry is known to have said while it is not. */
  readonly unwritten: JsonObject
}

async function write(look: Look, course: Course, wish: CourseWrite): Promise<readonly AsideItem[]> {
  const { item, key } = course.model
  const failed = (): void => {
    course.held = { ...course.held, ...wish.unwritten }
  }
  try {
    // Somebody was quicker: the next look finds what they wrote.
    if ((await writeItem(look.dynamo, look.table, { item, set: wish.set })) === 'changed') failed()
    else {
      course.seen = { ...course.seen, ...wish.seen }
      look.house.log('info', 'followed_item_written', { table: look.table.name, item: key, ...wish.set })
    }
    return []
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    failed()
    return [{ key, reason: thrown.message }]
  }
}
