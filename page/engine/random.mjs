// NumPy's RandomState: MT19937 with the legacy draws, whose stream NumPy has frozen (NEP 19).

const WORDS = 624;
const MIDDLE = 397;

export class RandomState {
  /** @param {number} seed from 0 to 2^32 - 1 */
  constructor(seed) {
    this.words = new Uint32Array(WORDS);
    this.words[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      const before = this.words[i - 1] ^ (this.words[i - 1] >>> 30);
      this.words[i] = Math.imul(1812433253, before) + i;
    }
    this.place = WORDS;
    this.spare = null; // normal numbers come in pairs
  }

  /** Return the next 32 bits. */
  uint32() {
    if (this.place === WORDS) this.refill();
    let word = this.words[this.place++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  refill() {
    const { words } = this;
    for (let i = 0; i < WORDS; i++) {
      const bits = (words[i] & 0x80000000) | (words[(i + 1) % WORDS] & 0x7fffffff);
      words[i] = words[(i + MIDDLE) % WORDS] ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }

  /** Return a number in [0, 1) with 53 random bits. */
  double() {
    const high = this.uint32() >>> 5;
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** Return a number from U(low, high). */
  uniform(low, high) {
    return low + (high - low) * this.double();
  }

  /** Return a number from N(0, std^2), by the polar method of Marsaglia. */
  normal(std) {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return std * kept;
    }
    let first, second, square;
    do {
      first = 2 * this.double() - 1;
      second = 2 * this.double() - 1;
      square = first * first + second * second;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.spare = factor * first;
    return std * (factor * second);
  }

  /** Return a whole number from 0 to most: draws that are too large are thrown away. */
  below(most) {
    const mask = most === 0 ? 0 : 2 ** (32 - Math.clz32(most)) - 1;
    let value;
    do value = (this.uint32() & mask) >>> 0;
    while (value > most);
    return value;
  }

  /** Shuffle an array in place. */
  shuffle(items) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
}
