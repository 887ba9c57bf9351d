/** A process that opens the database in the folder it is given, says so, and holds it until its input ends. */
import { once } from 'node:events';
import { FaultError } from '../../src/base/fault.ts';
import { openDatabase } from '../../src/store/index.ts';
import { databaseOptions } from './database.ts';

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

try {
  const steps: string[] = [];
  const database = await openDatabase(databaseOptions(process.argv[2]!, { progress: (step) => steps.push(step) }));
  await database.engine.query(`INSERT INTO account (name) VALUES ('account of ' || $1)`, [process.pid]);
  say({ steps, server: database.pid });
  await once(process.stdin.resume(), 'end');
  await database.close();
} catch (error) {
  if (!(error instanceof FaultError)) throw error;
  say({ fault: error.fault });
}
