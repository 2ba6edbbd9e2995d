/** Calls as the gates make them, for the tests of slices: what goes in is checked by the contract, what comes out encoded. */
import { z } from 'zod'
import { Ledger } from '#core/ledger/service.ts'
import { readConfig } from '#platform/config.ts'
import type { Role } from '#platform/contract.ts'
import type { Database } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { openKeyFile } from '#platform/keys.ts'
import type { Answer, Bound, Call, Delivered, Download, Principal, Services } from './door.ts'

export const operator: Principal = { kind: 'operator', name: 'tester' }

/** A signed-in member with these roles. */
export function memberWith(roles: readonly Role[], memberId = 1): Principal {
  return { kind: 'member', memberId, organisationId: 0, identityId: memberId, sessionId: 1, roles }
}

const actorOf = (principal: Principal): string =>
  principal.kind === 'member' ? `member:${principal.memberId}` : `${principal.kind}:tester`

/**
 * What slices of the programme stand on, with keys in a directory of the test's own. What sign-in needs beside that is
 * there only when it is handed in.
 */
export async function openServices(
  database: Database,
  dataDirectory: string,
  beside: Partial<Services> = {},
): Promise<Services> {
  const keys = await openKeyFile(dataDirectory)
  const config = readConfig({ VIGIL_DATA: dataDirectory }, [])
  return { database, keys, ledger: new Ledger(keys), config, dataDirectory, ...beside } as Services
}

export interface CallMade {
  readonly principal?: Principal
  readonly now?: Date
  readonly delivered?: Delivered
}

/** Runs one transaction with the call that an endpoint would be handed. */
export function callOf<T>(
  services: Services,
  organisationId: number,
  work: (call: Call) => Promise<T>,
  { principal = operator, now = new Date('2026-11-02T12:00:00Z'), delivered }: CallMade = {},
): Promise<T> {
  return services.database.inOrganisation(organisationId, (db) =>
    work({
      db,
      actor: actorOf(principal),
      now,
      today: dayOf(now),
      principal,
      organisationId,
      services,
      delivered,
      from: { address: '127.0.0.1', userAgent: 'test', device: undefined },
      afterwards: () => undefined,
      speakFor: async () => undefined,
      setSession: () => undefined,
      setDevice: () => undefined,
    }),
  )
}

/** Calls an endpoint by name as the gates do (but for roles): input as on the wire in, output as on the wire out. */
export async function runBound(
  bounds: readonly Bound[],
  name: string,
  call: Call,
  input: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly output: unknown; readonly recorded: Answer['recorded'] }> {
  const bound = bounds.find(({ endpoint }) => endpoint.name === name)
  if (!bound) throw new Error(`no endpoint ${name}`)
  const answer = await bound.run(call, z.decode(bound.endpoint.input, input) as never, undefined as never)
  if (bound.endpoint.carriage === 'download') return answer
  return { ...answer, output: z.encode(bound.endpoint.output, answer.output) }
}

/** The file that a download wrote. */
export const fileOf = (answer: { readonly output: unknown }) => answer.output as Download
