/**
 * Whether the browser was told to deny this extension the local network: by its user, who may have answered a question so,
 * or by a policy. Chromium asks nothing for pages of extensions today, and Firefox only where a tab showed a web page
 * before; what is allowed or not asked yet is no reason for anything.
 */

/** Chromium since 145, Firefox since 153; Chromium 142 to 144 (https://wicg.github.io/local-network-access/). */
const NAMES = ['local-network', 'loopback-network', 'local-network-access'];

/** What this needs of the browser: `navigator.permissions`. */
export interface PermissionsPort {
  query(descriptor: { readonly name: string }): Promise<PermissionPort>;
}
interface PermissionPort {
  /** Follows what the user decides. */
  readonly state: string;
}

export class LocalNetwork {
  readonly #known: PermissionPort[] = [];

  /** @param permissions undefined where the browser has none to ask */
  constructor(permissions: PermissionsPort | undefined) {
    for (const name of permissions === undefined ? [] : NAMES) {
      permissions?.query({ name }).then(
        (permission) => {
          this.#known.push(permission);
        },
        () => {
          // A browser without this permission: nothing of that name can be denied.
        },
      );
    }
  }

  /** False until the browser has said otherwise. */
  get denied(): boolean {
    return this.#known.some(({ state }) => state === 'denied');
  }
}
