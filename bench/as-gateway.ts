import { join } from 'node:path';
import { Client } from 'pg';

/** Asks the embedded database under the role that the gateway itself works with: no other has a way in. */
export async function asGateway<T>(dataFolder: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    host: join(dataFolder, 'run'),
    user: 'sallyport_gateway',
    database: 'sallyport',
    options: '-c role=sallyport_engine',
  });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
