/** Opens the relay's port, and says in one sentence why that failed. */
import type { Server } from 'node:http';
import { portOwner } from '../process/port-owner.ts';

/**
 * Resolves with the port, which is chosen by the system when 0 was asked for.
 * @throws Error whose message says what to do
 */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(new Error(explain(error, host, port), { cause: error }));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function explain(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const owner = portOwner(port);
    const by = owner === undefined ? 'another program' : `${owner.name} (process ${owner.pid})`;
    return `Port ${port} on ${host} is taken by ${by}: stop it, or set server.port to another port.`;
  }
  if (code === 'EACCES') return `Port ${port} needs root rights: set server.port to a port above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `This machine has no address ${host}: set server.host to 127.0.0.1, 0.0.0.0 or one of its own addresses.`;
  return `Cannot listen on ${host} port ${port}: ${error.message}`;
}
