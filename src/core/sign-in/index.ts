import { type Bound, bindPersonal, bindRead } from '#core/door.ts'
import * as contract from './contract.ts'
import {
  beginPasskeySignIn,
  countFactorTry,
  giveSecondFactor,
  judgePassword,
  signInByPasskey,
  signInByPassword,
  signOut,
  spendPasskeyChallenge,
} from './service/arrival.ts'
import {
  addPasskey,
  beginPasskey,
  beginTotp,
  changePassword,
  confirmTotp,
  judgeNewPassword,
  listPasskeys,
  removePasskey,
  removeTotp,
  renewRecoveryCodes,
} from './service/factors.ts'
import {
  acceptInvitation,
  finishSetUp,
  judgeInvitation,
  judgeSetUp,
  lookAtInvitation,
  lookAtSetUp,
} from './service/joining.ts'
import { chooseOrganisation, endOtherSessions, endSession, listSessions, showMe } from './service/sessions.ts'

export const signIn: readonly Bound[] = [
  bindRead(contract.showSetUp, lookAtSetUp),
  bindPersonal(contract.finishSetUp, finishSetUp, judgeSetUp),
  bindPersonal(contract.signIn, signInByPassword, judgePassword),
  bindPersonal(contract.giveSecondFactor, giveSecondFactor, countFactorTry),
  bindPersonal(contract.beginPasskey, beginPasskeySignIn),
  bindPersonal(contract.signInByPasskey, signInByPasskey, spendPasskeyChallenge),
  bindPersonal(contract.signOut, signOut),
  bindRead(contract.showInvitation, lookAtInvitation),
  bindPersonal(contract.acceptInvitation, acceptInvitation, judgeInvitation),
  bindRead(contract.showMe, showMe),
  bindPersonal(contract.chooseOrganisation, chooseOrganisation),
  bindPersonal(contract.changePassword, changePassword, judgeNewPassword),
  bindPersonal(contract.beginTotp, beginTotp),
  bindPersonal(contract.confirmTotp, confirmTotp, countFactorTry),
  bindPersonal(contract.removeTotp, removeTotp),
  bindRead(contract.listPasskeys, listPasskeys),
  bindPersonal(contract.beginPasskeyRegistration, beginPasskey),
  bindPersonal(contract.addPasskey, addPasskey),
  bindPersonal(contract.removePasskey, removePasskey),
  bindPersonal(contract.renewRecoveryCodes, renewRecoveryCodes),
  bindRead(contract.listSessions, listSessions),
  bindPersonal(contract.endSession, endSession),
  bindPersonal(contract.endOtherSessions, endOtherSessions),
]
