/** Judging a health system: every safeguard over 20,000 people and 300,000 accounts, first from nothing, then unchanged. */
import { join } from 'node:path'
import { judgeAsOf } from '#core/safeguards/store.ts'
import { sql } from '#platform/database.ts'
import { judgeAll, read } from '#server/installation.ts'
import { type Bench, type Figure, medianOf, repeated, timed } from './measure.ts'
import { importAll, judgedAt, openBenchInstallation, resolveAll, writeSystem } from './system.ts'

const slowest = 10

export const checksSystem: Bench = {
  title: 'every safeguard over a health system',
  async measure(folder, runs) {
    const exports = join(folder, 'exports')
    await writeSystem(exports)
    const installation = await openBenchInstallation(join(folder, 'data'))
    try {
      await importAll(installation, exports)
      await resolveAll(installation)
      const rounds = await repeated(runs, async () => {
        await installation.database.asOwner((client) =>
          client.query('truncate observation, coverage, finding, finding_event, finding_exception, task'),
        )
        const checks = new Map<string, number>()
        const bare = await timed(() =>
          read(installation, judgedAt, async ({ db, now, today }) => {
            await judgeAsOf(db, now, today)
            await sql`select enabled, count(*) from account_now group by enabled`.execute(db)
          }),
        )
        const first = await timed(() => judgeAll(installation, judgedAt, (name, tookMs) => checks.set(name, tookMs)))
        const again = await timed(() => judgeAll(installation, judgedAt))
        return { bare: bare.seconds, first: first.seconds, again: again.seconds, checks, number: first.result.checked }
      })
      const bare = medianOf(rounds.map((round) => round.bare))
      const beside = { what: 'counting account_now by one column', value: bare }
      const names = [...(rounds[0]?.checks.keys() ?? [])]
      const checks = names
        .map((what): Figure => {
          const value = medianOf(rounds.map((round) => round.checks.get(what) ?? Number.NaN))
          return { what, value, unit: 'ms', beside: { ...beside, value: bare * 1_000 } }
        })
        .sort((a, b) => b.value - a.value)
      const inChecks = checks.reduce((sum, { value }) => sum + value, 0) / 1_000
      const first = medianOf(rounds.map((round) => round.first))
      return [
        { what: `${rounds[0]?.number} safeguards, the first time`, value: first, unit: 's', beside, goal: 5 },
        { what: '… of it, fixing what all checks see', value: Math.max(first - inChecks, 0), unit: 's', beside },
        {
          what: 'again, nothing changed',
          value: medianOf(rounds.map((round) => round.again)),
          unit: 's',
          beside,
          goal: 2,
        },
        ...checks.slice(0, slowest),
      ]
    } finally {
      await installation.close()
    }
  },
}
