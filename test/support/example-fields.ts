import type { CommandName } from '../../src/wire/smpp/commands.ts';
import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';

/** An example of one command. */
export interface Example<Name extends CommandName> {
  readonly title: string;
  readonly status: number;
  readonly sequence: number;
  readonly fields: PduFields<Name>;
  readonly tlvs: Tlvs;
}

/** Examples of some commands: at least one of each is asked for by the type. */
export type ExamplesOf<Names extends CommandName> = {
  readonly [Name in Names]: readonly [Example<Name>, ...Example<Name>[]];
};

export const EXAMPLE_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const plain = { status: 0, sequence: 1, tlvs: {} };
export const empty = { ...plain, fields: {} };

export const shortCode = { source_addr_ton: 3, source_addr_npi: 0, source_addr: '72345' };
export const handset = { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '12025550143' };
export const otherHandset = { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '447700900123' };
