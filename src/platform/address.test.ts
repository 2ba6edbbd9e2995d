import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AddressFault, findAddresses, judgeAddress } from './address.ts'

const judged: readonly (readonly [address: string, fault: AddressFault | undefined])[] = [
  // On somebody's own network, or out in the world.
  ['10.1.2.3', undefined],
  ['172.16.0.9', undefined],
  ['192.168.7.7', undefined],
  ['100.64.0.5', undefined],
  ['203.0.114.9', undefined],
  ['fd12:3456:789a::10', undefined],
  ['2a00:1450:4001:830::200e', undefined],
  // This machine.
  ['127.0.0.1', 'loopback'],
  ['127.8.8.8', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['2002:7f00:0001::', 'loopback'],
  // The link, and where clouds hand out credentials.
  ['169.254.169.254', 'forbidden'],
  ['169.254.0.1', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['fe80::1%eth0', 'forbidden'],
  ['::ffff:169.254.169.254', 'forbidden'],
  ['::169.254.169.254', 'forbidden'],
  ['64:ff9b::169.254.169.254', 'forbidden'],
  ['2002:a9fe:a9fe::', 'forbidden'],
  ['fd00:ec2::254', 'forbidden'],
  ['100.100.100.200', 'forbidden'],
  ['::ffff:100.100.100.200', 'forbidden'],
  ['168.63.129.16', 'forbidden'],
  ['192.0.0.192', 'forbidden'],
  // Nobody, everybody, and what is kept for later.
  ['0.0.0.0', 'forbidden'],
  ['0.1.2.3', 'forbidden'],
  ['::', 'forbidden'],
  ['::ffff:0.0.0.0', 'forbidden'],
  ['224.0.0.1', 'forbidden'],
  ['239.255.255.250', 'forbidden'],
  ['ff02::1', 'forbidden'],
  ['255.255.255.255', 'forbidden'],
  ['::ffff:255.255.255.255', 'forbidden'],
  ['240.0.0.1', 'forbidden'],
  ['2001::1', 'forbidden'],
  ['100::1', 'forbidden'],
  ['no address', 'forbidden'],
  ['', 'forbidden'],
]

test('SSRF: only addresses of hosts on a network may be connected to, however they are written', () => {
  for (const [address, fault] of judged) assert.equal(judgeAddress(address), fault, address)
})

const answering =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

test('a name of which one address is not to be reached is not connected to at all', async () => {
  const among = answering('10.1.2.3', '169.254.169.254')
  assert.equal(await findAddresses('dc1.clinic.example', { allowLoopback: true, lookup: among }), 'forbidden')
  assert.deepEqual(await findAddresses('dc1.clinic.example', { allowLoopback: false, lookup: answering('10.1.2.3') }), [
    { address: '10.1.2.3', family: 4 },
  ])
})

test('this machine is reached only where its operator allows it', async () => {
  const lookup = answering('::1', '127.0.0.1')
  assert.equal(await findAddresses('localhost', { allowLoopback: false, lookup }), 'loopback')
  assert.equal((await findAddresses('localhost', { allowLoopback: true, lookup })).length, 2)
})

test('a name without an address is unknown', async () => {
  assert.equal(await findAddresses('nowhere.invalid', { allowLoopback: false, lookup: answering() }), 'unknown')
  const failing = () => Promise.reject(new Error('ENOTFOUND'))
  assert.equal(await findAddresses('nowhere.invalid', { allowLoopback: false, lookup: failing }), 'unknown')
})

test('loopback written as a number, in octal or in hexadecimal is loopback', async () => {
  for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1']) {
    const found = await findAddresses(host, { allowLoopback: false })
    assert.ok(found === 'loopback' || found === 'unknown', `${host}: ${JSON.stringify(found)}`)
  }
})
