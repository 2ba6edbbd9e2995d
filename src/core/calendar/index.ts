import { type Bound, bindChange, bindDownload, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const calendar: readonly Bound[] = [
  bindRead(contract.showFeed, async (call) => ({ feed: (await service.showFeed(call)) ?? null })),
  bindChange(contract.makeFeed, (call) => service.makeFeed(call)),
  bindChange(contract.endFeed, async (call) => ({ ...(await service.endFeed(call)), output: {} })),
  bindDownload(contract.readFeed, async (call, { token }) => ({
    file: await service.readFeed(call, token),
    recorded: undefined,
  })),
]
