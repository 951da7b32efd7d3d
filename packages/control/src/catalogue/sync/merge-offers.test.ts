import { modelId, type Model } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { catalogue } from '../../testing/start-control.ts'
import type { Offer } from './bedrock-offers.ts'
import { mergeOffers } from './merge-offers.ts'

const region = 'eu-central-1'
const lite = catalogue.models.find(({ id }) => id === 'eu.amazon.nova-lite-v1:0')
if (lite === undefined) throw new Error('the catalogue has Nova Lite')

test('AWS’s word on a profile is about every entry that calls it: none loses its region', () => {
  const present: readonly Model[] = [lite, { ...lite, id: modelId('house/nova-lite') }]
  const offer: Offer = {
    ...lite,
    ...{ purpose: 'chat', destinations: lite.destinationRegions, streaming: true, images: true },
    ...{ lifecycle: { status: 'legacy', endsOn: '2027-03-01' } },
  }
  const { models, missing } = mergeOffers(
    { region, offers: [offer], profileOnly: new Set(), skipped: [] },
    { present, history: [], curated: catalogue, homeRegion: region, nowMs: 0, enable: false },
  )
  expect(missing).toEqual([])
  expect(models.map(({ id, lifecycle, sourceRegions }) => [id, lifecycle.endsOn, sourceRegions])).toEqual(
    present.map(({ id, sourceRegions }) => [id, '2027-03-01', sourceRegions]),
  )
})
