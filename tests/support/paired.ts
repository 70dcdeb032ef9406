/** A relay and a browser that is paired with it, for tests of the wall. */
import { type BrowserOptions, launchBrowser, pair, type RigBrowser } from '../../rig/browser.ts';
import { type RelayRigOptions, type RunningRelay, startRelay } from '../../rig/relay.ts';
import { chooseMode } from '../../rig/wall-run.ts';

export interface Paired {
  readonly relay: RunningRelay;
  readonly browser: RigBrowser;
  /** Ends both. */
  stop(): Promise<void>;
}

export interface PairedOptions {
  readonly relay?: RelayRigOptions;
  readonly browser?: Partial<BrowserOptions>;
  /** Default: Ultra-Low. */
  readonly mode?: string;
  /** Inside the mode, in ms. */
  readonly targetMs?: number;
}

/**
 * Starts both at once, since each takes a second or two.
 * @param config the relay's, as for `startRelay`
 */
export async function startPaired(
  config: Record<string, unknown>,
  { relay: relayOptions, browser: browserOptions, mode = 'ultra-low', targetMs }: PairedOptions = {},
): Promise<Paired> {
  const [relay, browser] = await Promise.allSettled([
    startRelay(config, relayOptions),
    launchBrowser({ headless: true, ...browserOptions }),
  ]);
  const stop = async (): Promise<void> => {
    if (browser.status === 'fulfilled') await browser.value.close();
    if (relay.status === 'fulfilled') await relay.value.stop();
  };
  try {
    if (relay.status === 'rejected') throw relay.reason;
    if (browser.status === 'rejected') throw browser.reason;
    await pair(browser.value, relay.value.url, await relay.value.pairingCode());
    await chooseMode(browser.value, mode, targetMs);
    return { relay: relay.value, browser: browser.value, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
