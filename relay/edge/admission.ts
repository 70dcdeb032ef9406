/**
 * Who may hold one more of something scarce (a connection, a socket): bounded in all and for each address, with a part
 * that only the paired may use. Pure. Everybody begins as a stranger and proves by a token that they are paired; when
 * strangers crowd, the address that holds most gives up its oldest, so that one client locks nobody out.
 */

export interface AdmissionLimits {
  /** Of all addresses. */
  readonly total: number;
  readonly perAddress: number;
  /** Share of `total`, in percent, that strangers cannot take. */
  readonly reservedPercent: number;
}

export interface Place {
  /** It belongs to a paired client: never taken away, and its address may use the reserved part from now on. */
  prove(): void;
  /** May be called twice. */
  leave(): void;
}

export type Refusal = 'full' | 'address';

interface Entry {
  readonly address: string;
  /** Takes it away from its holder. */
  readonly evict: () => void;
  proven: boolean;
}

/** Addresses of which a paired client is remembered after it left: it finds its place again. */
const MAX_KNOWN = 256;

export class Admission {
  readonly #limits: AdmissionLimits;
  /** Oldest first. */
  readonly #entries = new Set<Entry>();
  /** Oldest proof first. */
  readonly #known = new Set<string>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Gives a place, or says why there is none.
   * @param address as {@link addressKey} makes it
   * @param evict called when the place is taken away for somebody else; not after `prove` or `leave`
   */
  enter(address: string, evict: () => void): Place | Refusal {
    const { total, perAddress, reservedPercent } = this.#limits;
    const held = [...this.#entries].filter((entry) => entry.address === address);
    if (held.length >= perAddress) return 'address';
    const known = this.#known.has(address);
    const strangers = [...this.#entries].filter(({ proven }) => !proven);
    const forStrangers = total - Math.floor((total * reservedPercent) / 100);
    if (this.#entries.size >= total || (!known && strangers.length >= forStrangers)) {
      const victim = oldestOfMost(strangers.filter((stranger) => stranger.address !== address));
      if (victim === undefined) return 'full';
      // A newcomer that nobody knows must be fewer than those it displaces, or two would take turns.
      const own = held.filter(({ proven }) => !proven).length;
      if (!known && victim.count <= own + 1) return 'full';
      this.#entries.delete(victim.entry);
      victim.entry.evict();
    }
    const entry: Entry = { address, evict, proven: false };
    this.#entries.add(entry);
    return {
      prove: () => {
        if (!this.#entries.has(entry)) return;
        entry.proven = true;
        this.#remember(address);
      },
      leave: () => void this.#entries.delete(entry),
    };
  }

  #remember(address: string): void {
    this.#known.delete(address);
    this.#known.add(address);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

function oldestOfMost(
  strangers: readonly Entry[],
): { readonly entry: Entry; readonly count: number } | undefined {
  const counts = new Map<string, number>();
  for (const { address } of strangers) counts.set(address, (counts.get(address) ?? 0) + 1);
  const count = Math.max(0, ...counts.values());
  const entry = strangers.find(({ address }) => counts.get(address) === count);
  return entry === undefined ? undefined : { entry, count };
}
