/**
 * A process that does a deed and kills itself at one of its statements: `before` it is sent, or when it `was sent` and is
 * not answered. Arguments: where the database is (JSON), the name of the deed, the number of the statement, the moment.
 */
import { writeSync } from 'node:fs';
import { Client, type ClientConfig, Pool } from 'pg';
import { deeds } from './deeds.ts';
import { auditOf } from './on-record.ts';
import { registerOf } from './test-register.ts';

const [address = '', name = '', step = '', moment = ''] = process.argv.slice(2);
let statements = 0;

/** A client that ends its process at a statement. */
class Mortal extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      const isLast = ++statements === Number(step);
      if (isLast && moment === 'before') process.kill(process.pid, 'SIGKILL');
      const sent = query(...args);
      // What was written is with the kernel when the next turn begins.
      if (isLast) setImmediate(() => process.kill(process.pid, 'SIGKILL'));
      return sent;
    }) as Client['query'];
  }
}

const options = '-c role=sallyport_engine';
const pool = new Pool({
  ...(JSON.parse(address) as object),
  Client: Mortal,
  max: 1,
  options,
  application_name: 'deed',
});
await deeds[name]!.does(pool, auditOf(pool), await registerOf(pool));
// The deed is done: all that is left is a number of a statement that it does not have.
writeSync(1, 'done');
process.exit(0);
