import { addressWords, maskedWords, type Network, type Words } from './network.js';

/** How many verdicts are remembered: a gateway has fewer clients at a time. */
const MAX_VERDICTS = 10_000;

/** The words of a network as the key of a map. */
type Key = number | string;

/** The ends of the blocks of one network, by their ids: it may be blocked more than once. */
type Ends = Map<string, number>;

/** The networks of one version, by the length of their prefix. */
type Networks = Map<number, Map<Key, Ends>>;

/**
 * The blocked networks in memory. A look-up asks once for each length of a prefix that is in use, of which there are a
 * few, and not once for each network; what was asked before is remembered until a network changes.
 */
export class BlockedNetworks {
  private readonly v4: Networks = new Map();
  private readonly v6: Networks = new Map();
  private readonly verdicts = new Map<string, number>();

  /** @param end when the block ends, on the clock of `Date.now`; `Infinity` for none. Milliseconds. */
  add(id: string, { words, bits }: Network, end: number): void {
    this.verdicts.clear();
    const networks = this.ofVersion(words);
    let ofLength = networks.get(bits);
    if (!ofLength) networks.set(bits, (ofLength = new Map()));
    const key = keyOf(words);
    const ends: Ends = ofLength.get(key) ?? new Map();
    ofLength.set(key, ends.set(id, end));
  }

  remove(id: string, { words, bits }: Network): void {
    this.verdicts.clear();
    const networks = this.ofVersion(words);
    const ofLength = networks.get(bits);
    const key = keyOf(words);
    const ends = ofLength?.get(key);
    ends?.delete(id);
    if (ends?.size === 0) ofLength!.delete(key);
    if (ofLength?.size === 0) networks.delete(bits);
  }

  /** @param ip canonical; what is no address is not blocked */
  has(ip: string): boolean {
    if (this.v4.size + this.v6.size === 0) return false;
    const end = this.verdicts.get(ip) ?? this.look(ip);
    return end > Date.now();
  }

  /** Until when the address is blocked by all networks that are known; 0 for never. */
  private look(ip: string): number {
    const words = addressWords(ip);
    const end = words ? this.endFor(words) : 0;
    if (this.verdicts.size >= MAX_VERDICTS) this.verdicts.clear();
    this.verdicts.set(ip, end);
    return end;
  }

  private endFor(words: Words): number {
    let end = 0;
    for (const [bits, networks] of this.ofVersion(words)) {
      const ends = networks.get(keyOf(maskedWords(words, bits)));
      if (ends) end = Math.max(end, ...ends.values());
    }
    return end;
  }

  private ofVersion(words: Words): Networks {
    return words.length === 1 ? this.v4 : this.v6;
  }
}

function keyOf(words: Words): Key {
  return words.length === 1 ? words[0]! : words.join(':');
}
