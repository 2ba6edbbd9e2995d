/** The ledger: appending in batches against inserting the same bytes, verifying against one SHA-256 over them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { verifyExport } from '#core/ledger/model/verify.ts'
import type { Happening } from '#core/ledger/service.ts'
import { read } from '#server/installation.ts'
import { type Bench, medianOf, repeated, timed } from './measure.ts'
import { judgedAt, openBenchInstallation } from './system.ts'

const batch = 1_000
const batches = 50
const number = batch * batches

export const ledger: Bench = {
  title: `${number.toLocaleString('en')} entries, appended ${batch.toLocaleString('en')} at a time, exported and verified`,
  async measure(folder, runs) {
    const rounds = await repeated(runs, async (run) => {
      const installation = await openBenchInstallation(join(folder, `data-${run}`))
      try {
        const appended = await timed(async () => {
          for (let at = 0; at < batches; at += 1) {
            await read(installation, judgedAt, (context) => installation.ledger.append(context, happeningsOf(at)))
          }
        })
        const inserted = await installation.database.asOwner(insertPlain)
        const sealed = join(folder, 'sealed.txt')
        const open = join(folder, 'open.txt')
        const exported = await timed(() =>
          read(installation, judgedAt, (context) => installation.ledger.exportTo(context, sealed, { open: false })),
        )
        await read(installation, judgedAt, (context) => installation.ledger.exportTo(context, open, { open: true }))
        const key = installation.ledger.verifyingKey
        return {
          appended: appended.seconds,
          inserted,
          exported: exported.seconds,
          verified: (await timed(() => verify(sealed, key))).seconds,
          hashed: (await timed(() => hash(sealed))).seconds,
          verifiedOpen: (await timed(() => verify(open, key))).seconds,
          hashedOpen: (await timed(() => hash(open))).seconds,
        }
      } finally {
        await installation.close()
      }
    })
    const rate = (pick: (round: (typeof rounds)[number]) => number) =>
      medianOf(rounds.map((round) => number / pick(round)))
    const rates = { unit: 'entries/s' } as const
    return [
      {
        ...rates,
        what: 'append',
        value: rate(({ appended }) => appended),
        beside: { what: 'insert of the same bytes', value: rate(({ inserted }) => inserted) },
        goal: 20_000,
      },
      { ...rates, what: 'export, sealed', value: rate(({ exported }) => exported) },
      {
        ...rates,
        what: 'verify, sealed',
        value: rate(({ verified }) => verified),
        beside: { what: 'SHA-256 of the same bytes', value: rate(({ hashed }) => hashed) },
        goal: 100_000,
      },
      {
        ...rates,
        what: 'verify, open',
        value: rate(({ verifiedOpen }) => verifiedOpen),
        beside: { what: 'SHA-256 of the same bytes', value: rate(({ hashedOpen }) => hashedOpen) },
        goal: 100_000,
      },
    ]
  },
}

function happeningsOf(at: number): Happening[] {
  return Array.from({ length: batch }, (_, index) => ({
    action: 'findings.comment',
    outcome: 'done',
    subjects: [`finding:${at * batch + index}`],
    payload: { finding: at * batch + index, body: 'Asked the head of the department; an answer is due on Friday.' },
  }))
}

/** Inserts the rows of the ledger into a plain table, as many to a transaction, and gives the seconds that this takes. */
async function insertPlain(client: pg.Client): Promise<number> {
  await client.query('create table plain (seq bigint, line text, leaf_hash bytea, salt bytea, payload bytea)')
  const { rows } = await client.query<Readonly<Record<'seq' | 'line' | 'leaf_hash' | 'salt' | 'payload', unknown>>>(
    'select seq, line, leaf_hash, salt, payload from ledger_entry order by seq',
  )
  const columns = ['seq', 'line', 'leaf_hash', 'salt', 'payload'] as const
  const { seconds } = await timed(async () => {
    for (let at = 0; at < rows.length; at += batch) {
      const some = rows.slice(at, at + batch)
      await client.query(
        'insert into plain select * from unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])',
        columns.map((column) => some.map((row) => row[column])),
      )
    }
  })
  await client.query('drop table plain')
  return seconds
}

async function verify(file: string, key: string): Promise<void> {
  const { state } = await verifyExport(createReadStream(file, { highWaterMark: 1 << 20 }), { key })
  if (state !== 'intact') throw new Error(`the export is ${state}`)
}

async function hash(file: string): Promise<void> {
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), createHash('sha256'))
}
