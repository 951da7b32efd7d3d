import { expect, test } from 'vitest'
import { whyNoAnswer } from './why-no-answer.ts'

const failing = (message: string, code: string): Error => Object.assign(new Error(message), { code })

test('a certificate of an authority that is not known names the setting that makes it known', () => {
  const error = failing('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  expect(whyNoAnswer(error)).toMatch(/authority that is not known here.*sslrootcert=/)
})

test('a certificate for another name says which, and what to change', () => {
  const error = failing(
    "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
    'ERR_TLS_CERT_ALTNAME_INVALID',
  )
  expect(whyNoAnswer(error)).toBe(
    "The database's certificate is for another name: Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list. Name the host in DATABASE_URL as the certificate does.",
  )
})

test('what is no matter of certificates is told as it came', () => {
  expect(whyNoAnswer(failing('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'))).toBe(
    'The database does not answer: connect ECONNREFUSED 127.0.0.1:1',
  )
})
