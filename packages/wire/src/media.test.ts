import { expect, it } from 'vitest'

import { formatOf, imageKinds, needBase64, readDataUrl, usualMediaType } from './media.ts'
import { refusal } from './testing/dialects-for-tests.ts'

it('reads data URLs', () => {
  expect(readDataUrl('data:image/png;base64,aGk=', 'f')).toEqual({
    mediaType: 'image/png',
    source: { kind: 'base64', data: 'aGk=' },
  })
  expect(readDataUrl('DATA:Image/JPG;charset=x;base64,aGk=', 'f')?.mediaType).toBe('image/jpeg')
  expect(readDataUrl('https://example.com/a.png', 'f')).toBeNull()
})

it('refuses broken ones and names the field', () => {
  for (const url of [
    'data:',
    'data:image/png,abc',
    'data:;base64,aGk=',
    'data:image/png;base64,',
    'data:image/png;base64,a*b',
  ]) {
    const error = refusal(() => readDataUrl(url, 'messages[0].content[1].image_url.url'))
    expect(error.code).toBe('invalid_request')
    expect(error.details.field).toBe('messages[0].content[1].image_url.url')
  }
})

it('takes white space within base64, which some encoders write, and checks large ones in linear time', () => {
  expect(needBase64('aG\nk=', 'f')).toBe('aGk=')
  expect(refusal(() => needBase64('a=b=', 'f')).code).toBe('invalid_request')
  const large = 'A'.repeat(8_000_000)
  expect(needBase64(large, 'f')).toBe(large)
  expect(refusal(() => needBase64(`${large}*`, 'f')).code).toBe('invalid_request')
})

it('knows kinds by media type, however it is spelt', () => {
  expect(usualMediaType('Text/CSV; header=present')).toBe('text/csv')
  expect(formatOf(imageKinds, 'image/jpg')).toBe('jpeg')
  expect(formatOf(imageKinds, 'image/tiff')).toBeNull()
})
