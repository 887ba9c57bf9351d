import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

/** A connection to loopback; over TLS 1.3 where the authority of the other side is given. */
export async function connect(port: number, authority: string | null): Promise<net.Socket> {
  if (authority === null) {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    ca: authority,
    servername: 'localhost',
    minVersion: 'TLSv1.3',
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
