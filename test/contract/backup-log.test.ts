import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { openAudit, someEntry } from '../support/audit-stage.ts';
import { BackupPlace } from '../support/backups.ts';
import { temporaryFolder } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';

const FLIP = 'UPDATE audit_group SET entries = set_byte(entries, 9, get_byte(entries, 9) # 1) WHERE first_index = 1';
const flippedIn = (table: string, column: string) =>
  `UPDATE ${table} SET ${column} = set_byte(${column}, 30, get_byte(${column}, 30) # 1)`;

/** What somebody does to a log, what undoes it, and what the drill says of it. */
const deeds: readonly (readonly [name: string, does: string, undoes: string, says: RegExp])[] = [
  ['an entry is changed', FLIP, FLIP, /not what was signed: row \d+ of audit_group: .*\(entry_wrong\)/],
  ['a tile is changed', flippedIn('audit_tile', 'hashes'), flippedIn('audit_tile', 'hashes'), /tile.*\(tile_wrong\)/],
  [
    'the last entry is gone',
    'UPDATE audit_group SET first_index = first_index + 1000 WHERE first_index = 2',
    'UPDATE audit_group SET first_index = 2 WHERE first_index = 1002',
    /\(entry_missing\)/,
  ],
  [
    'its checkpoint says another size',
    'UPDATE audit_checkpoint SET size = size + 1000',
    'UPDATE audit_checkpoint SET size = size - 1000',
    /row 1003 of audit_checkpoint: .*\(log_short\)/,
  ],
  [
    'its key is another one',
    flippedIn('audit_key', 'sealed_key'),
    flippedIn('audit_key', 'sealed_key'),
    /The key that signs the audit log does not open with the keys/,
  ],
];

describe('a drill goes through the audit log', () => {
  const db = ownDatabase();
  let root: string;
  let place: BackupPlace;
  before(async () => {
    root = db.taken.use(await temporaryFolder()).path;
    place = await BackupPlace.make(root, db.dataFolder);
    await using stage = await openAudit({ database: db.database, folder: db.dataFolder });
    for (let count = 0; count < 3; count++) assert.equal(await stage.audit.noted(someEntry()), null);
    await stage.log.round();
    // Whoever changes a log does not leave that in place which forbids it.
    await db.owner.query('ALTER TABLE audit_group DISABLE TRIGGER keep_audit_place');
  });

  const drill = async () => {
    const rootKey = join(db.dataFolder, 'root.key');
    return place.run(['backup', 'drill', ...place.naming(await place.backUp()), '--root-key', rootKey]);
  };

  it('which is as it was signed', async () => {
    const { code, out } = await drill();
    assert.equal(code, 0);
    assert.match(out, /audit log +3 entries and 1 checkpoints, as they were signed/);
  });

  for (const [name, does, undoes, says] of deeds) {
    it(`and names the first place where ${name}`, async () => {
      await db.owner.query(does);
      const { code, err } = await drill();
      await db.owner.query(undoes);
      assert.equal(code, 1);
      assert.match(err, says);
      assert.match(err, /\(restore_check_failed\)/);
    });
  }
});
