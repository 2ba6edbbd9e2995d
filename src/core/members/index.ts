import { type Bound, bindChange, bindPersonal, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import * as members from './service.ts'

/** A scope of tokens, and the endpoints that it opens. */
export interface Scope {
  readonly name: string
  readonly endpoints: string[]
}

/** The slice's endpoints; the scopes that a token may have follow from the contracts of all slices. */
export function membersDoor(scopes: () => readonly Scope[]): readonly Bound[] {
  return [
    bindRead(contract.showOrganisation, members.showOrganisation),
    bindChange(contract.changeOrganisation, members.changeOrganisation),
    bindRead(contract.listOrganisations, members.listOrganisations),
    bindPersonal(contract.addOrganisation, members.addOrganisation),
    bindRead(contract.listMembers, members.listMembers),
    bindChange(contract.inviteMember, members.inviteMember),
    bindRead(contract.listInvitations, members.listInvitations),
    bindChange(contract.withdrawInvitation, members.withdrawInvitation),
    bindChange(contract.changeMember, members.changeMember),
    bindChange(contract.disableMember, members.disableMember),
    bindChange(contract.enableMember, members.enableMember),
    bindChange(contract.recoverMember, members.recoverMember),
    bindChange(contract.endMemberSessions, members.endMemberSessions),
    bindRead(contract.listTokens, members.listTokens),
    bindRead(contract.listScopes, async () => ({ scopes: [...scopes()] })),
    bindChange(contract.createToken, (call, input) =>
      members.createToken(call, input, new Set(scopes().map(({ name }) => name))),
    ),
    bindChange(contract.revokeToken, members.revokeToken),
  ]
}
