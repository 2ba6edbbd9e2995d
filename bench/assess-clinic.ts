/** The first minute of somebody new: `vigil assess FOLDER` of a small clinic, the whole process, from nothing to nothing. */
import { join } from 'node:path'
import { startPostgres } from '#platform/postgres.ts'
import { writeSample } from '#sample/index.ts'
import { type Bench, medianOf, repeated, runNode, timed } from './measure.ts'

const program = join(import.meta.dirname, '..', 'bin', 'vigil.js')

export const assessClinic: Bench = {
  title: 'vigil assess of a clinic of 12 people, cold, as a process',
  async measure(folder, runs) {
    const exports = join(folder, 'exports')
    await writeSample({ size: 'clinic', seed: 1, directory: exports })
    const rounds = await repeated(runs, async (run) => {
      const bare = await timed(async () => {
        const server = await startPostgres({ directory: join(folder, `bare-${run}`), ephemeral: true })
        await server.close()
      })
      const node = await timed(() => runNode([program, '--version'], {}))
      const whole = await timed(() => runNode([program, 'assess', exports, '--as-of', '2026-11-02'], {}))
      const report = await timed(() =>
        runNode([program, 'assess', exports, '--as-of', '2026-11-02', '--report', join(folder, 'report.pdf')], {}),
      )
      return { bare: bare.seconds, node: node.seconds, whole: whole.seconds, report: report.seconds }
    })
    const beside = {
      what: 'initdb, start and stop of the bare server',
      value: medianOf(rounds.map(({ bare }) => bare)),
    }
    return [
      { what: 'vigil assess', value: medianOf(rounds.map(({ whole }) => whole)), unit: 's', beside, goal: 8 },
      { what: '… with the report as PDF', value: medianOf(rounds.map(({ report }) => report)), unit: 's', beside },
      { what: '… of it, loading the program', value: medianOf(rounds.map(({ node }) => node)), unit: 's' },
    ]
  },
}
