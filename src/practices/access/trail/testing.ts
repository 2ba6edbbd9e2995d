/** A trail of a few accesses, and people to ask it, for the tests of the practice. */
import assert from 'node:assert/strict'
import type { Client, SignedIn, TestServer } from '../../../../test/support/server.ts'

export interface Ward {
  readonly organisationId: number
  readonly officer: SignedIn
  readonly auditor: SignedIn
  readonly program: Client
}

export async function openWard(server: TestServer): Promise<Ward> {
  const organisationId = await server.newOrganisation()
  return {
    organisationId,
    officer: await server.member(organisationId, ['privacy-officer']),
    auditor: await server.member(organisationId, ['auditor']),
    program: await server.program(organisationId, ['trail:change']),
  }
}

export type Access = readonly [at: string, user: string, patient: string, action?: string, object?: string]

export function tableOf(accesses: readonly Access[]): Buffer {
  const rows = accesses.map(([at, user, patient, action = 'read', object = 'Chart']) =>
    [at, user, patient, action, object].map((cell) => `"${cell.replaceAll('"', '""')}"`).join(),
  )
  return Buffer.from(['Date,User,Patient ID,Action,Object', ...rows, ''].join('\n'))
}

export async function push(client: Client, accesses: readonly Access[], source = 'EHR'): Promise<void> {
  const path = `/trail/events?source=${encodeURIComponent(source)}&format=csv`
  const { status, body } = await client.call('POST', path, undefined, { raw: tableOf(accesses) })
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal((body as { accepted: number }).accepted, accesses.length, JSON.stringify(body))
}

/** A call that must succeed, with what it says. */
export async function must<T>(client: Client, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await client.call(method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

/** The code by which a call is refused. */
export async function refusalOf(client: Client, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await client.call(method, path, body)
  assert.ok(answer.status >= 400, `${method} ${path} was not refused: ${JSON.stringify(answer.body)}`)
  return (answer.body as { code: string }).code
}

export const reading = { purpose: 'patient-request', why: 'She asked who' } as const
