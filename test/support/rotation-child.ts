/** A gateway that exchanges the key of account 1, slowly, on the database and root key it is given, until it is killed. */
import { Pool } from 'pg';
import { KeyGateway } from './key-gateway.ts';

const [host, rootKeyFile] = process.argv.slice(2) as [string, string];
const pool = new Pool({
  host,
  user: 'sallyport_gateway',
  database: 'sallyport',
  options: '-c role=sallyport_engine',
  max: 4,
});
const gateway = await KeyGateway.open({ pool, rootKeyFile, pace: { pageKeys: 20, pauseMs: 20, silentMs: 1000 } }, [1]);
await gateway.life.rotate(1);
