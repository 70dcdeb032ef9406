/** The files of the relay's certificate, in the text of the configuration: its comments stay. Pure. */
import { isMap } from 'yaml';
import { YamlShapeError } from './yaml-cameras.ts';
import { parseText, textOf } from './yaml-text.ts';

/**
 * @param text of a valid configuration
 * @param files as they are to stand there
 * @throws YamlShapeError when `server` is written as a reference
 */
export function withTls(text: string, files: { readonly certificate: string; readonly key: string }): string {
  const document = parseText(text);
  const server = document.get('server');
  if (server !== undefined && server !== null && !isMap(server))
    throw new YamlShapeError('"server" is written as a reference (*name): add server.tls there by hand.');
  for (const [key, file] of Object.entries(files)) document.setIn(['server', 'tls', key], file);
  return textOf(document);
}
