/**
 * Holds the directions of the architecture, and fails when fewer modules were looked at than there are: a cruise that reads
 * nothing reports success.
 */
import { execFileSync, spawnSync } from 'node:child_process'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => /\.tsx?$/.test(name))
const cruise = spawnSync('depcruise', ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
})
const { summary, modules } = JSON.parse(cruise.stdout) as {
  summary: { violations: { from: string; to: string; rule: { name: string } }[] }
  modules: { source: string }[]
}
const seen = new Set(modules.map(({ source }) => source))
const unseen = files.filter((name) => !seen.has(name))
for (const { from, to, rule } of summary.violations) process.stderr.write(`${rule.name}: ${from} -> ${to}\n`)
for (const name of unseen) process.stderr.write(`not looked at: ${name}\n`)
process.stdout.write(`${files.length} modules, ${summary.violations.length} violations\n`)
process.exitCode = summary.violations.length > 0 || unseen.length > 0 || files.length === 0 ? 1 : 0
