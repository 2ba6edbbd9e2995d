/**
 * `npm run bench -- [name…] [--runs N]`: measures the paths that people wait for. A figure alone says little of another
 * machine; the ratio to the raw work beside it, done in the same run, says what Vigil itself costs.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { assessClinic } from './assess-clinic.ts'
import { checksSystem } from './checks-system.ts'
import { importSystem } from './import-system.ts'
import { ledger } from './ledger.ts'
import { type Bench, formatTable, makeFolder } from './measure.ts'
import { server } from './server.ts'
import { trail } from './trail.ts'
import { trailAtna } from './trail-atna.ts'
import { trailDetection } from './trail-detection.ts'
import { trailDoor } from './trail-door.ts'
import { trailEngines } from './trail-engines.ts'
import { web } from './web.ts'

const benches: Readonly<Record<string, Bench>> = {
  'assess-clinic': assessClinic,
  'import-system': importSystem,
  'checks-system': checksSystem,
  ledger,
  server,
  trail,
  'trail-atna': trailAtna,
  'trail-detection': trailDetection,
  'trail-door': trailDoor,
  'trail-engines': trailEngines,
  web,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
})
const runs = Number(values.runs)
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0 || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write(`bench: node bench/index.ts [${Object.keys(benches).join('|')}…] [--runs N]\n`)
  process.exit(2)
}

process.stdout.write(
  `Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${runs} runs\n`,
)
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  process.stdout.write(`\n${name}: ${bench.title}\n`)
  const folder = makeFolder()
  try {
    process.stdout.write(`${formatTable(await bench.measure(folder.path, runs))}\n`)
  } finally {
    folder.remove()
  }
}
